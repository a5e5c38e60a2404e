import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const COMMENT = "# The lock file has one line for each selection: a merge keeps those of both branches.";

/**
 * Declares git's built-in merge driver `union` for a new lock file, in `.gitattributes` beside it. Without it, git takes two
 * references that are added at the same place for a conflict.
 *
 * Nothing is declared outside a git work tree, and where the attribute is set already, whatever its value.
 * @returns the files that were written
 */
export function declareUnionMerge(lockFile: string): readonly string[] {
  const [folder, name] = [dirname(lockFile), basename(lockFile)];
  // Other characters would have to be quoted.
  if (!/^[\w.-]+$/.test(name)) return [];
  const { stdout } = spawnSync("git", ["-C", folder, "check-attr", "merge", "--", name], { encoding: "utf8" });
  if (stdout?.trim() !== `${name}: merge: unspecified`) return [];
  const path = join(folder, ".gitattributes");
  try {
    const existing = existsSync(path) ? readFileSync(path, "utf8") : "";
    const separator = existing === "" || existing.endsWith("\n") ? "" : "\n";
    appendFileSync(path, `${separator}${COMMENT}\n/${name} merge=union\n`);
    return [path];
  } catch {
    // Without it the lock file works as well; merges need one step more.
    return [];
  }
}
