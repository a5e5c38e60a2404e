import { existsSync } from "node:fs";
import type { LockedPin, PinQuery } from "../../lock";
import type { OciResolver } from "../../resolver";

/** A pin of the lock file, with what the data source warns of. */
export interface LockedResult {
  readonly pin: LockedPin;
  readonly undecided: string | undefined;
  readonly unrecorded: string | undefined;
}

/**
 * A pin from the lock file, by the rules of `synthesize`: a pin that is not locked is resolved and locked, in mode `frozen` an error; the
 * mode is that of `IRONIC_OCI_LOCK`, or `frozen` in CI where there is a lock file.
 * @param path relative to the folder that Terraform runs in
 * @throws {LockFrozenError} and the other errors of the lock file and of a resolution
 */
export async function lockedPin(
  path: string,
  query: PinQuery,
  resolver: OciResolver,
  signal: AbortSignal,
): Promise<LockedResult> {
  // Loaded on use, as the resolver is.
  const { configurationName, lockMode, pinAll } = require("../../lock") as typeof import("../../lock");
  const mode = lockMode(undefined, process.env, existsSync(path));
  // Another data source may use other pins of the lock file.
  const user = { name: configurationName(path), needsNothingElse: false };
  const { failures, undecided, unrecorded, find } = await pinAll([query], { path, mode, resolver, user, signal });
  const [failure] = failures;
  if (failure !== undefined) throw failure.error;
  const pin = find(query);
  if (pin === undefined) throw new Error(`no pin of ${query.reference.canonical()} in ${path}`);
  return { pin, undecided: undecided[0]?.warning, unrecorded };
}
