import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder beside every checkout that holds facts and conformance cases; looked for upwards, for git worktrees. */
export function sharedFile(...path: string[]): string {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, "shared", ...path);
    if (existsSync(candidate)) return candidate;
    if (folder === dirname(folder)) throw new Error(`no shared/${path.join("/")} beside this checkout`);
  }
}

export function readShared(...path: string[]): unknown {
  return JSON.parse(readFileSync(sharedFile(...path), "utf8"));
}
