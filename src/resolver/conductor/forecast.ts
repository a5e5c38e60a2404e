import type { Reference } from "../../reference";
import type { ArtifactClass } from "../../selection";
import type { AgentPull } from "./agent";
import { type Conductor, hasUserAndPassword, type Target, usesDriverSecret } from "./conductor";
import { type Identified, sourceOf } from "./identify";
import type { Ways } from "./ways";

/** `warning`: it may go wrong, or goes wrong under a condition that the reason names; `unknown`: it can't be told from here. */
export type Outcome = "ok" | "warning" | "unknown" | "fails";

export type CheckName =
  | "registry"
  | "reference"
  | "interface"
  | "detection"
  | "class"
  | "layers"
  | "format"
  | "compression"
  | "size check"
  | "memory"
  | "token"
  | "agent's pull"
  | "boot interface"
  | "configuration";

/** One thing that decides whether a deployment ends well. */
export interface Check {
  readonly check: CheckName;
  readonly outcome: Outcome;
  readonly reason: string;
  /** What to do, where something is to be done. */
  readonly advice?: string | undefined;
}

/** What was found out with requests; the rest follows from it. */
export interface Findings {
  readonly ways: Ways;
  /** For the deploy interfaces `bootc` and `autodetect`. */
  readonly agent?: AgentPull | undefined;
  /** The class of the manifest that the agent read, where it is one. */
  readonly agentKind?: ArtifactClass | undefined;
}

const MIB = 1024 * 1024;
/** Seconds that pass between the conductor's fetching a token and the agent's showing it: a machine boots meanwhile. */
const BOOT_TIME = 15 * 60;

/**
 * Whether the artifact will be deployed, as far as manifests and configuration tell: each thing that decides, in the order in which it
 * comes up.
 */
export function forecast(reference: Reference, conductor: Conductor, target: Target, findings: Findings): Check[] {
  const checks = new Forecast(reference, conductor, target, findings);
  if (target.role !== "image") return checks.bootFile();
  switch (target.deployInterface) {
    case "direct":
      return checks.direct();
    case "bootc":
      return checks.bootc();
    case "autodetect":
      return checks.autodetect();
  }
}

class Forecast {
  readonly #reference: Reference;
  readonly #conductor: Conductor;
  readonly #target: Target;
  readonly #findings: Findings;

  constructor(reference: Reference, conductor: Conductor, target: Target, findings: Findings) {
    this.#reference = reference;
    this.#conductor = conductor;
    this.#target = target;
    this.#findings = findings;
  }

  bootFile(): Check[] {
    const { role, bootInterface } = this.#target;
    const checks = [this.#registry()];
    const layers = this.#findings.ways.attempt?.layerCount;
    if (this.#reference.digest === undefined) {
      const reason = `Ironic takes a ${role} by digest only: what was tried is the tag`;
      checks.push({ check: "reference", outcome: "warning", reason, advice: "pin it with ironic-oci resolve" });
    } else if (layers !== undefined && layers !== 1) {
      const reason = `the manifest has ${layers} layers, and a ${role} is a manifest with exactly one`;
      checks.push({
        check: "layers",
        outcome: "fails",
        reason,
        advice: "push the file alone: oras push HOST/PATH:TAG FILE",
      });
    }
    const uses = usesDriverSecret(bootInterface);
    const ignored = this.#conductor.driverSecret !== undefined || this.#conductor.settings.imageServer !== undefined;
    if (uses === undefined) {
      const reason = `how ${bootInterface} fetches a ${role} is not known: taken for one that boots over the network`;
      checks.push({ check: "boot interface", outcome: "unknown", reason });
    } else if (!uses && ignored) {
      const reason = `${bootInterface} fetches a ${role} with [oci]authentication_config or anonymously, and with nothing else`;
      const works = this.#findings.ways.attempt?.works === true;
      const advice =
        "put the secret into the file of [oci]authentication_config, under the token endpoint's host and port";
      checks.push({ check: "boot interface", outcome: "warning", reason, advice: works ? undefined : advice });
    }
    return checks;
  }

  /** The agent writes the one layer to the disk: Ironic, `AgentDeploy` and `deploy_utils.build_instance_info_for_deploy`. */
  direct(): Check[] {
    const checks = [this.#registry(), ...this.#interface("direct")];
    const identified = this.#identified();
    if (identified === undefined) return [...checks, ...this.#unidentified()];
    if (identified.kind === "bootc") {
      return [
        ...checks,
        {
          check: "class",
          outcome: "fails",
          reason: `Ironic ${this.#version} takes it for a bootc container, which the deploy interface direct can't write`,
          advice: this.#isTag
            ? "annotate the disk image's entry in the index with disktype, or deploy it with deploy_interface bootc"
            : "publish it with artifactType or an empty config (oras push does), or deploy it with deploy_interface bootc",
        },
      ];
    }
    return [
      ...checks,
      this.#diskClass(identified),
      ...this.#layers(identified),
      this.#format(identified),
      ...this.#compression(identified),
      ...this.#sizeCheck(identified),
      this.#memory(identified),
      ...this.#token(),
      ...this.#httpUrl(),
    ];
  }

  /** The agent pulls and runs the container: Ironic, `BootcAgentDeploy`. The conductor itself asks the registry nothing. */
  bootc(): Check[] {
    const detected = this.#identified()?.kind;
    const detection: Check = {
      check: "detection",
      outcome: "ok",
      reason:
        detected === undefined
          ? "not needed, as deploy_interface bootc is set; the conductor itself could not read the image"
          : `not needed, as deploy_interface bootc is set; the conductor would take it for ${nameOf(detected)}`,
    };
    return [...this.#interface("bootc"), detection, this.#containerClass(), this.#agentPull()];
  }

  /** Ironic, `AutodetectDeploy.switch_interface`: the first interface that supports the image, else the last one. */
  autodetect(): Check[] {
    const missing = this.#interface("autodetect");
    if (missing.some(({ outcome }) => outcome === "fails")) return missing;
    const order = this.#conductor.settings.autodetectDeployInterfaces.filter((name) => name !== "ramdisk");
    const isBootc = this.#identified()?.kind === "bootc";
    const chosen = order.find((name) => name !== "bootc" || isBootc) ?? order.at(-1);
    const why = this.#detectionReason(isBootc);
    const detection = (outcome: Outcome, advice?: string): Check => ({
      check: "detection",
      outcome,
      reason: `${why}: the deploy interface becomes ${chosen ?? "none"}`,
      advice,
    });
    if (chosen === "bootc") {
      return [...missing, this.#registry(), detection("ok"), this.#containerClass(), this.#agentPull()];
    }
    if (chosen !== "direct") return [...missing, this.#registry(), detection("unknown")];
    const isContainer = this.#findings.agentKind === "bootc" && !isBootc;
    const outright = "for a private bootc container set deploy_interface bootc outright";
    return [...missing, detection("ok", isContainer ? outright : undefined), ...this.direct()];
  }

  get #version(): string {
    return this.#conductor.release.version;
  }

  get #isTag(): boolean {
    return this.#reference.digest === undefined;
  }

  get #source(): string {
    return sourceOf(this.#conductor, this.#target);
  }

  get #converts(): boolean {
    const { forceRawImages, streamRawImages } = this.#conductor.settings;
    return forceRawImages && streamRawImages;
  }

  /** `image_disk_format` as it goes along: beside a digest this package's provider sends `raw` where nothing else is said. */
  get #givenFormat(): string | undefined {
    const { imageDiskFormat } = this.#target;
    return imageDiskFormat ?? (this.#isTag ? undefined : "raw");
  }

  #identified(): Identified | undefined {
    const identified = this.#findings.ways.attempt?.identified;
    return identified && !("fault" in identified) ? identified : undefined;
  }

  #registry(): Check {
    const { reports, taken } = this.#findings.ways;
    const report = reports.find(({ way }) => way === taken);
    const outcome = report?.works === true ? "ok" : "fails";
    return {
      check: "registry",
      outcome,
      reason: report?.reason ?? "there is no way to it",
      advice: adviceOn(this.#findings.ways),
    };
  }

  #unidentified(): Check[] {
    const identified = this.#findings.ways.attempt?.identified;
    if (!identified || !("fault" in identified)) return [];
    return [{ check: "class", outcome: "fails", reason: identified.fault }];
  }

  /** Whether the deploy interface is there and enabled. */
  #interface(name: string): Check[] {
    const { release, settings } = this.#conductor;
    if (name === "autodetect" && release.major < 35) {
      const reason = `Ironic ${this.#version} has no deploy interface autodetect: it came with 35.0`;
      return [{ check: "interface", outcome: "fails", reason, advice: "use direct or bootc" }];
    }
    const { enabledDeployInterfaces: enabled } = settings;
    const advice = `add ${name} to [DEFAULT]enabled_deploy_interfaces`;
    if (enabled !== undefined && !enabled.includes(name)) {
      const reason = `the conductor does not enable the deploy interface ${name}`;
      return [{ check: "interface", outcome: "fails", reason, advice }];
    }
    if (enabled === undefined && name === "bootc" && release.major < 35) {
      const reason = `Ironic ${this.#version} does not enable the deploy interface bootc by default`;
      return [{ check: "interface", outcome: "warning", reason, advice }];
    }
    return [];
  }

  #detectionReason(isBootc: boolean): string {
    if (isBootc) return "the conductor takes the image for a bootc container";
    if (this.#identified()) return "the conductor takes it for a disk image";
    return "the conductor can't read the image, and so detects no bootc container";
  }

  #diskClass({ kindByDigest, digestFault, diskFormat }: Identified): Check {
    if (this.#isTag && digestFault !== undefined) {
      const reason = `a disk image by tag; pinned by digest Ironic fails on it, because ${digestFault}`;
      return { check: "class", outcome: "warning", reason };
    }
    if (kindByDigest === "bootc") {
      return {
        check: "class",
        outcome: "warning",
        reason: `a disk image by tag, and a bootc container for Ironic ${this.#version} once it is pinned by digest`,
        advice: "publish it with artifactType or an empty config (oras push does) before pinning it",
      };
    }
    const format = diskFormat === undefined || diskFormat === "unknown" ? "" : `, ${diskFormat} by its annotation`;
    return { check: "class", outcome: "ok", reason: `a disk image${format}` };
  }

  #layers({ layerCount }: Identified): Check[] {
    if (layerCount === 1) return [];
    return [
      {
        check: "layers",
        outcome: "fails",
        reason: `the manifest has ${layerCount} layers, and a disk image is exactly one`,
        advice: "push the file alone: oras push HOST/PATH:TAG FILE",
      },
    ];
  }

  /**
   * Whether Ironic's comparison of formats lets the image pass.
   * Source: Ironic, `build_instance_info_for_deploy` (the branch of `is_container_registry_url`), `image_cache._fetch`,
   * `images.check_if_image_format_is_permitted`.
   */
  #format({ diskFormat }: Identified): Check {
    const { disableDeepImageInspection, conductorAlwaysValidatesImages, permittedImageFormats } =
      this.#conductor.settings;
    const inspects = !disableDeepImageInspection && (this.#source === "local" || conductorAlwaysValidatesImages);
    if (!inspects) {
      const reason = disableDeepImageInspection
        ? "the conductor compares no formats: [conductor]disable_deep_image_inspection"
        : `the conductor compares no formats with image_download_source ${this.#source}`;
      return { check: "format", outcome: "ok", reason };
    }
    if (!this.#isTag) {
      if (this.#givenFormat === "raw") {
        const reason = "image_disk_format raw beside a digest: Ironic reads the format from the bytes";
        return { check: "format", outcome: "ok", reason };
      }
      return {
        check: "format",
        outcome: "fails",
        reason: "by digest Ironic calls the format unknown, and then refuses the image whatever it is",
        advice: "send image_disk_format raw along, also for a qcow2 image; this package's provider does",
      };
    }
    if (diskFormat === undefined) {
      return { check: "format", outcome: "ok", reason: "no disktype, so there is nothing to compare the bytes with" };
    }
    if (!isPermitted(diskFormat, permittedImageFormats)) {
      const reason = `${diskFormat} is none of [conductor]permitted_image_formats`;
      return { check: "format", outcome: "fails", reason, advice: `add ${diskFormat} to it` };
    }
    const reason = `the annotation says ${diskFormat}: Ironic refuses the image unless its bytes are that, which is not looked at here`;
    return { check: "format", outcome: "ok", reason };
  }

  #compression({ mediaType }: Identified): Check[] {
    const advice = "publish it without, or with zstd and image_download_source local";
    if (mediaType?.endsWith("zstd") && this.#source !== "local") {
      const reason = "zstd is unpacked by the conductor only, and the agent would write it to the disk as it is";
      return [
        {
          check: "compression",
          outcome: "fails",
          reason,
          advice: "use image_download_source local, or another compression",
        },
      ];
    }
    if (mediaType?.endsWith("gzip")) {
      const reason = "its media type says gzip, which neither the conductor nor the agent unpacks";
      return [{ check: "compression", outcome: "warning", reason, advice }];
    }
    return [];
  }

  /** Ironic's own comparison of the image with `properties.memory_mb`: `check_image_size`. */
  #sizeCheck(identified: Identified): Check[] {
    const { memoryMb } = this.#target;
    const fault = hasUserAndPassword(this.#conductor.release)
      ? this.#sizeCheckFrom34(identified)
      : this.#sizeCheckBefore34(identified);
    if (fault === undefined) {
      return memoryMb === undefined
        ? []
        : [
            {
              check: "size check",
              outcome: "ok",
              reason: "Ironic's comparison with properties.memory_mb lets it pass",
            },
          ];
    }
    if (memoryMb !== undefined) return [{ check: "size check", outcome: "fails", ...fault }];
    if (fault.onlyIfTooSmall) return [];
    const reason = `if the node has properties.memory_mb, which inspection sets: ${fault.reason}`;
    return [{ check: "size check", outcome: "warning", reason, advice: fault.advice }];
  }

  #sizeCheckFrom34({ diskFormat }: Identified): SizeFault | undefined {
    const { streamRawImages } = this.#conductor.settings;
    if (this.#converts || (streamRawImages && this.#isTag && diskFormat === "raw")) return undefined;
    return {
      reason: `Ironic ${this.#version} then fails on every OCI image that it does not convert or stream (KeyError: 'size')`,
      advice:
        "set force_raw_images and [agent]stream_raw_images to true, or remove memory_mb from the node's properties",
    };
  }

  #sizeCheckBefore34({ size }: Identified): SizeFault | undefined {
    if (this.#isTag) {
      return {
        reason: `Ironic ${this.#version} then asks for the tag's size, and refuses every tag (OciImageNotSpecific)`,
        advice: "pin the image by digest, or remove memory_mb from the node's properties",
      };
    }
    const { withoutSecret } = this.#findings.ways;
    if (withoutSecret?.works !== true) {
      return {
        reason: `Ironic ${this.#version} then asks for the image's size without any pull secret, which the registry refuses`,
        advice:
          "give the secret in [oci]authentication_config, where the registry takes it, or remove memory_mb from the node's properties",
      };
    }
    if (this.#converts && this.#source === "local") return undefined;
    if (this.#fits(size)) return undefined;
    return { ...this.#tooSmall(size), onlyIfTooSmall: true };
  }

  /** Whether the agent holds the whole image in memory, and whether it can. */
  #memory({ diskFormat, size }: Identified): Check {
    const { streamRawImages } = this.#conductor.settings;
    if (this.#source === "local" && this.#converts) {
      return {
        check: "memory",
        outcome: "ok",
        reason: "the conductor makes it raw, and the agent streams it to the disk",
      };
    }
    const calledRaw = this.#isTag && diskFormat === "raw" && this.#source !== "local";
    if (calledRaw && streamRawImages) {
      return { check: "memory", outcome: "ok", reason: "it is called raw, and the agent streams it to the disk" };
    }
    const { memoryMb } = this.#target;
    const held = `the agent holds the whole image in memory (${inMib(size)})`;
    const advice =
      this.#source === "local"
        ? "set force_raw_images and [agent]stream_raw_images to true"
        : "use image_download_source local: the conductor then makes it raw, which the agent streams";
    if (memoryMb === undefined) {
      return { check: "memory", outcome: "warning", reason: `${held}: the node needs more than that`, advice };
    }
    if (this.#fits(size))
      return { check: "memory", outcome: "ok", reason: `${held}, and the node has ${memoryMb} MiB` };
    return { check: "memory", outcome: "fails", ...this.#tooSmall(size), advice };
  }

  #fits(size: number): boolean {
    const { memoryMb } = this.#target;
    const reserved = this.#conductor.settings.memoryConsumedByAgent;
    return memoryMb === undefined || size + reserved * MIB <= memoryMb * MIB;
  }

  #tooSmall(size: number): SizeFault {
    const reserved = this.#conductor.settings.memoryConsumedByAgent;
    const also = reserved > 0 ? `, and ${reserved} MiB for the agent` : "";
    return { reason: `the image is ${inMib(size)}${also}, and the node has ${this.#target.memoryMb} MiB` };
  }

  /** With `http` the conductor's token goes to the agent, which shows it once the machine has booted. */
  #token(): Check[] {
    const lifetime = this.#findings.ways.attempt?.tokenLifetime;
    if (lifetime === undefined || this.#source === "local" || lifetime >= BOOT_TIME) return [];
    return [
      {
        check: "token",
        outcome: "warning",
        reason: `the registry's token is good for ${lifetime} s, and with image_download_source ${this.#source} the agent shows it only after the machine has booted`,
        advice: "use image_download_source local, or have the token endpoint give tokens that live longer",
      },
    ];
  }

  #httpUrl(): Check[] {
    if (this.#source !== "local" || this.#conductor.settings.hasHttpUrl !== false) return [];
    const reason = "image_download_source local needs [deploy]http_url, which the configuration does not set";
    return [{ check: "configuration", outcome: "fails", reason, advice: "set [deploy]http_url and http_root" }];
  }

  #containerClass(): Check {
    const kind = this.#findings.agentKind;
    if (kind === "disk") {
      const reason = "the manifest carries the marks of an artifact: podman has no container to run in it";
      return { check: "class", outcome: "fails", reason, advice: "deploy a disk image with deploy_interface direct" };
    }
    if (kind === undefined) return { check: "class", outcome: "unknown", reason: "the manifest could not be read" };
    return { check: "class", outcome: "ok", reason: "a container; whether it has bootc in it is not looked at" };
  }

  #agentPull(): Check {
    const { agent } = this.#findings;
    if (!agent) return { check: "agent's pull", outcome: "unknown", reason: "not tried" };
    const { works, reason, secretFrom } = agent;
    const outcome = works === undefined ? "unknown" : works ? "ok" : "fails";
    const from = secretFrom === undefined ? "without a secret" : `with the secret of ${NAMES[secretFrom]}`;
    const isRefused = works === false && this.#findings.agentKind === undefined;
    const advice =
      isRefused || works === undefined
        ? "the agent's podman wants the auth string of a Docker configuration (base64 of user:password), whatever the release; set deploy_interface bootc outright with it"
        : undefined;
    return { check: "agent's pull", outcome, reason: `${from}: ${reason}`, advice: works ? undefined : advice };
  }
}

interface SizeFault {
  readonly reason: string;
  readonly advice?: string | undefined;
  /** Holds only for images that do not fit, and so for none when the memory is not known. */
  readonly onlyIfTooSmall?: boolean;
}

const NAMES = {
  instance_info: "instance_info",
  driver_info: "driver_info",
  image_server: "[deploy]image_server_user",
  authentication_config: "[oci]authentication_config",
} as const;

/** What to do about the way that Ironic takes. */
function adviceOn({ reports, taken }: Ways): string | undefined {
  const report = reports.find(({ way }) => way === taken);
  if (report?.works) return undefined;
  if (report?.advice !== undefined) return report.advice;
  const better = reports.find(({ works, way }) => works && way !== taken);
  if (better === undefined) return undefined;
  return better.way === "anonymous"
    ? "remove the secret: the registry gives it to everybody"
    : `remove the secret that Ironic takes first: the one of ${NAMES[better.way]} works`;
}

function nameOf(kind: ArtifactClass): string {
  return kind === "bootc" ? "a bootc container" : "a disk image";
}

function isPermitted(format: string, permitted: readonly string[]): boolean {
  return permitted.includes(format);
}

function inMib(bytes: number): string {
  return bytes < MIB ? "less than 1 MiB" : `${Math.round(bytes / MIB)} MiB`;
}
