import type { Identified } from "../identify";
import type { Case } from "./case";
import type { Check } from "./check";
import { formatCheck } from "./format";
import { interfaceCheck } from "./interfaces";
import { memoryCheck, sizeCheck } from "./memory";
import { registryCheck } from "./registry";

/** Seconds that pass between the conductor's fetching a token and the agent's showing it: a machine boots meanwhile. */
const BOOT_TIME = 15 * 60;

/**
 * The deploy interface `direct`: the agent writes the one layer to the disk.
 * Source: Ironic, `AgentDeploy` and `deploy_utils.build_instance_info_for_deploy`.
 */
export function directChecks(each: Case): Check[] {
  const checks = [registryCheck(each), ...interfaceCheck(each, "direct")];
  const { identified, fault } = each;
  if (fault !== undefined) return [...checks, { check: "class", outcome: "fails", reason: fault }];
  if (identified === undefined) return checks;
  if (identified.kind === "bootc") return [...checks, containerByMistake(each)];
  return [
    ...checks,
    classCheck(each, identified),
    ...layersCheck(identified),
    formatCheck(each, identified),
    ...compressionCheck(each, identified),
    ...sizeCheck(each, identified),
    memoryCheck(each, identified),
    ...tokenCheck(each),
    ...httpUrlCheck(each),
  ];
}

function containerByMistake({ version, isTag }: Case): Check {
  return {
    check: "class",
    outcome: "fails",
    reason: `Ironic ${version} takes it for a bootc container, which the deploy interface direct can't write`,
    advice: isTag
      ? "annotate the disk image's entry in the index with disktype, or deploy it with deploy_interface bootc"
      : "publish it with artifactType or an empty config (oras push does), or deploy it with deploy_interface bootc",
  };
}

function classCheck({ isTag, version }: Case, { kindByDigest, digestFault, diskFormat }: Identified): Check {
  if (isTag && digestFault !== undefined) {
    const reason = `a disk image by tag; pinned by digest Ironic fails on it, because ${digestFault}`;
    return { check: "class", outcome: "warning", reason };
  }
  if (kindByDigest === "bootc") {
    return {
      check: "class",
      outcome: "warning",
      reason: `a disk image by tag, and a bootc container for Ironic ${version} once it is pinned by digest`,
      advice: "publish it with artifactType or an empty config (oras push does) before pinning it",
    };
  }
  const format = diskFormat === undefined || diskFormat === "unknown" ? "" : `, ${diskFormat} by its annotation`;
  return { check: "class", outcome: "ok", reason: `a disk image${format}` };
}

function layersCheck({ layerCount }: Identified): Check[] {
  if (layerCount === 1) return [];
  const reason = `the manifest has ${layerCount} layers, and a disk image is exactly one`;
  return [{ check: "layers", outcome: "fails", reason, advice: "push the file alone: oras push HOST/PATH:TAG FILE" }];
}

/** The conductor unpacks zstd, the agent nothing (Ironic, `images._handle_zstd_compression`). */
function compressionCheck({ source }: Case, { mediaType }: Identified): Check[] {
  if (mediaType?.endsWith("zstd") && source !== "local") {
    const reason = "zstd is unpacked by the conductor only, and the agent would write it to the disk as it is";
    const advice = "use image_download_source local, or another compression";
    return [{ check: "compression", outcome: "fails", reason, advice }];
  }
  if (mediaType?.endsWith("gzip")) {
    const reason = "its media type says gzip, which neither the conductor nor the agent unpacks";
    const advice = "publish it without, or with zstd and image_download_source local";
    return [{ check: "compression", outcome: "warning", reason, advice }];
  }
  return [];
}

/** With `http` the conductor's token goes to the agent, which shows it once the machine has booted. */
function tokenCheck({ findings, source }: Case): Check[] {
  const lifetime = findings.ways.attempt?.tokenLifetime;
  if (lifetime === undefined || source === "local" || lifetime >= BOOT_TIME) return [];
  return [
    {
      check: "token",
      outcome: "warning",
      reason: `the registry's token is good for ${lifetime} s, and with image_download_source ${source} the agent shows it only after the machine has booted`,
      advice: "use image_download_source local, or have the token endpoint give tokens that live longer",
    },
  ];
}

function httpUrlCheck({ source, conductor }: Case): Check[] {
  if (source !== "local" || conductor.settings.hasHttpUrl !== false) return [];
  const reason = "image_download_source local needs [deploy]http_url, which the configuration does not set";
  return [{ check: "configuration", outcome: "fails", reason, advice: "set [deploy]http_url and http_root" }];
}
