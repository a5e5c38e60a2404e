import { LockModeError } from "./errors";

/**
 * - `prefer`: keep what is locked, resolve what is new.
 * - `frozen`: no network; what the lock file doesn't answer is an error.
 * - `update`: resolve everything anew.
 */
export type LockMode = "prefer" | "frozen" | "update";

/** Where the lock file is, unless another path is given. */
export const DEFAULT_LOCK_FILE = "ironic-oci.lock.json";

/**
 * The mode that counts: the option, else IRONIC_OCI_LOCK, else `frozen` in CI with a lock file, else `prefer`.
 * @throws {LockModeError}
 */
export function lockMode(
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
  lockFileExists: boolean,
): LockMode {
  if (option !== undefined) return toMode(option, "lockMode");
  const { IRONIC_OCI_LOCK, CI } = environment;
  if (IRONIC_OCI_LOCK) return toMode(IRONIC_OCI_LOCK, "IRONIC_OCI_LOCK");
  const inCi = CI !== undefined && !["", "0", "false"].includes(CI.toLowerCase());
  return inCi && lockFileExists ? "frozen" : "prefer";
}

function toMode(text: string, source: string): LockMode {
  if (text === "prefer" || text === "frozen" || text === "update") return text;
  throw new LockModeError(text, source);
}
