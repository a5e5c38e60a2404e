import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { changeLockFile, folderOf, type LockFile } from "../lock";
import { printable, printableJson } from "../reference";
import { EXIT, type Io, UsageError } from "./io";
import { readLocked } from "./locked";
import { type LockCommandOptions, refuseNodeOptions } from "./options";
import { paint } from "./print";

/** `ironic-oci lock --remove REF…` and `ironic-oci lock --prune`: removes references from the lock file; no network. */
export async function unlock(references: readonly string[], options: LockCommandOptions, io: Io): Promise<number> {
  const { lockFile: path, remove, prune } = options;
  if (remove && prune) throw new UsageError("--remove and --prune exclude each other");
  if (remove && references.length === 0) throw new UsageError("--remove requires references");
  if (prune && references.length > 0) throw new UsageError("--prune takes no references: --remove does");
  refuseNodeOptions(
    options,
    `not with ${remove ? "--remove" : "--prune"}, which removes references for all kinds of node`,
  );
  const names = new Set(readLocked(path, references, { conflicts: "keep" }).names);
  let before: LockFile | undefined;
  const { lockFile: after, written } = await changeLockFile(path, (current) => {
    before = current;
    if (remove) return current.without(names);
    return current.withoutUnused({ isUser: (user) => isUser(user, path), unknown: true });
  });
  const left = new Set(after.entries().map(([name]) => name));
  const removed = before?.entries().flatMap(([name]) => (left.has(name) ? [] : [name])) ?? [];
  if (options.json) {
    io.out(`${printableJson({ lockFile: path, removed, written })}\n`);
    return EXIT.fine;
  }
  for (const name of removed) io.out(`${paint(io, "red", "-")} ${printable(name)}\n`);
  const summary = written.length > 0 ? `wrote ${printable(path)}` : `unchanged: ${printable(path)}`;
  io.err(paint(io, "dim", `${removed.length} removed, ${left.size} left; ${summary}\n`));
  return EXIT.fine;
}

/** Whether a recorded user still exists: its folder may be gone. */
function isUser(user: string, lockFile: string): boolean {
  const folder = folderOf(user);
  return folder === undefined || existsSync(resolve(dirname(lockFile), folder));
}
