// Bundles one program into one file: a Node program with a #! line, the same bytes wherever it is built from the same sources and
// lock file, with the licences of everything inside at its end.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { licenceNotices } from "./licences.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { version, engines, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const minimum = engines.node.replace(/[^\d.]/g, "");

/**
 * @param entry the source file, from the project's root; its #! line, if any, stays the first one
 * @param outfile the bundle, from the project's root
 * @param title the program's name in the message that an older Node prints
 * @param external modules that stay outside, beside the bundle
 */
export async function bundle({ entry, outfile, title, external = [] }) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    // Names stay: a stack trace in a bug report is to be read.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: "none",
    define: { BUNDLED_VERSION: JSON.stringify(version) },
    plugins: [replaced],
    external,
    banner: { js: nodeCheck(title) },
    outfile: join(root, outfile),
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const notices = licenceNotices(
    root,
    metafile.inputs,
    `This file holds cdktf-ironic-oci ${version} (${license}) and the packages below, each under its own licence.\n`,
  );
  const [file] = outputFiles;
  mkdirSync(dirname(file.path), { recursive: true });
  writeFileSync(file.path, `${file.text}/*\n${notices}*/\n`, { mode: 0o755 });
}

/** Packages of which our programs use a part or nothing: the file that replaces them. A deep import, such as undici/lib/…, stays. */
const REPLACED = { undici: "undici.cjs", "@grpc/proto-loader": "proto-loader.cjs" };

const replaced = {
  name: "replaced-packages",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(REPLACED).join("|")})$`) }, ({ path }) => ({
      path: join(root, "scripts", "bundle", REPLACED[path]),
    }));
  },
};

/** Ends an older Node with one sentence; in syntax that any Node can read. */
function nodeCheck(title) {
  return `(function (needed, have) {
  for (var i = 0; i < 3; i += 1) {
    if (+have[i] > +needed[i]) return;
    if (+have[i] < +needed[i]) {
      process.stderr.write("${title} needs Node " + needed.join(".") + " or newer; this is " + process.version + ".\\n");
      process.exit(1);
    }
  }
})("${minimum}".split("."), process.versions.node.split("."));`;
}
