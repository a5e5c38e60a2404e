import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The header of a qcow2 image, and some content that tells images apart. */
export function qcow2(
  content: string | Uint8Array = "",
  { version = 3, backing = 0n, features = 0n }: { version?: number; backing?: bigint; features?: bigint } = {},
): Buffer {
  const header = Buffer.alloc(512);
  header.write("QFI\xfb", "latin1");
  header.writeUInt32BE(version, 4);
  header.writeBigUInt64BE(backing, 8);
  header.writeBigUInt64BE(features, 72);
  return Buffer.concat([header, Buffer.from(content)]);
}

/** A disk with an MBR. */
export function rawDisk(content: string | Uint8Array = ""): Buffer {
  const sector = Buffer.alloc(512);
  sector.writeUInt16LE(0xaa55, 510);
  return Buffer.concat([sector, Buffer.from(content)]);
}

/** The beginning of an x86 kernel. */
export function kernel(content = ""): Buffer {
  const head = rawDisk();
  return Buffer.concat([head, Buffer.from("\0\0HdrS"), Buffer.from(content)]);
}

export const cpio = (content = "") => Buffer.from(`070701${content}`);

export function isoImage(): Buffer {
  const image = Buffer.alloc(0x9000);
  image.write("CD001", 0x8001);
  return image;
}

/** A folder of files for the tests of one file. */
export class Files {
  readonly folder = mkdtempSync(join(tmpdir(), "ironic-oci-publish-"));

  write(name: string, content: string | Uint8Array): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}
