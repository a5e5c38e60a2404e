// Installs what a fresh clone lacks, so that each of `npm test`, `npm run demo` and `npm run test:e2e` is one command.
// It runs before anything is installed: only Node's built-in modules.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs `npm ci` in a folder unless its node_modules was already installed from this lock file. */
function install(folder) {
  const lockHash = createHash("sha256")
    .update(readFileSync(join(folder, "package-lock.json")))
    .digest("hex");
  const stamp = join(folder, "node_modules", ".installed-from");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lockHash) return;
  console.error(`setup: npm ci in ${folder}`);
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.status !== 0) {
    console.error(`setup: npm ci failed in ${folder}: see npm's message above`);
    process.exit(npm.status ?? 1);
  }
  writeFileSync(stamp, lockHash);
}

// Folders for some tests only are arguments: node scripts/setup.mjs test/cdktf-cli.
const named = process.argv.slice(2).map((folder) => join(root, folder));
// CDK Terrain under the name cdktf, for the constructs' second run.
for (const folder of named.length > 0 ? named : [root, join(root, "test", "cdktn")]) install(folder);
