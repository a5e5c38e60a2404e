// Checks what `npm pack` would publish, as an importer meets it: the files, the links of its documents, the exports map, the types
// for CommonJS and ESM, that both kinds of import run, and that the subpath `resolver` runs without CDKTF.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
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
      (/(^|\/)(test|tests|testing|bench|scripts|node_modules)\//.test(path) && path !== "bench/README.md") ||
      /\.(test|e2e)\./.test(path);
    const source = /\.ts$/.test(path) && !path.endsWith(".d.ts") && !path.startsWith("examples/");
    if (stray || source || path.endsWith(".map")) problems.push(`${path} would be published`);
  }
  for (const needed of [
    "package.json",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/index.md",
    "docs/errors.md",
    "docs/constructs.md",
    "examples/rack.ts",
    "dist/src/index.js",
    "dist/src/index.d.ts",
    "dist/src/resolver-entry.js",
    "dist/src/resolver-entry.d.ts",
    "dist/cli/ironic-oci.js",
    "dist/cli/program.js",
    "dist/cli/sigstore.js",
    "dist/cli/undici.js",
    "dist/cli/yaml.js",
    "dist/cli/zod.js",
    "dist/provider/terraform-provider-ironic",
  ]) {
    if (!files.some(({ path }) => path === needed)) problems.push(`${needed} would not be published`);
  }

  const published = files.map(({ path }) => path);
  // docs/architecture.md is for contributors, and may link to the sources.
  const forUsers = /^(?:README|SECURITY|docs\/(?!architecture).*)\.md$/;
  for (const path of published.filter((each) => forUsers.test(each))) {
    problems.push(...deadLinks(path, published));
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
  writeFileSync(
    join(folder, "resolver.cjs"),
    `const { OciResolver, Reference } = require("${name}/resolver");\nnew OciResolver().close();\nReference.parse("oci://h/p:t");\n`,
  );
  writeFileSync(
    join(folder, "resolver.mjs"),
    `import { OciResolver, TagNotFoundError } from "${name}/resolver";\nif (!TagNotFoundError) throw new Error("undefined");\nawait new OciResolver().close();\n`,
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
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  attempt("types resolve", process.execPath, [tsc, ...flags, "use.cts", "use.mts"]);

  // From here on, as for a program that does not use CDKTF.
  for (const each of ["cdktf", "constructs", "@cdktf"]) rmSync(join(folder, "node_modules", each));
  const resolver = use.replace(`"${name}"`, `"${name}/resolver"`);
  for (const file of ["resolver.cts", "resolver.mts"]) writeFileSync(join(folder, file), resolver);
  for (const program of ["resolver.cjs", "resolver.mjs"]) {
    attempt(`${program} runs without CDKTF`, process.execPath, [join(folder, program)]);
  }
  const strictFlags = flags.filter((flag) => flag !== "--skipLibCheck");
  attempt("types of the resolver resolve without CDKTF", process.execPath, [
    tsc,
    ...strictFlags,
    "resolver.cts",
    "resolver.mts",
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

for (const problem of problems) console.error(`package: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log("package: files, exports and types are fine for CommonJS and ESM");

/** The relative links of a document that lead to nothing that is published. */
function deadLinks(path, published) {
  const text = readFileSync(join(root, path), "utf8").replaceAll(/^```.*?^```/gms, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link)
    .filter((link) => !/^(?:[a-z]+:|#)/.test(link))
    .filter((link) => {
      const [file] = link.split("#");
      const target = posix.join(posix.dirname(path), file).replace(/\/$/, "");
      return !published.some((each) => each === target || each.startsWith(`${target}/`));
    })
    .map((link) => `${path}: the link ${link} leads to nothing that is published`);
}

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
