export { type Answers, answerAll, frozenAnswers, type Unanswered } from "./answer";
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
export { describeQuestion, type LockedPin, type PinQuestion } from "./question";
export { changeLockFile, readLockFile } from "./store";
