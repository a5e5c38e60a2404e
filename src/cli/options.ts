import { type Command, InvalidArgumentError, Option } from "commander";
import type { DEFAULT_LOCK_FILE } from "../lock";
import { InvalidReferenceError, Reference, registryFault } from "../reference";
import type { DEPLOY_INTERFACES } from "../resolver";
import {
  ARTIFACT_CLASSES,
  type ArtifactClass,
  aRole,
  describeRelease,
  NEWEST_RELEASE,
  parseRelease,
  ROLES,
  type Role,
  UnknownReleaseError,
} from "../selection";
import { UsageError } from "./io";

/**
 * Constants of the lock and the resolver, checked against them by type: `--help` needs the values, and an import of the modules
 * themselves loads zod and the registry client.
 */
const LOCK_FILE: typeof DEFAULT_LOCK_FILE = "ironic-oci.lock.json";
const DEPLOY_INTERFACE_CHOICES: typeof DEPLOY_INTERFACES = ["direct", "bootc", "autodetect"];

/** Node facts and role, which select the artifact. */
export interface NodeOptions {
  readonly arch?: string;
  readonly downloadSource?: string;
  readonly role: Role;
  readonly expect?: ArtifactClass;
  readonly ironicRelease?: string;
}

/** Connections to registries. */
export interface ConnectionOptions {
  readonly plainHttp?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** Registry access: credentials and mirrors. */
export interface AccessOptions extends ConnectionOptions {
  readonly authFile?: string;
  /** Mirrors by registry. */
  readonly mirror?: Readonly<Record<string, string>>;
}

/** Registry access, and the checks of what is read. */
export interface RegistryOptions extends AccessOptions {
  /** Mirrors by registry that are read, unless `mirror` has another one, and that pinned URLs name. */
  readonly pinMirror?: Readonly<Record<string, string>>;
  readonly extraChecks: boolean;
}

/** Options of `ironic-oci push`. */
export interface PushCommandOptions extends AccessOptions, OutputOptions {
  readonly disk?: readonly string[];
  readonly kernel?: readonly string[];
  readonly ramdisk?: readonly string[];
  readonly iso?: readonly string[];
  readonly file?: string;
  readonly compress?: "zstd";
  readonly podmanMachine?: boolean;
  readonly mountFrom?: readonly string[];
  readonly signKey?: string;
  readonly dryRun?: boolean;
}

/** Options of `ironic-oci copy`. */
export interface CopyCommandOptions extends AccessOptions, LockOptions, OutputOptions {
  /** Mirrors, each with its registry before a `=` where there are several. */
  readonly to: readonly string[];
  readonly whole?: boolean;
}

/** Options of `ironic-oci bundle write`. */
export type BundleWriteOptions = Omit<CopyCommandOptions, "to">;

/** Options of `ironic-oci bundle load`. */
export interface BundleLoadOptions extends Omit<AccessOptions, "mirror">, OutputOptions {
  readonly to: readonly string[];
}

/** Options of `ironic-oci annotate`. */
export interface AnnotateCommandOptions extends AccessOptions, OutputOptions {
  readonly disk: readonly string[];
  readonly podmanMachine?: boolean;
  readonly dryRun?: boolean;
}

export interface PolicyOptions {
  /** Path of a policy. Default: the one beside the lock file, if there is one. */
  readonly policy?: string;
}

export interface LockOptions {
  readonly lockFile: string;
}

export interface OutputOptions {
  readonly json?: boolean;
}

/** Options of `ironic-oci lock`. */
export interface LockCommandOptions extends NodeOptions, RegistryOptions, PolicyOptions, LockOptions, OutputOptions {
  /** Removes the references instead. */
  readonly remove?: boolean;
  /** Removes what nothing uses instead. */
  readonly prune?: boolean;
}

export function addNodeOptions(command: Command): Command {
  return addExpectOption(
    addNodeFactOptions(command, ["local", "http"]),
    "the expected class of the image; another class is an error (default: disk)",
  );
}

export function addExpectOption(command: Command, description: string): Command {
  return command.addOption(new Option("--expect <class>", description).choices(ARTIFACT_CLASSES));
}

/** The node's facts and the artifact's role. */
export function addNodeFactOptions(command: Command, downloadSources: readonly string[]): Command {
  return addRoleOptions(
    command
      .option("--arch <name>", "the node's cpu_arch: x86_64, aarch64, …")
      .addOption(new Option("--download-source <source>", "the node's image_download_source").choices(downloadSources)),
  );
}

function addRoleOptions(command: Command): Command {
  return command
    .addOption(new Option("--role <role>", "the artifact's role").choices(ROLES).default("image"))
    .option(
      "--ironic-release <release>",
      `the Ironic that will deploy: 29.0.5, 39.0, 2025.1, epoxy (default: ${NEWEST_RELEASE.version}, the newest)`,
      release,
    );
}

/** The conductor's configuration and secrets, and the node's interfaces. */
export function addConductorOptions(command: Command): Command {
  return command
    .option(
      "--ironic-conf <path>",
      "a configuration file of the conductor, or a directory of them (repeatable; later files win)",
      collect,
    )
    .option("--instance-secret-file <path>", "a file with instance_info.image_pull_secret")
    .option("--driver-secret-file <path>", "a file with driver_info.image_pull_secret")
    .option("--conductor-auth-file <path>", "a copy of the file that [oci]authentication_config names")
    .option("--permit-http-fallback", "the conductor has [oci]permit_fallback_to_http_transport")
    .addOption(
      new Option("--deploy-interface <name>", "the node's deploy_interface (default: direct)").choices(
        DEPLOY_INTERFACE_CHOICES,
      ),
    )
    .option(
      "--boot-interface <name>",
      "the node's boot_interface, for a kernel or ramdisk (default: redfish-virtual-media)",
    )
    .option("--memory-mb <MiB>", "the node's properties.memory_mb, taken as its actual memory", mebibytes)
    .option(
      "--image-disk-format <format>",
      "instance_info.image_disk_format, or none (default: raw for a digest, as this package's provider sends it)",
    );
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option("--plain-http <host[:port]>", "speak plain HTTP to this registry (repeatable)", registries)
    .option("--timeout <seconds>", "timeout of one request (default: 30)", seconds);
}

export function addCredentialsOption(command: Command): Command {
  return command.option("--auth-file <path>", "take credentials from this Docker or podman configuration file only");
}

export function addAccessOptions(command: Command, mirrorDescription: string): Command {
  return addCredentialsOption(addConnectionOptions(command)).option(
    "--mirror <registry=mirror>",
    mirrorDescription,
    mirrors("--mirror"),
  );
}

/** What is published. */
export function addArtifactOptions(command: Command): Command {
  return command
    .option(
      "--disk <arch:type=file>",
      "a disk image: x86_64:qcow2=disk.qcow2, aarch64:raw=disk.raw (repeatable)",
      collect,
    )
    .option("--kernel <[arch=]file>", "a kernel; with an architecture where there are several (repeatable)", collect)
    .option("--ramdisk <[arch=]file>", "a ramdisk (repeatable)", collect)
    .option("--iso <[arch=]file>", "a bootable ISO image (repeatable)", collect)
    .option("--file <path>", "a YAML file with the same: reference, disk, kernel, ramdisk, iso")
    .addOption(new Option("--compress <format>", "compress disk images while they are sent").choices(["zstd"]))
    .option("--podman-machine", "write what podman machine reads, too")
    .option("--mount-from <repository>", "a repository of the registry that may have the files (repeatable)", collect)
    .option("--sign-key <path>", "sign with this key of cosign generate-key-pair; its password is COSIGN_PASSWORD")
    .option("--dry-run", "print the manifests, and send nothing");
}

export function addAnnotationOptions(command: Command): Command {
  return command
    .requiredOption("--disk <digest=arch:type>", "a disk image: sha256:…=x86_64:qcow2 (repeatable)", collect)
    .option("--podman-machine", "write what podman machine reads, too")
    .option("--dry-run", "print the manifests, and send nothing");
}

/** Where to copy to. */
export function addTargetOption(command: Command): Command {
  return command.requiredOption(
    "--to <[registry=]mirror>",
    "the registry to write to, host[/path]; for each registry where there are several (repeatable)",
    targets,
  );
}

export function addWholeOption(command: Command): Command {
  return command.option("--whole", "copy the whole index behind each tag, and the tag, too");
}

export function addRegistryOptions(command: Command): Command {
  return addAccessOptions(command, "read from a mirror of the registry, host[/path] (repeatable)")
    .option(
      "--pin-mirror <registry=mirror>",
      "as --mirror, for what conductors pull: pinned URLs name the mirror (repeatable)",
      mirrors("--pin-mirror"),
    )
    .option("--no-extra-checks", "run only Ironic's checks, and that of --expect");
}

export function addLockOption(command: Command): Command {
  return command.option("--lock-file <path>", "the lock file", LOCK_FILE);
}

export function addPolicyOption(command: Command): Command {
  return command.option(
    "--policy <path>",
    "who must have signed (default: ironic-oci.policy.json beside the lock file, if there)",
  );
}

export function addSignerOptions(command: Command): Command {
  return addPolicyOption(command)
    .option("--key <path>", "the signer's public key, as cosign generate-key-pair writes it")
    .option("--certificate-identity <name>", "the identity in the signer's certificate (* stands for any characters)")
    .option("--certificate-oidc-issuer <url>", "the issuer that has proven the identity")
    .option(
      "--trusted-root <path>",
      "authorities and logs, of cosign trusted-root (default: sigstore's public services)",
    )
    .option("--signed-for <repository>", "accept signatures for this repository, too: host/path (repeatable)", collect);
}

export function addRemovalOptions(command: Command): Command {
  return command
    .option("--remove", "remove the references from the lock file, whatever uses them")
    .option("--prune", "remove what no program and no lock command is recorded to use");
}

export function addInstallOptions(command: Command): Command {
  command
    .option("--mirror <dir>", "install into a filesystem mirror instead")
    .addOption(
      new Option("--network-mirror <dir>", "write a network mirror instead, for a web server").conflicts("mirror"),
    );
  return addPackageOptions(command, "this one; for a network mirror, all");
}

/** Which packages of the provider. */
export function addPackageOptions(command: Command, platforms: string): Command {
  return command
    .option(
      "--self-contained <dir>",
      "the executables of a release, which need no Node: the folder with its files (default: the script of this package)",
    )
    .option(
      "--platform <os_arch>",
      `a target platform, such as linux_arm64 (repeatable; default: ${platforms})`,
      collect,
    );
}

export function addImportOptions(command: Command): Command {
  return command
    .option("--node <name|uuid>", "only this node, and what belongs to it (repeatable)", collect)
    .option("--resource-class <name>", "only nodes of this resource class, and what belongs to them")
    .option("--owner <project>", "only nodes of this owner, and what belongs to them")
    .option("--cloud <name>", "the cloud in clouds.yaml (default: OS_CLOUD)")
    .option("--out <file>", "write into this file instead of the standard output")
    .option("--force", "replace the file if it exists");
}

export function addJsonOption(command: Command): Command {
  return command.option("--json", "print JSON");
}

/**
 * What the image is expected to be.
 * @throws {UsageError} for a kernel or ramdisk, which has no class
 */
export function expectation({ role, expect }: Pick<NodeOptions, "role" | "expect">): ArtifactClass | undefined {
  if (role !== "image" && expect !== undefined) {
    throw new UsageError(`--expect applies to disk images only; ${aRole(role)} has no class`);
  }
  return expect;
}

/** The Ironic release of the rules, and whether it is the default (assumed) instead of configured. */
export interface ChosenRelease {
  readonly ironicRelease: string;
  readonly releaseAssumed: boolean;
}

export function chosenRelease({ ironicRelease }: Pick<NodeOptions, "ironicRelease">): ChosenRelease {
  const chosen = ironicRelease === undefined ? NEWEST_RELEASE : parseRelease(ironicRelease);
  return { ironicRelease: chosen.version, releaseAssumed: ironicRelease === undefined };
}

/** The release as a clause for text output. */
export function describeChosenRelease({ ironicRelease, releaseAssumed }: ChosenRelease): string {
  const name = `Ironic ${describeRelease(parseRelease(ironicRelease))}`;
  return releaseAssumed ? `${name}, which is assumed: --ironic-release was not given` : name;
}

function release(value: string): string {
  try {
    parseRelease(value);
    return value;
  } catch (error) {
    if (!(error instanceof UnknownReleaseError)) throw error;
    throw new InvalidArgumentError(`${error.message}; ${error.hint}.`);
  }
}

function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

function registries(value: string, previous: readonly string[] = []): string[] {
  return collect(registry("--plain-http", value), previous);
}

/** @throws {UsageError} which, unlike commander's own error, does not quote a password */
function registry(option: string, value: string): string {
  const fault = registryFault(value);
  if (fault === undefined) return value;
  throw new UsageError(`${option}: ${fault}`);
}

function targets(value: string, previous: readonly string[] = []): string[] {
  const [first = "", second, ...more] = value.split("=");
  if (more.length > 0) throw new UsageError("--to: the format is MIRROR or REGISTRY=MIRROR");
  if (second !== undefined) registry("--to", first);
  checkMirror("--to", second ?? first);
  return collect(value, previous);
}

/** @throws {UsageError} as {@link registry}, for anything but `host[:port][/path]` */
function checkMirror(option: string, mirror: string): void {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(mirror)?.[0] ?? "";
  const [host = ""] = mirror.slice(scheme.length).split("/");
  registry(option, scheme + host);
  try {
    Reference.parse(`oci://${mirror}/any`);
  } catch (error) {
    if (!(error instanceof InvalidReferenceError)) throw error;
    throw new UsageError(`${option}: the path of the mirror at ${host} is wrong: ${error.reason}`);
  }
}

/** @throws {UsageError} as {@link registry} */
function mirrors(option: string) {
  return (value: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> => {
    const [name, mirror, ...more] = value.split("=");
    if (!name || !mirror || more.length > 0) throw new UsageError(`${option}: the format is REGISTRY=MIRROR`);
    checkMirror(option, mirror);
    if (Object.hasOwn(previous, name)) throw new UsageError(`${option}: there are two mirrors for ${name}: name one`);
    return { ...previous, [registry(option, name)]: mirror };
  };
}

/**
 * Makes the options of a command refuse an empty value. It is what is left of a variable that is not set, as in `--arch "$ARCH"`, and
 * must not mean "any architecture" or "the working folder".
 */
export function refuseEmptyValues({ options }: Command): void {
  for (const option of options) {
    const { parseArg } = option;
    if (!option.required && !option.optional) continue;
    option.argParser((value: string, previous: unknown) => {
      const parsed = parseArg ? parseArg(value, previous) : value;
      if (value === "") throw new InvalidArgumentError("It must not be empty.");
      return parsed;
    });
  }
}

/**
 * Refuses options about a node for a command that would ignore them.
 * @param why the reason, as a clause after "not with …"
 */
export function refuseNodeOptions(
  { arch, downloadSource, role, expect, ironicRelease }: NodeOptions,
  why: string,
): void {
  const given = Object.entries({
    "--arch": arch,
    "--download-source": downloadSource,
    "--role": role === "image" ? undefined : role,
    "--expect": expect,
    "--ironic-release": ironicRelease,
  }).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 0) throw new UsageError(`${given.join(", ")}: ${why}`);
}

function mebibytes(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError("It must be a whole number of MiB.");
  return Number(value);
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (!Number.isFinite(parsed) || parsed <= 0)
    throw new InvalidArgumentError("It must be a positive number of seconds.");
  return parsed;
}
