import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Writes generated files whose content has changed, and removes stale ones. With `--check` on the command line it changes nothing,
 * names them on stderr, and makes the process fail.
 * @param made contents by path below the root
 * @param stale paths below the root of files that are not generated any more
 */
export function writeOrCheck(
  root: string,
  label: string,
  made: ReadonlyMap<string, string>,
  stale: readonly string[] = [],
): void {
  const changed = [...made].filter(([name, text]) => {
    const path = join(root, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  if (process.argv.includes("--check")) {
    for (const name of [...stale, ...changed.map(([each]) => each)]) console.error(`${name} is out of date`);
    if (stale.length + changed.length === 0) return;
    console.error("run npm run docs, and commit what it makes");
    process.exitCode = 1;
    return;
  }
  for (const name of stale) rmSync(join(root, name));
  for (const [name, text] of changed) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  console.log(`${label}: ${changed.length} written, ${stale.length} removed`);
}
