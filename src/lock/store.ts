import { lstatSync, readFileSync, readlinkSync, renameSync, statSync } from "node:fs";
import { access, constants, open, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { LockFileBusyError, LockFileConflictError, LockFileUnreadableError, LockFileUnwritableError } from "./errors";
import { isLineFormat } from "./format";
import { declareUnionMerge } from "./git-attributes";
import { LockFile } from "./lock-file";

/**
 * Reads a lock file; a missing file is an empty one.
 * @throws {LockFileUnreadableError}
 * @throws {LockFileDamagedError}
 * @throws {LockFileNewerError}
 * @throws {LockFileConflictError} when two branches moved one reference, unless `conflicts` is `keep`
 */
export function readLockFile(path: string, { conflicts = "refuse" }: { conflicts?: "refuse" | "keep" } = {}): LockFile {
  const text = readText(path);
  if (text === undefined) return LockFile.empty;
  const lockFile = LockFile.parse(text, path);
  if (conflicts === "refuse" && lockFile.conflicts.length > 0)
    throw new LockFileConflictError(path, lockFile.conflicts);
  return lockFile;
}

/** The text of a file, or undefined where there is none. Another kind of file is refused: reading a pipe would wait for its writer. */
function readText(path: string): string | undefined {
  try {
    const stat = statSync(path);
    if (!stat.isFile())
      throw Object.assign(new Error("not a regular file"), { code: stat.isDirectory() ? "EISDIR" : "EINVAL" });
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LockFileUnreadableError(path, cause as NodeJS.ErrnoException);
  }
}

/** How often a change is repeated after another process has taken the lock over. */
const MAX_TAKEOVERS = 3;

/** A lock file after a change. */
export interface ChangedLockFile {
  readonly lockFile: LockFile;
  /** The files that were written: none if nothing changed; `.gitattributes`, too, if the lock file is new in a git work tree. */
  readonly written: readonly string[];
}

/**
 * Changes a lock file. Concurrent processes are serialized: each reads the result of the previous one. The file is replaced atomically, so
 * that readers, and a process that dies in between, leave or see the old content or the new. Symbolic links are followed; mode and
 * owner stay.
 *
 * `change` does no I/O: the lock is held for milliseconds. It is called again if another process has taken the lock over, because this
 * one was suspended.
 * @throws {LockFileBusyError}
 * @throws {LockFileUnwritableError}
 */
export async function changeLockFile(path: string, change: (current: LockFile) => LockFile): Promise<ChangedLockFile> {
  const target = linkTarget(resolve(path));
  for (let attempt = 0; attempt <= MAX_TAKEOVERS; attempt += 1) {
    const lock = await acquireLock(path, target);
    try {
      const text = readText(path);
      const current = text === undefined ? LockFile.empty : LockFile.parse(text, path);
      const lockFile = change(current);
      // No empty file where nothing was resolved: its existence would make `frozen` the default in CI.
      if (lockFile.hasTextOf(current)) return { lockFile, written: [] };
      if (await replaceFile(path, target, lockFile.toString(), lock)) {
        const attributes = isLineFormat(text ?? "") ? [] : declareUnionMerge(target);
        return { lockFile, written: [path, ...attributes.map((each) => asWritten(each, path))] };
      }
    } finally {
      await lock.release();
    }
  }
  throw new LockFileBusyError(path, new Error("other processes have taken the lock over repeatedly"));
}

/** A path in the form of another one: absolute, or relative to the working directory. */
function asWritten(file: string, like: string): string {
  return isAbsolute(like) ? file : relative(process.cwd(), file);
}

/** How many symbolic links are followed: the limit of Linux. */
const MAX_LINKS = 40;

/** The file at the end of a path's symbolic links, whether it exists or not. */
function linkTarget(path: string): string {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  return path;
}

/** An exclusive lock that is held. */
interface HeldLock {
  /** Whether this process still holds it: a suspended process loses it. */
  isHeld(): boolean;
  release(): Promise<void>;
}

/** Exclusive lock. A lock older than `stale` belongs to a dead or suspended process and is taken over. */
async function acquireLock(path: string, target: string): Promise<HeldLock> {
  // The lock is a folder beside the file; where it can't be created, retries are pointless.
  await access(dirname(target), constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    throw new LockFileUnwritableError(path, cause);
  });
  const { lock } = await import("proper-lockfile");
  let isCompromised = false;
  let unlock: () => Promise<void>;
  try {
    unlock = await lock(target, {
      realpath: false,
      stale: 10_000,
      // The lock is held for milliseconds: short, random pauses without growth serve forty waiting processes in a second.
      retries: { retries: 2400, factor: 1, minTimeout: 25, maxTimeout: 50, randomize: true },
      // By default the package throws from a timer, which ends the process with a stack trace.
      onCompromised: () => {
        isCompromised = true;
      },
    });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw code === "ELOCKED"
      ? new LockFileBusyError(path, cause)
      : new LockFileUnwritableError(path, cause as NodeJS.ErrnoException);
  }
  const identity = () => {
    const folder = statSync(`${target}.lock`, { throwIfNoEntry: false });
    return folder && `${folder.ino} ${folder.birthtimeMs}`;
  };
  const own = identity();
  const isHeld = () => !isCompromised && own !== undefined && identity() === own;
  return { isHeld, release: async () => (isHeld() ? unlock() : undefined) };
}

/**
 * Replaces the file's content, unless the lock was lost before that.
 * @returns whether it was replaced
 * @throws {LockFileUnwritableError}
 */
async function replaceFile(path: string, target: string, text: string, lock: HeldLock): Promise<boolean> {
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  const existing = statSync(target, { throwIfNoEntry: false });
  try {
    const file = await open(temporary, "w", existing?.mode);
    try {
      await file.writeFile(text);
      if (existing) {
        // Only root may give a file away; for others the file becomes their own, as with any editor.
        await file.chown(existing.uid, existing.gid).catch(() => undefined);
        await file.chmod(existing.mode);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    // Both calls are synchronous: hardly a moment is left in which the process could be suspended and the lock lost.
    const isHeld = lock.isHeld();
    if (isHeld) renameSync(temporary, target);
    else await rm(temporary, { force: true });
    return isHeld;
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new LockFileUnwritableError(path, cause as NodeJS.ErrnoException);
  }
}
