// Checks what `npm pack` would publish, as an importer meets it: the files, the exports map, the types for CommonJS and
// ESM, and that both ways of importing really run.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "check-package-"));
const problems = [];

try {
  const [{ filename, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder], {
      cwd: root,
      encoding: "utf8",
    }),
  );
  const tarball = readFileSync(join(folder, filename));
  for (const { path } of files) {
    const stray =
      /(^|\/)(test|tests|testing|bench|examples|scripts|node_modules)\//.test(path) || /\.(test|e2e)\./.test(path);
    const source = /\.ts$/.test(path) && !path.endsWith(".d.ts");
    if (stray || source || path.endsWith(".map")) problems.push(`${path} would be published`);
  }
  for (const needed of [
    "package.json",
    "README.md",
    "LICENSE",
    "dist/src/index.js",
    "dist/src/index.d.ts",
    "dist/cli/ironic-oci.js",
    "dist/provider/terraform-provider-ironic",
  ]) {
    if (!files.some(({ path }) => path === needed)) problems.push(`${needed} would not be published`);
  }

  const lint = await publint({
    pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) },
  });
  problems.push(...lint.messages.map(({ code, path }) => `publint: ${code} at ${path.join(".")}`));

  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  problems.push(...types.problems.map((problem) => `types: ${JSON.stringify(problem)}`));

  installFrom(join(folder, filename));
  const names = ["BareMetalNode", "OciImage", "OciResolver", "PullSecret", "Reference", "synthesize"];
  writeFileSync(
    join(folder, "use.cjs"),
    `const p = require("${name}");\n${names.map((each) => `if (!p.${each}) throw new Error("${each}");`).join("\n")}\n`,
  );
  writeFileSync(
    join(folder, "use.mjs"),
    `import { ${names.join(", ")} } from "${name}";\nif (![${names.join(", ")}].every(Boolean)) throw new Error("undefined");\n`,
  );
  for (const program of ["use.cjs", "use.mjs"]) attempt(`${program} runs`, process.execPath, [join(folder, program)]);
  attempt("ironic-oci runs", process.execPath, [
    join(folder, "node_modules", name, "dist/cli/ironic-oci.js"),
    "--help",
  ]);

  const use = `import { OciResolver, type Pin } from "${name}";\nconst pin: Promise<Pin> = new OciResolver().resolve("oci://h/p:t");\nexport { pin };\n`;
  for (const file of ["use.cts", "use.mts"]) writeFileSync(join(folder, file), use);
  const flags = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--module",
    "node16",
    "--target",
    "es2022",
    "--types",
    "node",
  ];
  attempt("types resolve", process.execPath, [
    join(root, "node_modules/typescript/bin/tsc"),
    ...flags,
    "use.cts",
    "use.mts",
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const problem of problems) console.error(`package: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log("package: files, exports and types are fine for CommonJS and ESM");

/** Unpacks the tarball beside the dependencies that are here already. */
function installFrom(tarball) {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, name), { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", join(modules, name), "--strip-components=1"]);
  for (const each of readdirSync(join(root, "node_modules"))) {
    if (!each.startsWith(".")) symlinkSync(join(root, "node_modules", each), join(modules, each));
  }
}

function attempt(what, command, argv) {
  try {
    execFileSync(command, argv, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
  } catch (error) {
    problems.push(`${what}: ${error.stdout}${error.stderr}`.trim());
  }
}
