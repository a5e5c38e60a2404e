// Another Node than the machine's: the npm package `node` carries the program; it is kept in the user's cache and used again.
// node scripts/node-program.mjs 22 prints its path.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export const VERSIONS = { 22: "22.23.3", 24: "24.21.0" };

/** The path of a Node of that major version; undefined for one that is not in {@link VERSIONS}. Exits when it can't be installed. */
export function nodeProgram(major) {
  const version = VERSIONS[major];
  if (version === undefined) return undefined;
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cdktf-ironic-oci", `node-${version}`);
  const program = join(cache, "node_modules", "node", "bin", "node");
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "package.json"), "{}");
  const { status, error } = spawnSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", `node@${version}`],
    { cwd: cache, stdio: ["ignore", 2, 2] },
  );
  if (status !== 0) {
    console.error(error?.message ?? `npm install node@${version} ended with ${status}`);
    process.exit(status ?? 1);
  }
  return program;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const program = nodeProgram(process.argv[2]);
  if (program === undefined) {
    console.error(`usage: node scripts/node-program.mjs <${Object.keys(VERSIONS).join("|")}>`);
    process.exit(2);
  }
  console.log(program);
}
