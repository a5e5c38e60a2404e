import { IronicOciError, OPTIONS } from "../reference";

/** The lock file is not what this program writes: damaged, or merged wrongly. It is left as it is. */
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
      hint: "take it back from version control, or delete it and lock anew; it was not changed",
    });
  }
}

/** The lock file was written by a newer version of this package. It is left as it is. */
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

/** Another program holds the lock file, and did not let go of it in time. */
export class LockFileBusyError extends IronicOciError {
  readonly code = "LOCK_FILE_BUSY";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: unknown,
  ) {
    super(`lock file ${path}: another program is writing it`, {
      cause,
      hint: `wait for it; if there is none, remove ${path}.lock`,
    });
  }
}

/** The lock file's folder is missing, or nothing may be written there. */
export class LockFileUnwritableError extends IronicOciError {
  readonly code = "LOCK_FILE_UNWRITABLE";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: NodeJS.ErrnoException,
  ) {
    super(`lock file ${path}: can't be written (${cause.code ?? "unknown cause"})`, {
      cause,
      hint: `make its folder, or let this program write there; where nothing is to change, freeze it: ${OPTIONS.frozen}`,
    });
  }
}

/** In mode `frozen`, something is asked that the lock file does not answer. Lists all of it. */
export class LockFrozenError extends IronicOciError {
  readonly code = "LOCK_FROZEN";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    /** One line for each unanswered query. */
    readonly missing: readonly string[],
  ) {
    super(`lock file ${path} is frozen and does not answer:\n${missing.map((line) => `  ${line}`).join("\n")}`, {
      hint: "run the program once with IRONIC_OCI_LOCK=prefer where there is a network, and commit the lock file",
    });
  }
}

/** A lock mode that isn't one. */
export class LockModeError extends IronicOciError {
  readonly code = "LOCK_MODE";

  constructor(mode: string, source: string) {
    super(`${source}: ${JSON.stringify(mode)} is no lock mode`, { hint: "use prefer, frozen or update" });
  }
}
