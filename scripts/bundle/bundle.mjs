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
 * @param beside packages that the program requires on first use, each a file of its own beside the bundle: unlike a comment, Node's
 *   compile cache has it
 */
export async function bundle({ entry, outfile, title, external = [], deferred = [], beside = [] }) {
  const paths = Object.fromEntries([
    ...deferred.map((name) => [name, name]),
    ...beside.map((name) => [name, `./${name}.js`]),
  ]);
  // What stays outside is not checked: all of it in one bundle, which is not written, shows a use of a part that a package here lacks.
  await bundled({ entryPoints: [entry], external });
  const program = await bundled({ entryPoints: [entry], external, plugins: [required(paths), ...replaced] });
  const packages = await Promise.all(deferred.map(async (name) => [name, await bundledPackage(name)]));
  const inputs = Object.assign({}, program.inputs, ...packages.map(([, { inputs }]) => inputs));
  const [shebang = ""] = /^#!.*\n/.exec(program.text) ?? [];
  const banner = [nodeCheck(title), ...(deferred.length > 0 ? [requireDeferred(packages)] : [])].join("\n");
  const own = `cdktf-ironic-oci ${version} (${license}) and `;
  write(outfile, `${shebang}${banner}\n${program.text.slice(shebang.length)}`, inputs, own);
  for (const name of beside) {
    const { text, inputs } = await bundledPackage(name);
    write(join(dirname(outfile), `${name}.js`), text, inputs, "");
  }
}

/** Writes a file with the licences of its inputs at the end. */
function write(outfile, code, inputs, own) {
  const title = `This file holds ${own}the packages below, each under its own licence.\n`;
  mkdirSync(dirname(join(root, outfile)), { recursive: true });
  const text = `${code}/*\n${licenceNotices(root, inputs, title)}*/\n`;
  writeFileSync(join(root, outfile), text, { mode: 0o755 });
}

const bundledPackage = (name) =>
  bundled(
    Object.hasOwn(OWN, name)
      ? { entryPoints: [OWN[name]] }
      : { stdin: { contents: `module.exports=require("${name}")`, resolveDir: root } },
  );

/** Modules of this project that are required on first use, because of the packages that they import: they import nothing else. */
const OWN = { sigstore: "src/signing/sigstore.ts" };

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
    plugins: replaced,
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

const parts = {
  name: "parts-of-packages",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(PARTS).join("|")})$`) }, ({ path }) => ({
      path: join(root, "scripts", "bundle", PARTS[path]),
    }));
  },
};

/** Modules that packages load at once and our programs need later or never, 3 to 4 ms each: what is there in their place. */
const STUBS = [
  {
    // commander's and the credential helpers'.
    module: /^node:child_process$/,
    code: `module.exports = {
      get spawn() { return require("child_process").spawn; },
      get spawnSync() { return require("child_process").spawnSync; },
    };`,
  },
  {
    // Node's default of --max-http-header-size, and a class of which undici gets no instance here.
    module: /^node:http$/,
    importer: /\/undici\//,
    code: "module.exports = { maxHeaderSize: 16384, IncomingMessage: class IncomingMessage {} };",
  },
  {
    // undici speaks HTTP/2 where `allowH2` is set only.
    module: /\/client-h2(\.js)?$/,
    importer: /\/undici\//,
    code: 'module.exports = () => { throw new Error("HTTP/2 is not in this bundle"); };',
  },
];

const stubs = {
  name: "stubs-of-modules",
  setup({ onResolve, onLoad }) {
    for (const [index, { module, importer = /./ }] of STUBS.entries()) {
      onResolve({ filter: module }, (args) =>
        importer.test(args.importer) ? { path: String(index), namespace: "stub" } : undefined,
      );
    }
    onLoad({ filter: /./, namespace: "stub" }, ({ path }) => ({ contents: STUBS[Number(path)].code, loader: "js" }));
  },
};

const replaced = [parts, stubs];

/**
 * Packages, and modules of {@link OWN}, that the program requires, by the paths that it requires. As `external` they would still be
 * replaced by their parts.
 */
const required = (paths) => ({
  name: "required-packages",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ path, resolveDir }) => {
      const name = Object.keys(OWN).find((each) => join(root, OWN[each]) === `${join(resolveDir, path)}.ts`);
      return name !== undefined && Object.hasOwn(paths, name) ? { path: paths[name], external: true } : undefined;
    });
    onResolve({ filter: /^[^./]/ }, ({ path }) =>
      Object.hasOwn(paths, path) ? { path: paths[path], external: true } : undefined,
    );
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
