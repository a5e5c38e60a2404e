import { createHash } from "node:crypto";

/** What macOS reads of a code signature before it runs a program. */
export interface CodeDirectory {
  readonly flags: number;
  readonly identifier: string;
  /** Whether each page of the file up to the signature has the hash that the signature has for it. */
  readonly holds: boolean;
}

/** Reads the code directory of a 64-bit Mach-O file; undefined for an unsigned one. Source: xnu, osfmk/kern/cs_blobs.h. */
export function codeDirectory(file: Buffer): CodeDirectory | undefined {
  let command = 32;
  for (let left = file.readUInt32LE(16); left > 0 && file.readUInt32LE(command) !== 0x1d; left -= 1) {
    command += file.readUInt32LE(command + 4);
  }
  if (file.readUInt32LE(command) !== 0x1d) return undefined;
  const signature = file.readUInt32LE(command + 8);
  expect(file.length).toBe(signature + file.readUInt32LE(command + 12));
  expect(file.readUInt32BE(signature)).toBe(0xfade0cc0);
  for (let index = 0; index < file.readUInt32BE(signature + 8); index += 1) {
    const at = signature + file.readUInt32BE(signature + 12 + 8 * index + 4);
    if (file.readUInt32BE(at) !== 0xfade0c02) continue;
    const word = (number: number) => file.readUInt32BE(at + 4 * number);
    const [flags, hashes, identifier, count, limit] = [word(3), word(4), word(5), word(7), word(8)];
    const [size, type, , pageBits] = file.subarray(at + 36, at + 40);
    expect([size, type]).toEqual([32, 2]);
    const page = 1 << (pageBits ?? 0);
    const holds = Array.from({ length: count }, (_, number) => number).every((number) => {
      const content = file.subarray(number * page, Math.min((number + 1) * page, limit));
      const slot = at + hashes + 32 * number;
      return createHash("sha256")
        .update(content)
        .digest()
        .equals(file.subarray(slot, slot + 32));
    });
    const start = at + identifier;
    return {
      flags,
      identifier: file.toString("latin1", start, file.indexOf(0, start)),
      holds: holds && count === Math.ceil(limit / page) && limit === signature,
    };
  }
  return undefined;
}
