import { existsSync, readFileSync } from "node:fs";
import { access, constants, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { LockFileBusyError, LockFileDamagedError, LockFileUnwritableError } from "./errors";
import { LockFile } from "./lock-file";

/** Reads a lock file; a missing file is an empty one. */
export function readLockFile(path: string): LockFile {
  if (!existsSync(path)) return LockFile.empty;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new LockFileDamagedError(path, "can't be read", cause);
  }
  return LockFile.parse(text, path);
}

/**
 * Changes a lock file. Concurrent processes are serialized: each reads the result of the previous one. The file is replaced
 * atomically, so that readers, and a process that dies in between, leave or see the old content or the new.
 */
export async function changeLockFile(
  path: string,
  change: (current: LockFile) => Promise<LockFile>,
): Promise<LockFile> {
  const release = await acquireLock(path);
  try {
    const current = readLockFile(path);
    const next = await change(current);
    const text = next.toString();
    // No empty file where nothing was resolved: its existence would make `frozen` the default in CI.
    if (text !== current.toString()) await replaceFile(path, text);
    return next;
  } finally {
    await release();
  }
}

/** Exclusive lock. A lock older than `stale` belongs to a dead process and is taken over. */
async function acquireLock(path: string): Promise<() => Promise<void>> {
  // The lock is a folder beside the file; where it can't be created, retries are pointless.
  await access(dirname(resolve(path)), constants.W_OK).catch((cause: NodeJS.ErrnoException) => {
    throw new LockFileUnwritableError(path, cause);
  });
  const { lock } = await import("proper-lockfile");
  try {
    return await lock(resolve(path), {
      realpath: false,
      stale: 10_000,
      retries: { retries: 240, factor: 1.2, minTimeout: 25, maxTimeout: 500 },
    });
  } catch (cause) {
    throw new LockFileBusyError(path, cause);
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    const file = await open(temporary, "w");
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
