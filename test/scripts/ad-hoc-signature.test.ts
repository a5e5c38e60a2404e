import { withAdHocSignature } from "../../scripts/release/ad-hoc-signature";
import { codeDirectory } from "../support/mach-o";

/** A Mach-O file with the two segments that count, and `size` bytes of content that differ from page to page. */
function machO(size = 20_001, room = 64): Buffer {
  const [header, segment, section] = [32, 72, 80];
  const commands = segment + section + segment;
  const file = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) file[at] = at * 31 + (at >> 8);
  file.fill(0, 0, header + commands + room);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(2, 16);
  file.writeUInt32LE(commands, 20);
  const writeSegment = (at: number, name: string, sections: number, offset: number, length: number) => {
    file.writeUInt32LE(0x19, at);
    file.writeUInt32LE(segment + sections * section, at + 4);
    file.write(name, at + 8);
    file.writeBigUInt64LE(BigInt(length), at + 32);
    file.writeBigUInt64LE(BigInt(offset), at + 40);
    file.writeBigUInt64LE(BigInt(length), at + 48);
    file.writeUInt32LE(sections, at + 64);
  };
  writeSegment(header, "__TEXT", 1, 0, 16_384);
  file.writeUInt32LE(header + commands + room, header + segment + 48);
  writeSegment(header + segment + section, "__LINKEDIT", 0, 16_384, size - 16_384);
  return file;
}

test("each page has its hash, the headers as they are afterwards included", () => {
  const unsigned = machO();
  expect(codeDirectory(unsigned)).toBeUndefined();
  const signed = withAdHocSignature(unsigned, "a-program");
  expect(codeDirectory(signed)).toEqual({ flags: 0x20002, identifier: "a-program", holds: true });
  for (const changed of [24, 4_096, 19_999]) {
    const other = Buffer.from(signed);
    other[changed] = (other[changed] ?? 0) ^ 1;
    expect(codeDirectory(other)?.holds).toBe(false);
  }
});

test("the signature is part of the last segment, which covers whole pages of memory", () => {
  const signed = withAdHocSignature(machO(), "a-program");
  const linkEdit = 32 + 72 + 80;
  expect(signed.readBigUInt64LE(linkEdit + 48)).toBe(BigInt(signed.length - 16_384));
  expect(signed.readBigUInt64LE(linkEdit + 32) % 16_384n).toBe(0n);
  expect(signed.readBigUInt64LE(linkEdit + 32)).toBeGreaterThanOrEqual(signed.readBigUInt64LE(linkEdit + 48));
});

test("another file, a signed one and one without room are refused", () => {
  expect(() => withAdHocSignature(Buffer.alloc(100), "x")).toThrow("not a 64-bit Mach-O file");
  expect(() => withAdHocSignature(withAdHocSignature(machO(), "x"), "x")).toThrow("signed already");
  expect(() => withAdHocSignature(machO(20_000, 8), "x")).toThrow("no room");
});
