import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import * as zlib from "node:zlib";

// zstd for tests on a machine without the program: frames of uncompressed blocks (RFC 8878 section 3.1.1.2), which every reader of zstd
// takes. `test:e2e` runs the real program.

/** The program `zstd` with the options that are used here; it knows the frames that it writes. */
const PROGRAM = `#!${process.execPath}
const { readFileSync, writeSync } = require("node:fs");
const content = readFileSync(process.argv.at(-1));
const write = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
if (process.argv.includes("-d")) {
  if (content.length < 6 || content.readUInt32LE(0) !== 0xfd2fb528) process.exit(1);
  for (let at = 6, last = 0; !last; ) {
    const header = content.readUIntLE(at, 3);
    last = header & 1;
    write(content.subarray(at + 3, at += 3 + (header >> 3)));
  }
} else {
  write(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]));
  for (let at = 0; at <= content.length; at += 0x20000) {
    const block = content.subarray(at, at + 0x20000);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (at + 0x20000 > content.length ? 1 : 0), 0, 3);
    write(Buffer.concat([header, block]));
  }
}
`;

/** Puts the program into a folder of its own, first in PATH. @returns a function that restores PATH */
export function installZstd(folder: string): () => void {
  const { PATH } = process.env;
  const programs = join(folder, "bin");
  mkdirSync(programs);
  writeFileSync(join(programs, "zstd"), PROGRAM);
  chmodSync(join(programs, "zstd"), 0o755);
  process.env.PATH = `${programs}${delimiter}${PATH}`;
  return () => {
    process.env.PATH = PATH;
  };
}

/** What is in a file that Node, or the program above, has compressed. */
export function unzstd(content: Buffer): Buffer {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (content: Buffer) => Buffer };
  if (zstdDecompressSync) return zstdDecompressSync(content);
  const blocks: Buffer[] = [];
  for (let at = 6, last = 0; last === 0; ) {
    const header = content.readUIntLE(at, 3);
    last = header & 1;
    blocks.push(content.subarray(at + 3, at + 3 + (header >> 3)));
    at += 3 + (header >> 3);
  }
  return Buffer.concat(blocks);
}
