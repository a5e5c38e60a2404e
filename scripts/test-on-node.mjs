// Runs the tests on another Node than the machine's: npm run test:on-node -- 22 [jest's arguments]. The npm package `node`
// carries the program; it is kept in the user's cache and used again.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = { 22: "22.23.3", 24: "24.21.0" };

const [major = "", ...jestArguments] = process.argv.slice(2);
const version = VERSIONS[major];
if (version === undefined) {
  console.error(`usage: npm run test:on-node -- <${Object.keys(VERSIONS).join("|")}> [jest's arguments]`);
  process.exit(2);
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "cdktf-ironic-oci", `node-${version}`);
const program = join(cache, "node_modules", "node", "bin", "node");
if (!existsSync(program)) {
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "package.json"), "{}");
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", `node@${version}`], {
    cwd: cache,
  });
}
console.error(`node ${version}`);
const path = `${dirname(program)}:${process.env.PATH}`;
const jest = join(root, "node_modules", "jest", "bin", "jest.js");
run(program, [jest, ...jestArguments], { cwd: root, env: { ...process.env, PATH: path } });

function run(command, argv, options) {
  const { status, error } = spawnSync(command, argv, { stdio: "inherit", ...options });
  if (status === 0) return;
  console.error(error?.message ?? `${command} ended with ${status}`);
  process.exit(status ?? 1);
}
