import { IronicOciError, OPTIONS } from "../reference";

/** The lock file is invalid: damaged, or merged wrongly. It is not changed. */
export class LockFileDamagedError extends IronicOciError {
  readonly code = "LOCK_FILE_DAMAGED";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    what: string,
    cause?: unknown,
  ) {
    super(`lock file ${path}: ${what}`, {
      cause,
      hint: "restore it from version control, or delete it and lock again; it was not changed",
    });
  }
}

/** The lock file was written by a newer version of this package. It is not changed. */
export class LockFileNewerError extends IronicOciError {
  readonly code = "LOCK_FILE_NEWER";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    found: number,
    known: number,
  ) {
    super(`lock file ${path}: has format ${found}, and this version knows formats up to ${known}`, {
      hint: "update cdktf-ironic-oci; the file was not changed",
    });
  }
}

/** Another process holds the lock on the lock file, and did not release it in time. */
export class LockFileBusyError extends IronicOciError {
  readonly code = "LOCK_FILE_BUSY";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: unknown,
  ) {
    super(`lock file ${path}: another process is writing it`, {
      cause,
      hint: `wait for it; if there is none, remove ${path}.lock`,
    });
  }
}

/** The lock file's folder is missing or not writable. */
export class LockFileUnwritableError extends IronicOciError {
  readonly code = "LOCK_FILE_UNWRITABLE";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: NodeJS.ErrnoException,
  ) {
    super(`lock file ${path}: can't be written (${cause.code ?? "unknown cause"})`, {
      cause,
      hint: `create its folder, or make it writable; to use the lock file unchanged, freeze it: ${OPTIONS.frozen}`,
    });
  }
}

/** In mode `frozen`, references are missing in the lock file. Lists all of them. */
export class LockFrozenError extends IronicOciError {
  readonly code = "LOCK_FROZEN";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    /** One line for each missing pin. */
    readonly missing: readonly string[],
  ) {
    super(`lock file ${path} is frozen and has no pin for:\n${missing.map((line) => `  ${line}`).join("\n")}`, {
      hint: "run the program once with IRONIC_OCI_LOCK=prefer with network access, and commit the lock file",
    });
  }
}

/** Unknown lock mode. */
export class LockModeError extends IronicOciError {
  readonly code = "LOCK_MODE";

  constructor(mode: string, source: string) {
    super(`${source}: ${JSON.stringify(mode)} is not a lock mode`, { hint: "use prefer, frozen or update" });
  }
}
