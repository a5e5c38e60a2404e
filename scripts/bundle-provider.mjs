// Makes the Terraform provider one self-contained file, dist/provider/terraform-provider-ironic: a Node program with a #! line,
// the same bytes wherever it is built from the same sources and lock file (Terraform's lock file holds its checksum), with the
// licences of everything inside at its end.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outfile = join(root, "dist", "provider", "terraform-provider-ironic");
const { version, engines, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const needed = engines.node.replace(/[^\d.]/g, "");

// Syntax that any Node can read: an older one is to say what is wrong, not to stumble.
const banner = `#!/usr/bin/env node
(function (needed, have) {
  for (var i = 0; i < 3; i += 1) {
    if (+have[i] > +needed[i]) return;
    if (+have[i] < +needed[i]) {
      process.stderr.write("The Terraform provider ironic needs Node " + needed.join(".") + " or newer; this is " + process.version + ".\\n");
      process.exit(1);
    }
  }
})("${needed}".split("."), process.versions.node.split("."));`;

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/provider/main.ts"],
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // Names stay: a stack trace in a bug report is to be read.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  alias: { "@grpc/proto-loader": "./scripts/stubs/proto-loader.cjs" },
  define: { BUNDLED_VERSION: JSON.stringify(version) },
  banner: { js: banner },
  outfile,
  write: false,
  metafile: true,
  logLevel: "error",
});
const [file] = outputFiles;
mkdirSync(dirname(outfile), { recursive: true });
writeFileSync(outfile, `${file.text}/*\n${notices(packagesIn(metafile))}*/\n`, { mode: 0o755 });

/** Folders of the packages whose code is in the bundle, in the order of their names. */
function packagesIn({ inputs }) {
  const folders = Object.keys(inputs).flatMap((path) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}

/** @throws {Error} for a package that has no licence file: what may not be passed on is not to be bundled */
function notices(folders) {
  const own = `This file holds cdktf-ironic-oci ${version} (${license}) and the packages below, each under its own licence.\n`;
  const each = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const texts = readdirSync(join(root, folder))
      .filter((name) => /^(licen[cs]e|notice|copying)/i.test(name))
      .sort()
      .map((name) => readFileSync(join(root, folder, name), "utf8").trim());
    if (texts.length === 0) throw new Error(`${folder} has no licence file`);
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${texts.join("\n\n")}\n`;
  });
  const rule = `\n${"-".repeat(80)}\n`;
  return [own, ...each].join(rule).replaceAll("*/", "* /").replaceAll("\r\n", "\n");
}
