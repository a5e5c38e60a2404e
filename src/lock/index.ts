/**
 * The lock file: pins by reference and kind of node, so that later runs deploy the same bytes.
 *
 * `pinAll` reads pins from the file and resolves the missing ones, by `LockMode`; `LockFile` is the immutable content; `changeLockFile`
 * serializes writers and replaces the file in one step. No URL is stored: it follows from the reference and the digest. May import
 * `src/reference`, `src/selection` and `src/resolver`.
 */

export {
  LockFileBusyError,
  LockFileDamagedError,
  LockFileNewerError,
  LockFileUnwritableError,
  LockFrozenError,
  LockModeError,
} from "./errors";
export type { LockedReference, LockedSelection } from "./format";
export { LockFile } from "./lock-file";
export { classAdvice, lockedFault } from "./locked-fault";
export { DEFAULT_LOCK_FILE, type LockMode, lockMode } from "./mode";
export { frozenPins, type PinFailure, type PinResults, pinAll } from "./pin-all";
export { describeQuery, type LockedPin, type PinQuery } from "./query";
export { changeLockFile, readLockFile } from "./store";
