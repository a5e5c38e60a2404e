import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type RequiredProvider, withoutPlaceholders, withPlaceholders } from "./cdktf-placeholders";
import { DependencyLock, type LockedProvider } from "./dependency-lock";
import { DependencyLockSyntaxError } from "./dependency-lock-tokens";
import { DependencyLockDamagedError, DependencyLockFileError } from "./errors";
import type { InstalledProvider } from "./install";
import { meetsConstraints, parseConstraints, printConstraints } from "./version-constraint";

/** Terraform's name of the dependency lock file. */
const FILE = ".terraform.lock.hcl";

/**
 * Checks that a folder's dependency lock file, if any, can be read, before anything is written beside it.
 * @throws {DependencyLockDamagedError | DependencyLockFileError}
 */
export function checkDependencyLock(folder: string): void {
  const path = join(folder, FILE);
  parse(path, read(path));
}

/**
 * Writes the provider's entry into the dependency lock file of a folder of Terraform configuration, as `terraform init` would: its
 * version, the constraints of the configuration and the checksums, which hold on all platforms. Everything else in the file is left
 * unchanged, and so is an entry that already has this version, these constraints and these checksums among others.
 *
 * Nothing is written for a configuration that does not require the provider, or requires another version.
 *
 * @throws {DependencyLockDamagedError | DependencyLockFileError} the file is then unchanged
 */
export function lockProvider(
  folder: string,
  installed: Pick<InstalledProvider, "address" | "version" | "hashes">,
  required: readonly RequiredProvider[],
): void {
  const entry = entryFor(installed, required);
  if (entry === undefined) return;
  const path = join(folder, FILE);
  const before = read(path);
  const lock = parse(path, withoutPlaceholders(before));
  const after = withPlaceholders(hasEntry(lock, entry) ? lock : lock.with(entry), required);
  if (after !== before) replace(path, after);
}

/** The provider's entry; undefined where Terraform would not select this version. */
function entryFor(
  { address, version, hashes }: Pick<InstalledProvider, "address" | "version" | "hashes">,
  required: readonly RequiredProvider[],
): LockedProvider | undefined {
  const matching = required.filter((each) => each.address === address);
  if (matching.length === 0) return undefined;
  const constraints = matching.flatMap((each) => (each.version === undefined ? [] : [parseConstraints(each.version)]));
  const known = constraints.flatMap((each) => each ?? []);
  if (constraints.includes(undefined) || !meetsConstraints(version, known)) return undefined;
  const printed = printConstraints(known);
  return { address, version, constraints: printed === "" ? undefined : printed, hashes };
}

/** Whether the file has the entry. Modules of the configuration may have added constraints, and registries checksums. */
function hasEntry(lock: DependencyLock, entry: LockedProvider): boolean {
  const found = lock.find(entry.address);
  if (found === undefined || found.version !== entry.version) return false;
  const constraints = found.constraints?.split(", ") ?? [];
  return (
    entry.hashes.every((hash) => found.hashes.includes(hash)) &&
    (entry.constraints?.split(", ") ?? []).every((constraint) => constraints.includes(constraint))
  );
}

function parse(path: string, text: string): DependencyLock {
  try {
    return DependencyLock.parse(text);
  } catch (error) {
    if (error instanceof DependencyLockSyntaxError)
      throw new DependencyLockDamagedError(path, error.line, error.problem);
    throw error;
  }
}

/** The file's text; "" for a missing file. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new DependencyLockFileError(path, "read", error as NodeJS.ErrnoException);
  }
}

/** Replaces a file atomically. A symbolic link is kept, and so is the file's mode. */
function replace(path: string, text: string): void {
  let temporary: string | undefined;
  try {
    const target = linkTarget(path);
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}`);
    writeFileSync(temporary, text, { flag: "wx" });
    if (mode !== undefined) chmodSync(temporary, mode & 0o7777);
    renameSync(temporary, target);
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
    throw new DependencyLockFileError(path, "written", error as NodeJS.ErrnoException);
  }
}

/** The target of a symbolic link, which may not exist yet. */
function linkTarget(path: string): string {
  let target = path;
  // As many as Linux follows.
  for (let followed = 0; followed < 40; followed += 1) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
