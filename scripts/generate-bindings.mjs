// Writes constructs/bindings/generated: CDKTF's classes for the provider's resources and data sources, from the provider's own
// schemas. It runs before the compiler, so it bundles the TypeScript it needs by itself. CDKTF's generator was tried first: 90
// packages, and what it writes does not pass this package's compiler options.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "constructs", "bindings", "generated");

const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["scripts/bindings/main.ts"],
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "cjs",
  outfile: "bindings.cjs",
  write: false,
  logLevel: "error",
});
const program = { exports: {} };
new Function("module", "exports", "require", "__dirname", outputFiles[0].text)(
  program,
  program.exports,
  createRequire(import.meta.url),
  join(root, "scripts"),
);

const { files } = program.exports;
mkdirSync(folder, { recursive: true });
for (const stale of readdirSync(folder)) if (!files.has(stale)) rmSync(join(folder, stale));
for (const [name, text] of files) {
  const path = join(folder, name);
  // A file that stays the same keeps its time: whatever watches the sources is not woken for it.
  if (!existsSync(path) || readFileSync(path, "utf8") !== text) writeFileSync(path, text);
}
