// The licences of the packages whose code is in a bundle.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A text with every package in a bundle and its licence, safe inside a JavaScript comment.
 * @param inputs the inputs of esbuild's metafile
 * @throws {Error} for a package without a licence file: it may not be redistributed
 */
export function licenceNotices(root, inputs, title) {
  const each = packagesIn(inputs).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
    const texts = licencesIn(join(root, SAME_LICENCE[folder] ?? folder));
    if (texts.length === 0) throw new Error(`${folder} has no licence file`);
    return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${texts.join("\n\n")}\n`;
  });
  const rule = `\n${"-".repeat(80)}\n`;
  return [title, ...each].join(rule).replaceAll("*/", "* /").replaceAll("\r\n", "\n");
}

/** A package that was published without its licence, and one of the same repository with it. */
const SAME_LICENCE = { "node_modules/@sigstore/verify": "node_modules/@sigstore/bundle" };

function licencesIn(folder) {
  return readdirSync(folder)
    .filter((name) => /^(licen[cs]e|notice|copying)/i.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").trim());
}

/** Folders of the packages whose code is in the bundle, in the order of their names. */
function packagesIn(inputs) {
  const folders = Object.keys(inputs).flatMap((path) => {
    const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set(folders)].sort();
}
