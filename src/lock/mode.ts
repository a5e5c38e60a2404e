import { LockModeError } from "./errors";

export const LOCK_MODES = ["prefer", "frozen", "update"] as const;
/**
 * - `prefer`: use locked pins, resolve missing ones.
 * - `frozen`: no network; a missing pin is an error.
 * - `update`: resolve all pins again.
 */
export type LockMode = (typeof LOCK_MODES)[number];

/** Default path of the lock file. */
export const DEFAULT_LOCK_FILE = "ironic-oci.lock.json";

/**
 * The effective mode: the option, else IRONIC_OCI_LOCK, else `frozen` in CI with a lock file, else `prefer`.
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
  const mode = LOCK_MODES.find((each) => each === text);
  if (mode !== undefined) return mode;
  throw new LockModeError(text, source);
}
