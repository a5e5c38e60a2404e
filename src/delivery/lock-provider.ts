import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type RequiredProvider, withoutPlaceholders, withPlaceholders } from "./cdktf-placeholders";
import { DependencyLock, type LockedProvider } from "./dependency-lock";
import { DependencyLockSyntaxError } from "./dependency-lock-tokens";
import { DependencyLockDamagedError, DependencyLockFileError } from "./errors";
import type { InstalledProvider } from "./install";
import { meetsConstraints, parseConstraints, printConstraints } from "./version-constraint";

/** Terraform's name for it. */
const FILE = ".terraform.lock.hcl";

/**
 * Checks that a folder's dependency lock file can be read, if there is one, before anything is written beside it.
 * @throws {DependencyLockDamagedError | DependencyLockFileError}
 */
export function checkDependencyLock(folder: string): void {
  const path = join(folder, FILE);
  parse(path, read(path));
}

/**
 * Writes the provider's entry into the dependency lock file of a folder of Terraform configuration, as `terraform init` would: its
 * version, the constraints of the configuration and the one checksum that all platforms share. Everything else in the file
 * stays as it is. An entry that already says so is left alone, with whatever other checksums and constraints it has.
 *
 * Nothing is written for a configuration that does not require the provider, or requires another version of it.
 *
 * @throws {DependencyLockDamagedError | DependencyLockFileError} the file is then as it was
 */
export function lockProvider(
  folder: string,
  installed: Pick<InstalledProvider, "address" | "version" | "hash">,
  required: readonly RequiredProvider[],
): void {
  const entry = entryFor(installed, required);
  if (entry === undefined) return;
  const path = join(folder, FILE);
  const before = read(path);
  const lock = parse(path, withoutPlaceholders(before));
  const after = withPlaceholders(holds(lock, entry) ? lock : lock.with(entry), required);
  if (after !== before) replace(path, after);
}

/** The entry; undefined where Terraform will not choose this version. */
function entryFor(
  { address, version, hash }: Pick<InstalledProvider, "address" | "version" | "hash">,
  required: readonly RequiredProvider[],
): LockedProvider | undefined {
  const own = required.filter((each) => each.address === address);
  if (own.length === 0) return undefined;
  const constraints = own.flatMap((each) => (each.version === undefined ? [] : [parseConstraints(each.version)]));
  const known = constraints.flatMap((each) => each ?? []);
  if (constraints.includes(undefined) || !meetsConstraints(version, known)) return undefined;
  const printed = printConstraints(known);
  return { address, version, constraints: printed === "" ? undefined : printed, hashes: [hash] };
}

/** Whether the entry is there. Modules of the configuration may have added constraints of their own, and registries other checksums. */
function holds(lock: DependencyLock, entry: LockedProvider): boolean {
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

/** The file's text; "" where there is none. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new DependencyLockFileError(path, "read", error as NodeJS.ErrnoException);
  }
}

/** Replaces a file in one step, so that nobody reads half of it. A symbolic link stays one, and a file keeps its mode. */
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

/** What a symbolic link leads to, also where that does not exist yet. */
function linkTarget(path: string): string {
  let target = path;
  // Linux follows 40 links as well.
  for (let followed = 0; followed < 40; followed += 1) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}
