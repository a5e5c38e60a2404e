/**
 * `src/lock`: the lock file, which records the pin of each reference and kind of node.
 *
 * Entry points: {@link pinAll} resolves queries by a {@link LockMode}, from the lock file or the registries; {@link LockFile} is
 * the immutable content; {@link readLockFile} and {@link changeLockFile} access the file, the latter under an exclusive lock.
 * Allowed imports: `src/reference`, `src/selection`, `src/signing`, `src/resolver`.
 */
export {
  LockFileBusyError,
  LockFileConflictError,
  LockFileDamagedError,
  LockFileNewerError,
  LockFileUnreadableError,
  LockFileUnwritableError,
  LockFrozenError,
  LockModeError,
} from "./errors";
export type { LockConflict } from "./lines";
export { lockCommand } from "./lock-command";
export { LockFile } from "./lock-file";
export { classAdvice, lockedFault } from "./locked-fault";
export { DEFAULT_LOCK_FILE, LOCK_MODES, type LockMode, lockMode } from "./mode";
export { type PinFailure, type PinResults, pinAll, type UndecidedPin } from "./pin-all";
export { COMMAND_LINE, configurationName, folderOf, programName } from "./program";
export { describeQuery, type LockedPin, type PinQuery } from "./query";
export { changeLockFile, readLockFile } from "./store";
