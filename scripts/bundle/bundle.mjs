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
 * @param deferred packages that the program requires on first use: they are in the bundle as comments, which Node skips at the start
 */
export async function bundle({ entry, outfile, title, external = [], deferred = [] }) {
  const program = await bundled({ entryPoints: [entry], external, plugins: [required(deferred), replaced] });
  const packages = await Promise.all(
    deferred.map(async (name) => [
      name,
      await bundled({ stdin: { contents: `module.exports=require("${name}")`, resolveDir: root } }),
    ]),
  );
  const inputs = Object.assign({}, program.inputs, ...packages.map(([, { inputs }]) => inputs));
  const notices = licenceNotices(
    root,
    inputs,
    `This file holds cdktf-ironic-oci ${version} (${license}) and the packages below, each under its own licence.\n`,
  );
  const [shebang = ""] = /^#!.*\n/.exec(program.text) ?? [];
  const banner = [nodeCheck(title), ...(deferred.length > 0 ? [requireDeferred(packages)] : [])].join("\n");
  const file = `${shebang}${banner}\n${program.text.slice(shebang.length)}/*\n${notices}*/\n`;
  mkdirSync(dirname(join(root, outfile)), { recursive: true });
  writeFileSync(join(root, outfile), file, { mode: 0o755 });
}

/** The text of one esbuild bundle, and its inputs as esbuild's metafile has them. */
async function bundled(options) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
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
    write: false,
    metafile: true,
    logLevel: "error",
    logOverride: { "import-is-undefined": "error" },
    ...options,
  });
  return { text: outputFiles[0].text, inputs: metafile.inputs };
}

/** Packages of which our programs use a part: the file that has that part. A deep import, such as undici/lib/…, stays. */
const PARTS = { undici: "undici.cjs", zod: "zod.mjs" };

const replaced = {
  name: "replaced-packages",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(PARTS).join("|")})$`) }, ({ path }) => ({
      path: join(root, "scripts", "bundle", PARTS[path]),
    }));
  },
};

/** Packages that the program requires by their names. As `external` they would still be replaced by their parts. */
const required = (names) => ({
  name: "required-packages",
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path }) => (names.includes(path) ? { path, external: true } : undefined));
  },
});

/** What stands for the end of a comment inside a comment. */
const COMMENT_END = "*@@/";

/**
 * A `require` whose packages are compiled on first use. Each is the comment in a function's body: Node's parser skips it in a
 * tenth of the time that it takes for code, and the function's text has it even when the file has been replaced meanwhile.
 */
function requireDeferred(packages) {
  const functions = packages.map(([name, { text }]) => {
    if (text.includes(COMMENT_END)) throw new Error(`${name} has ${COMMENT_END} in its code`);
    return `${JSON.stringify(name)}: function () {/*\n${text.replaceAll("*/", COMMENT_END)}*/}`;
  });
  return `var require = (function (require, packages) {
  var loaded = Object.create(null);
  return function (name) {
    if (!Object.hasOwn(packages, name)) return require(name);
    if (!loaded[name]) {
      var text = packages[name].toString();
      var code = text.slice(text.indexOf("/*") + 2, text.lastIndexOf("*/")).replaceAll("${COMMENT_END}", "*/");
      var file = __filename + "#" + name;
      loaded[name] = { exports: {} };
      require("node:vm").compileFunction(code, ["exports", "require", "module"], { filename: file })(loaded[name].exports, require, loaded[name]);
    }
    return loaded[name].exports;
  };
})(require, {${functions.join(",\n")}});`;
}

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
