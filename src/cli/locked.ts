import { existsSync } from "node:fs";
import { type LockFile, type PinQuery, readLockFile } from "../lock";
import { Reference } from "../reference";
import { UsageError } from "./io";

/** The lock file of a command, and the selected queries in it. */
export interface Locked {
  readonly lockFile: LockFile;
  /** The references that were named, in canonical form; all that are locked when none was. */
  readonly names: readonly string[];
  /** Every locked query for these references. */
  readonly queries: readonly PinQuery[];
}

/**
 * Reads the lock file for the references that were named.
 * @throws {UsageError} when there is no file, or a reference is not in it
 */
export function readLocked(path: string, named: readonly string[]): Locked {
  if (!existsSync(path)) throw new UsageError(`there is no ${path}: name it with --lock-file, or lock something first`);
  const lockFile = readLockFile(path);
  const known = new Set(lockFile.entries().map(([name]) => name));
  const names = named.map((text) => Reference.parse(text).canonical());
  const missing = names.find((name) => !known.has(name));
  if (missing !== undefined) throw new UsageError(`${missing} is not in ${path}`);
  const chosen = names.length > 0 ? new Set(names) : known;
  const queries = lockFile.queries().filter(({ reference }) => chosen.has(reference.canonical()));
  return { lockFile, names: [...chosen], queries };
}
