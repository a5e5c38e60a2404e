import { dirname, relative, resolve } from "node:path";

/** A program as a user of pins: the folder that it runs in, relative to the lock file, which is the same on every machine. */
export function programName(lockFile: string, folder: string = process.cwd()): string {
  return relative(dirname(resolve(lockFile)), folder).replaceAll("\\", "/") || ".";
}
