// npm run release: what registries take, and what users download, in dist/release. The same sources and the same lock files make the
// same bytes. node dist/scripts/release/main.js [FOLDER [PLATFORM…]] makes a part of it elsewhere.
// Sources: Terraform, "Publishing providers" and "Provider Network Mirror Protocol".
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  MIRROR_VERSION,
  type MirrorVersion,
  type PackageFile,
  packageHash,
  zipHash,
  zipPackage,
} from "../../src/delivery";
import { version } from "../../src/version";
import { billOfMaterials } from "./bill-of-materials";
import { executableOf } from "./executable";
import { type NodeBinary, nodeBinary, PLATFORMS } from "./node-binaries";
import { checkPreconditions } from "./preconditions";
import { ReleaseError } from "./release-error";
import { ROOT } from "./tools";

const PROVIDER = "terraform-provider-ironic";
const PREFIX = `${PROVIDER}_${version}`;
/** The folders of docs/ that registries show. */
const DOCUMENTS = ["index.md", "resources", "data-sources", "functions", "guides"];

/** A program of the release. */
interface Program {
  /** The first part of the zips' names. */
  readonly name: string;
  /** The executable's name, on Windows without its suffix. */
  readonly executable: string;
  /** The bundle. */
  readonly bundle: string;
}

const PROGRAMS: readonly Program[] = [
  { name: PROVIDER, executable: `${PROVIDER}_v${version}`, bundle: join(ROOT, "dist", "provider", PROVIDER) },
  { name: "ironic-oci", executable: "ironic-oci", bundle: join(ROOT, "dist", "cli-alone", "ironic-oci.js") },
];

function main([folder = join(ROOT, "dist", "release"), ...chosen]: readonly string[]): void {
  const platforms = chosen.length > 0 ? chosen : PLATFORMS;
  const out = resolve(folder);
  const key = process.env.GPG_FINGERPRINT;
  checkPreconditions(out, platforms, key);
  const nodes = platforms.map(nodeBinary);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const write = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(out, name), content);
    console.error(`${name}  ${(content.length / 1_000_000).toFixed(1)} MB`);
  };
  const archives: Record<string, MirrorVersion["archives"][string]> = {};
  for (const node of nodes) {
    for (const program of PROGRAMS) {
      const files = packageOf(program, node);
      const zip = zipPackage(files);
      const url = `${program.name}_${version}_${node.platform}.zip`;
      write(url, zip);
      if (program.name === PROVIDER) archives[node.platform] = { url, hashes: [packageHash(files), zipHash(zip)] };
    }
  }
  write(`${PREFIX}_manifest.json`, json({ version: 1, metadata: { protocol_versions: ["6.0"] } }));
  // With these two the folder is a network mirror, and `ironic-oci provider install --self-contained` installs from it.
  write(MIRROR_VERSION, json({ archives } satisfies MirrorVersion));
  write("index.json", json({ versions: { [version]: {} } }));
  write(`${PREFIX}_sbom.cdx.json`, json(billOfMaterials(nodes)));
  const sums = `${PREFIX}_SHA256SUMS`;
  write(sums, checksums(out));
  sign(join(out, sums), key);
  for (const name of DOCUMENTS) cpSync(join(ROOT, "docs", name), join(out, "docs", name), { recursive: true });
}

/** The files in a program's zip. */
function packageOf({ executable, bundle }: Program, node: NodeBinary): readonly PackageFile[] {
  const suffix = node.platform.startsWith("windows") ? ".exe" : "";
  const notices = `${noticesOf(bundle)}\n${"=".repeat(80)}\nNode ${node.version}\n\n${node.licence}`;
  const text = (name: string, content: string) => ({ name, content: Buffer.from(content), executable: false });
  return [
    { name: `${executable}${suffix}`, content: executableOf(bundle, node, executable), executable: true },
    text("LICENSE.txt", readFileSync(join(ROOT, "LICENSE"), "utf8")),
    text("NOTICES.txt", notices),
  ];
}

/** The licences of the packages in a bundle, which are the comment at its end. */
function noticesOf(bundle: string): string {
  const [, notices] = /\/\*\n(This file holds (?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(readFileSync(bundle, "utf8")) ?? [];
  if (notices === undefined) throw new Error(`${bundle} has no licences`);
  return notices;
}

/** In the format of sha256sum, for all files so far. */
function checksums(folder: string): string {
  const names = readdirSync(folder).sort();
  const sum = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return names.map((name) => `${sum(name)}  ${name}\n`).join("");
}

/** Makes a detached binary signature, as registries require, if there is a key. */
function sign(file: string, key: string | undefined): void {
  if (!key) {
    console.error("not signed: GPG_FINGERPRINT names the key that registries know");
    return;
  }
  const argv = [
    "--batch",
    "--yes",
    "--no-armor",
    "--local-user",
    key,
    "--output",
    `${file}.sig`,
    "--detach-sign",
    file,
  ];
  execFileSync("gpg", argv, { stdio: ["ignore", "inherit", "inherit"] });
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof ReleaseError)) throw error;
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
