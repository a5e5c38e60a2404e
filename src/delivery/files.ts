// Files that Terraform may read while they are written.
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ProviderInstallError } from "./errors";

export interface PutOptions {
  readonly executable?: boolean;
  /** Path of a file with the same content, to which a link is made where the file system can. */
  readonly same?: string | undefined;
}

/**
 * Writes a file atomically, and its folder. A file with that content is left alone.
 * @throws {ProviderInstallError}
 */
export function putFile(file: string, content: string | Uint8Array, { executable, same }: PutOptions = {}): void {
  const mode = executable ? 0o755 : 0o644;
  // Outside the package's folder: Terraform's checksum covers all files in it, including one that a killed process left.
  const temporary = join(dirname(dirname(file)), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    const bytes = Buffer.from(content as Uint8Array);
    if (hasContent(file, bytes, executable === true)) return;
    makeFolder(dirname(file));
    if (same === undefined || !link(same, temporary)) writeFileSync(temporary, bytes, { mode });
    renameSync(temporary, file);
  } catch (error) {
    removeIfPossible(temporary);
    throw new ProviderInstallError(file, error as NodeJS.ErrnoException);
  }
}

/**
 * Creates a folder and those above it. Node's own recursion does not end where the kernel answers ENOENT for an existing parent, as in
 * `/proc` (nodejs/node, `MKDirpSync`).
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function hasContent(file: string, bytes: Buffer, executable: boolean): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || (executable && (stat.mode & 0o111) === 0)) return false;
  return stat.size === bytes.length && readFileSync(file).equals(bytes);
}

/** A hard link; false where the file system has none. */
function link(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch {
    return false;
  }
}

/** Its folder may be no folder at all. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The error of the installation has the reason.
  }
}
