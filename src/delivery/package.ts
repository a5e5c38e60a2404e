// A provider package: the files that Terraform unpacks into one folder. As a folder, as a zip, and their checksums.
import { createHash } from "node:crypto";
import { unzipSync, type Zippable, zipSync } from "fflate";

/** One file of a package. Packages have no subfolders. */
export interface PackageFile {
  readonly name: string;
  readonly content: Uint8Array;
  /** Whether it is a program. */
  readonly executable: boolean;
}

/**
 * Terraform's `h1:` checksum of a provider package, the same for its folder and its zip.
 * Source: Go's golang.org/x/mod/sumdb/dirhash, Hash1, with the files named relative to the package.
 */
export function packageHash(files: readonly Pick<PackageFile, "name" | "content">[]): string {
  const lines = [...files]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, content }) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
  return `h1:${createHash("sha256").update(lines.join("")).digest("base64")}`;
}

/** Terraform's `zh:` checksum of a zip. */
export function zipHash(zip: Uint8Array): string {
  return `zh:${createHash("sha256").update(zip).digest("hex")}`;
}

const CREATOR_UNIX = 3;
const REGULAR_FILE = 0o100_000;

/** A zip with the same bytes for the same files: fixed times, and a compressor without code for a single kind of processor. */
export function zipPackage(files: readonly PackageFile[]): Uint8Array {
  const entries: Zippable = {};
  for (const { name, content, executable } of files) {
    const attrs = ((REGULAR_FILE | (executable ? 0o755 : 0o644)) << 16) >>> 0;
    // The first day of the format's calendar, in local time as the format has it.
    entries[name] = [content, { level: 6, mtime: new Date(1980, 0, 1), os: CREATOR_UNIX, attrs }];
  }
  return zipSync(entries);
}

/**
 * The files of a zip.
 * @throws {Error} for another format, and for file names with a folder
 */
export function unzipPackage(zip: Uint8Array): PackageFile[] {
  return Object.entries(unzipSync(zip)).map(([name, content]) => {
    if (!/^[\w.-]+$/.test(name) || name.startsWith(".")) throw new Error(`it has a file ${JSON.stringify(name)}`);
    return { name, content, executable: name.startsWith("terraform-provider-") };
  });
}
