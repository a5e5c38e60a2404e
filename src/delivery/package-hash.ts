import { createHash } from "node:crypto";

/**
 * Terraform's `h1:` checksum of a provider package with this one file; computed on the unpacked folder.
 * Source: Go's golang.org/x/mod/sumdb/dirhash, Hash1, with the files named relative to the package.
 */
export function packageHash(fileName: string, content: Uint8Array): string {
  const line = `${createHash("sha256").update(content).digest("hex")}  ${fileName}\n`;
  return `h1:${createHash("sha256").update(line).digest("base64")}`;
}
