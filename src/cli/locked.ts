import { existsSync } from "node:fs";
import { type LockFile, type PinQuery, readLockFile } from "../lock";
import { InvalidReferenceError, IronicOciError, printable, Reference } from "../reference";
import { type Io, UsageError } from "./io";
import { paint } from "./print";

/** The lock file of a command, and the selected queries in it. */
export interface Locked {
  readonly lockFile: LockFile;
  /** The references that were named, in canonical form; all that are used when none was. */
  readonly names: readonly string[];
  /** Every locked query for these references. */
  readonly queries: readonly PinQuery[];
  /** References that were left out, because they are used by nothing: their tags may be gone. */
  readonly unused: readonly string[];
}

/**
 * All references that were named.
 * @throws {InvalidReferenceError} when one is invalid
 * @throws {UsageError} which describes all of them, when several are
 */
export function parseReferences(named: readonly string[]): Reference[] {
  const errors: InvalidReferenceError[] = [];
  const references = named.flatMap((text) => {
    try {
      return Reference.parse(text);
    } catch (error) {
      if (!(error instanceof InvalidReferenceError)) throw error;
      errors.push(error);
      return [];
    }
  });
  if (errors.length > 1) {
    throw new UsageError(
      errors.flatMap(({ message, hint }) => (hint === undefined ? message : `${message}\n  ${hint}`)).join("\n"),
    );
  }
  const [first] = errors;
  if (first) throw first;
  return references;
}

/**
 * Reads the lock file for the references that were named.
 * @throws {UsageError} when there is no file, or a reference is not in it
 */
export function readLocked(
  path: string,
  named: readonly string[],
  { conflicts }: { conflicts?: "refuse" | "keep" } = {},
): Locked {
  if (!existsSync(path)) throw new UsageError(`there is no ${path}: name it with --lock-file, or lock something first`);
  const lockFile = readLockFile(path, { ...(conflicts && { conflicts }) });
  const entries = lockFile.entries();
  const known = new Set(entries.map(([name]) => name));
  const names = parseReferences(named).map((reference) => reference.canonical());
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) {
    throw new UsageError(`${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} not in ${printable(path)}`);
  }
  const unused = entries.flatMap(([name, { selections }]) =>
    names.length === 0 && selections.every(({ usedBy }) => usedBy?.length === 0) ? [name] : [],
  );
  const chosen = new Set(names.length > 0 ? names : [...known].filter((name) => !unused.includes(name)));
  const queries = lockFile.queries().filter(({ reference }) => chosen.has(reference.canonical()));
  return { lockFile, names: [...chosen], queries, unused };
}

/** A note about the references that {@link readLocked} left out. */
export function noteUnused({ unused }: Locked, io: Io): void {
  if (unused.length === 0) return;
  const names = unused.map(printable).join(", ");
  io.err(paint(io, "dim", `unused, and left out: ${names}; ironic-oci lock --prune removes it from the lock file\n`));
}

/**
 * An error with the way out for a reference that nothing needs any more, where its tag is gone.
 * @returns the error itself in all other cases
 */
export function withRemoval(error: unknown, reference: string): unknown {
  const isGone = error instanceof IronicOciError && ["TAG_NOT_FOUND", "MANIFEST_NOT_FOUND"].includes(error.code);
  if (!isGone) return error;
  const removal = `if nothing needs it any more: ironic-oci lock --remove ${printable(reference)}`;
  return Object.assign(Object.create(error) as IronicOciError, {
    hint: error.hint === undefined ? removal : `${error.hint}; ${removal}`,
  });
}
