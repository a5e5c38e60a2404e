import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { CONTENT_FOR_PATH, isFileContent, printable, Reference } from "../reference";
import {
  aRole,
  type Check,
  type Conductor,
  ConductorConfigurationError,
  type ConductorSettings,
  type ConfigurationFile,
  DEPLOY_INTERFACES,
  type DeployInterface,
  type Diagnosis,
  diagnose,
  type IronicRelease,
  parseRelease,
  type Role,
  readSettings,
  type Target,
  usesDriverSecret,
  type Way,
} from "../resolver";
import { EXIT, type Io, UsageError } from "./io";
import {
  type ChosenRelease,
  type ConnectionOptions,
  chosenRelease,
  describeChosenRelease,
  type OutputOptions,
} from "./options";
import { indent, paint, widthFor } from "./print";
import { exitCodeOf, reportEach } from "./report";
import { table } from "./table";

interface DoctorOptions extends ConnectionOptions, OutputOptions {
  readonly role: Role;
  readonly ironicRelease?: string;
  readonly ironicConf?: readonly string[];
  readonly instanceSecretFile?: string;
  readonly driverSecretFile?: string;
  readonly conductorAuthFile?: string;
  readonly permitHttpFallback?: boolean;
  readonly deployInterface?: DeployInterface;
  readonly bootInterface?: string;
  readonly arch?: string;
  readonly downloadSource?: string;
  readonly imageDiskFormat?: string;
  readonly memoryMb?: number;
}

const NAMES: Readonly<Record<Way, string>> = {
  instance_info: "instance_info.image_pull_secret",
  driver_info: "driver_info.image_pull_secret",
  image_server: "[deploy]image_server_user",
  authentication_config: "[oci]authentication_config",
  anonymous: "anonymously",
};

/** The image class of each deploy interface. */
const DEPLOYED_KINDS: Readonly<Record<string, string>> = { direct: "a disk image", bootc: "a bootc container" };

/** The default boot interface. Virtual media ignores driver_info's secret, so that no result depends on a secret that may not be used. */
const DEFAULT_BOOT_INTERFACE = "redfish-virtual-media";

/** `ironic-oci doctor REF…`: predicts whether a conductor can pull and deploy it, and with which credentials. */
export async function doctor(references: readonly string[], options: DoctorOptions, io: Io): Promise<number> {
  const { plainHttp = [], timeout } = options;
  const conductor = readConductor(options);
  const { target, assumed } = readTarget(options, conductor.settings);
  const release = chosenRelease(options);
  // Without the user's credentials and mirrors: a conductor has neither.
  const connection = {
    plainHttp,
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    retry: { attempts: 4 },
  };
  const outcomes = await Promise.allSettled(
    references.map(async (text) => {
      const diagnosis = await diagnose(Reference.parse(text), conductor, target, connection, io.signal);
      return { ...diagnosis, ...release, notes: [...assumed, ...diagnosis.notes] };
    }),
  );
  reportEach(references, outcomes, options, io, (diagnosis) => printDiagnosis(diagnosis, io));
  const failure = exitCodeOf(outcomes);
  if (failure !== undefined) return failure;
  const all = outcomes.every((outcome) => outcome.status === "fulfilled" && outcome.value.willDeploy !== false);
  return all ? EXIT.fine : EXIT.unpullable;
}

function readConductor(options: DoctorOptions): Conductor {
  const release = parseRelease(chosenRelease(options).ironicRelease);
  const read = readConfiguration(options.ironicConf ?? [], release);
  const settings = options.permitHttpFallback ? permittingHttp(read, release) : read;
  return {
    release,
    settings,
    instanceSecret: readSecret(options.instanceSecretFile, "IRONIC_OCI_INSTANCE_SECRET"),
    driverSecret: readSecret(options.driverSecretFile, "IRONIC_OCI_DRIVER_SECRET"),
    authenticationConfig: readAuthenticationConfig(options.conductorAuthFile, settings),
    certificateAuthorities: readAuthorities(settings),
  };
}

function readConfiguration(paths: readonly string[], release: IronicRelease): ConductorSettings {
  const files = paths.flatMap(expand).map((path): ConfigurationFile => ({ path, text: read(path) }));
  try {
    return readSettings(files, release);
  } catch (error) {
    if (!(error instanceof ConductorConfigurationError)) throw error;
    throw new UsageError(error.hint === undefined ? error.message : `${error.message} (${error.hint})`);
  }
}

/** A directory expands to its `*.conf` files, sorted by name, as with `--config-dir` of Ironic's services. */
function expand(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith(".conf") && !name.startsWith("."));
  return names.sort().map((name) => join(path, name));
}

/** `--permit-http-fallback` sets the option of the same name without a configuration file. */
function permittingHttp(settings: ConductorSettings, { major, version }: IronicRelease): ConductorSettings {
  if (major >= 34) return { ...settings, permitHttpFallback: true };
  const remark = `--permit-http-fallback is ignored: Ironic ${version} never falls back to plain HTTP`;
  return { ...settings, remarks: [...settings.remarks, remark] };
}

function readAuthenticationConfig(path: string | undefined, settings: ConductorSettings): string | undefined {
  if (path !== undefined) return read(path);
  if (settings.authenticationConfig === undefined) return undefined;
  return read(
    settings.authenticationConfig,
    "[oci]authentication_config refers to it: give a copy with --conductor-auth-file",
  );
}

function readAuthorities({ verifyCa, verifyCaOption }: ConductorSettings): string | undefined {
  if (typeof verifyCa !== "object") return undefined;
  return read(
    verifyCa.path,
    `${verifyCaOption} refers to it: run doctor on the conductor, or set the option to the path of a copy`,
  );
}

function readTarget(
  options: DoctorOptions,
  settings: ConductorSettings,
): { readonly target: Target; readonly assumed: readonly string[] } {
  const { role, arch, downloadSource, memoryMb, imageDiskFormat } = options;
  const notes: string[] = [];
  const configured = settings.defaultDeployInterface;
  const known = DEPLOY_INTERFACES.find((name) => name === configured);
  if (options.deployInterface === undefined && configured !== undefined && known === undefined && role === "image") {
    notes.push(`[DEFAULT]default_deploy_interface is ${configured}, which doctor can't predict: direct is assumed`);
  }
  const bootInterface = options.bootInterface ?? settings.defaultBootInterface ?? DEFAULT_BOOT_INTERFACE;
  if (role !== "image" && options.bootInterface === undefined) {
    const from = settings.defaultBootInterface === undefined ? "assumed" : "[DEFAULT]default_boot_interface";
    const uses = usesDriverSecret(bootInterface) === false ? "ignores" : "uses";
    notes.push(
      `boot interface ${bootInterface} (${from}): it ${uses} driver_info's secret; --boot-interface overrides it`,
    );
  }
  const target: Target = {
    role,
    architecture: arch,
    imageDownloadSource: downloadSource,
    memoryMb,
    imageDiskFormat: imageDiskFormat === "none" ? "" : imageDiskFormat,
    deployInterface: options.deployInterface ?? known ?? "direct",
    bootInterface,
  };
  return { target, assumed: notes };
}

/**
 * A secret comes from a file or the environment, because every user of the machine can see command lines. An empty file is an empty
 * secret, an empty variable counts as unset.
 */
function readSecret(path: string | undefined, variable: string): string | undefined {
  const value = path === undefined ? process.env[variable] || undefined : read(path);
  const secret = value?.replace(/\r?\n$/, "");
  const where = path ?? variable;
  if (secret !== undefined && /^\*+$/.test(secret)) {
    throw new UsageError(`${where} holds the mask that Ironic's API returns instead of the secret`);
  }
  if (secret !== undefined && /[\r\n]/.test(secret)) {
    throw new UsageError(`${where} holds more than one line; a secret is a single line`);
  }
  return secret;
}

function read(path: string, why?: string): string {
  if (isFileContent(path))
    throw new UsageError(`${CONTENT_FOR_PATH} is the content of a file: name a file that holds it`);
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown cause";
    throw new UsageError(`${path} can't be read (${code})${why === undefined ? "" : `; ${why}`}`);
  }
}

function printDiagnosis(diagnosis: Diagnosis & ChosenRelease, io: Io): void {
  const { reference, way, ways, checks, notes } = diagnosis;
  io.out(`${paint(io, "bold", reference)}\n`);
  for (const line of verdictLines(diagnosis, io)) io.out(`  → ${line}\n`);
  const rows = ways.map((report) => [
    report.way === way ? "*" : "",
    NAMES[report.way],
    report.given ? "yes" : "no",
    report.works === undefined ? "-" : report.works ? "yes" : "no",
    report.reason,
  ]);
  const lines = table(["", "WAY", "GIVEN", "WORKS", "REASON"], rows, { lines: true, columns: widthFor(io, 4) });
  const styled = lines.map((line) => (line.startsWith("*") ? line : paint(io, "dim", line)));
  io.out(`${indent(styled.join("\n"), "    ")}\n`);
  printChecks(
    checks.filter(({ check, outcome }) => check !== "registry" || outcome !== "ok"),
    io,
  );
  for (const advice of new Set(checks.map((check) => check.advice))) {
    if (advice !== undefined) io.out(`  ${paint(io, "bold", "next:")} ${printable(advice)}\n`);
  }
  for (const note of notes) io.err(`  ${paint(io, "yellow", "note:")} ${printable(note)}\n`);
}

function verdictLines(diagnosis: Diagnosis & ChosenRelease, io: Io): string[] {
  const { role, canPull, way, willDeploy, deployInterface, deployedBy, imageDownloadSource } = diagnosis;
  const yes = (word: string) => paint(io, "green", word);
  const no = (word: string) => paint(io, "red", word);
  const how = way === "anonymous" ? NAMES[way] : `with ${NAMES[way]}`;
  const what = role === "image" ? DEPLOYED_KINDS[deployedBy ?? ""] : aRole(role);
  const pull = `the conductor ${canPull ? yes("can") : no("can't")} pull this, ${how}; for ${what ?? "an image"}`;
  const release = `as ${describeChosenRelease(diagnosis)}`;
  if (role !== "image") return [bootFileLine(diagnosis, pull, how, no), release];
  const verdict =
    willDeploy === undefined
      ? paint(io, "yellow", "may or may not deploy")
      : willDeploy
        ? yes("deploys")
        : no("does not deploy");
  const name =
    deployedBy === deployInterface ? deployInterface : `${deployInterface}, which becomes ${deployedBy ?? "none"},`;
  const source = imageDownloadSource === undefined ? "" : `, with image_download_source ${imageDownloadSource}`;
  const deploy = `the deploy interface ${name} ${verdict} it${source}`;
  return [pull, deploy, release];
}

/** A kernel or ramdisk by tag is refused by Ironic, whether or not the conductor can pull it. */
function bootFileLine(
  { role, canPull, willDeploy, checks }: Diagnosis,
  pull: string,
  how: string,
  no: (word: string) => string,
): string {
  const isTag = checks.some(({ check, outcome }) => check === "reference" && outcome === "fails");
  if (!isTag) return canPull && willDeploy === false ? `${pull}; it ${no("does not deploy")}` : pull;
  const pulls = canPull ? "the conductor can pull" : "the conductor can't pull either";
  return `Ironic ${no("will not deploy")} ${aRole(role)} by tag; pin it (what the tag names, ${pulls}, ${how})`;
}

const STYLES = { ok: "dim", warning: "yellow", unknown: "yellow", fails: "red" } as const;

function printChecks(checks: readonly Check[], io: Io): void {
  if (checks.length === 0) return;
  const lines = table(
    ["", "CHECK", "RESULT", "REASON"],
    checks.map(({ check, outcome, reason }) => ["", check, outcome, reason]),
    { lines: true, columns: widthFor(io, 4) },
  );
  const styled = lines.map((line, index) =>
    paint(io, index === 0 ? "dim" : STYLES[checks[index - 1]?.outcome ?? "ok"], line),
  );
  io.out(`${indent(styled.join("\n"), "    ")}\n`);
}
