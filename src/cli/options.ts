import { type Command, InvalidArgumentError, Option } from "commander";
import type { DEFAULT_LOCK_FILE } from "../lock";
import type { DEPLOY_INTERFACES } from "../resolver";
import {
  type ArtifactClass,
  describeRelease,
  NEWEST_RELEASE,
  parseRelease,
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

/** What says which artifact is meant. */
export interface NodeOptions {
  readonly arch?: string;
  readonly downloadSource?: string;
  readonly role: Role;
  readonly expect?: ArtifactClass;
  readonly ironicRelease?: string;
}

/** The way to a registry. */
export interface ConnectionOptions {
  readonly plainHttp: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** How registries are spoken to. */
export interface RegistryOptions extends ConnectionOptions {
  readonly authFile?: string;
  /** By registry: what serves it. */
  readonly mirror: Readonly<Record<string, string>>;
  readonly extraChecks: boolean;
}

export interface LockOptions {
  readonly lockFile: string;
}

export interface OutputOptions {
  readonly json?: boolean;
}

export function addNodeOptions(command: Command): Command {
  return addExpectOption(
    addNodeFactOptions(command, ["local", "http"]),
    "what the image is meant to be; anything else is an error (default: disk)",
  );
}

export function addExpectOption(command: Command, description: string): Command {
  return command.addOption(new Option("--expect <class>", description).choices(["disk", "bootc"]));
}

/** The node, and what the artifact is for it. */
export function addNodeFactOptions(command: Command, downloadSources: readonly string[]): Command {
  return addRoleOptions(
    command
      .option("--arch <name>", "the node's cpu_arch: x86_64, aarch64, …")
      .addOption(new Option("--download-source <source>", "the node's image_download_source").choices(downloadSources)),
  );
}

function addRoleOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--role <role>", "what the artifact is for").choices(["image", "kernel", "ramdisk"]).default("image"),
    )
    .option(
      "--ironic-release <release>",
      `the Ironic that will deploy: 29.0.5, 39.0, 2025.1, epoxy (default: ${NEWEST_RELEASE.version}, the newest)`,
      release,
    );
}

/** What says how the conductor is set up, and what it deploys with. */
export function addConductorOptions(command: Command): Command {
  return command
    .option(
      "--ironic-conf <path>",
      "a configuration file of the conductor's, or a folder of them (repeatable; later ones win)",
      collect,
      [],
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
    .option("--memory-mb <MiB>", "the node's properties.memory_mb, which it is assumed to have", mebibytes)
    .option(
      "--image-disk-format <format>",
      "instance_info.image_disk_format, or none (default: raw for a digest, as this package's provider sends it)",
    );
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option("--plain-http <host[:port]>", "speak plain HTTP to this registry (repeatable)", collect, [])
    .option("--timeout <seconds>", "how long one request may take (default: 30)", seconds);
}

export function addRegistryOptions(command: Command): Command {
  return addConnectionOptions(command)
    .option("--auth-file <path>", "take credentials from this Docker or podman configuration file only")
    .option(
      "--mirror <registry=mirror>",
      "read what a registry has from another one, host[/path] (repeatable)",
      pair,
      {},
    )
    .option("--no-extra-checks", "check no more than Ironic does, and what --expect says");
}

export function addLockOption(command: Command): Command {
  return command.option("--lock-file <path>", "the lock file", LOCK_FILE);
}

export function addInstallOptions(command: Command): Command {
  return command
    .option("--mirror <dir>", "a filesystem mirror to put it into instead")
    .option(
      "--platform <os_arch>",
      "a platform it is for, such as linux_arm64 (repeatable; default: this one)",
      collect,
    );
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
    throw new UsageError(`--expect is about disk images; a ${role} is a file, whatever its class`);
  }
  return expect;
}

/** The Ironic release that decides, and whether anybody said so. */
export interface ChosenRelease {
  readonly ironicRelease: string;
  readonly releaseAssumed: boolean;
}

export function chosenRelease({ ironicRelease }: Pick<NodeOptions, "ironicRelease">): ChosenRelease {
  const chosen = ironicRelease === undefined ? NEWEST_RELEASE : parseRelease(ironicRelease);
  return { ironicRelease: chosen.version, releaseAssumed: ironicRelease === undefined };
}

/** The same for people, in a clause. */
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

function pair(value: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const [registry, mirror, ...more] = value.split("=");
  if (!registry || !mirror || more.length > 0) throw new InvalidArgumentError("It is REGISTRY=MIRROR.");
  return { ...previous, [registry]: mirror };
}

function mebibytes(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError("It is a whole number of MiB.");
  return Number(value);
}

function seconds(value: string): number {
  const parsed = Number(value);
  if (!Number.isFinite(parsed) || parsed <= 0) throw new InvalidArgumentError("It is a positive number of seconds.");
  return parsed;
}
