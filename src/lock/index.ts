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
