import { IronicOciError, OPTIONS, printable } from "../reference";
import type { LockConflict } from "./lines";

/** The lock file is invalid: damaged, or merged wrongly. It is not changed. */
export class LockFileDamagedError extends IronicOciError {
  readonly code = "LOCK_FILE_DAMAGED";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    what: string,
  ) {
    super(`lock file ${path}: ${what}`, {
      hint: "restore it from version control, or delete it and lock again; it was not changed",
    });
  }
}

/** The lock file exists and can't be read. */
export class LockFileUnreadableError extends IronicOciError {
  readonly code = "LOCK_FILE_UNREADABLE";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: NodeJS.ErrnoException,
  ) {
    super(`lock file ${path}: can't be read (${cause.code ?? "unknown cause"})`, {
      cause,
      hint: "check that it is a file, its owner and its mode",
    });
  }
}

/** Two branches moved one reference to different digests, and were merged. Lists all such references. The file is not changed. */
export class LockFileConflictError extends IronicOciError {
  readonly code = "LOCK_FILE_CONFLICT";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    /** The references, with the digests of their tags in the branches. */
    readonly conflicts: readonly LockConflict[],
  ) {
    const lines = conflicts.map(
      ({ reference, digests }) => `  ${printable(reference)}: to ${digests.join(" and to ")}`,
    );
    const names = conflicts.map(({ reference }) => printable(reference)).join(" ");
    super(
      `lock file ${path}: branches that were merged have moved the same references differently:\n${lines.join("\n")}`,
      {
        hint: `take what the tags point to now: ironic-oci update ${names}; or delete the lines of the digest that is not wanted`,
      },
    );
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

/** The lock file can't be written: its folder is missing or not writable, or the disk is full. The file is not changed. */
export class LockFileUnwritableError extends IronicOciError {
  readonly code = "LOCK_FILE_UNWRITABLE";

  constructor(
    /** Path of the lock file. */
    readonly path: string,
    cause: NodeJS.ErrnoException,
  ) {
    const { code = "unknown cause" } = cause;
    super(`lock file ${path}: can't be written (${code})`, { cause, hint: writingAdvice(code) });
  }
}

function writingAdvice(code: string): string {
  const unchanged = "the file was not changed";
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") return `free some space on its disk; ${unchanged}`;
  if (code === "EBUSY") return `mount its folder instead of the file alone, so that it can be replaced; ${unchanged}`;
  if (code === "EIO") return `check its disk; ${unchanged}`;
  return `create its folder, or make it writable; to use the lock file unchanged, freeze it: ${OPTIONS.frozen}`;
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
      hint: "frozen is the default in CI: lock it elsewhere, by the same program or command with IRONIC_OCI_LOCK=prefer and network access, and commit the lock file",
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
