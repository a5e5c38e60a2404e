// The ad-hoc code signature of a Mach-O executable: macOS ends an unsigned program on Apple's processors at once, and Apple's
// codesign runs on macOS only. It holds hashes and no identity; macOS still asks before it runs a downloaded program.
// Source: xnu, osfmk/kern/cs_blobs.h, and Go's cmd/internal/codesign, whose linker signs in the same way.
import { createHash } from "node:crypto";

const MH_MAGIC_64 = 0xfeedfacf;
const HEADER_SIZE = 32;
const LC_SEGMENT_64 = 0x19;
const LC_CODE_SIGNATURE = 0x1d;
const SIGNATURE_COMMAND_SIZE = 16;
const SEGMENT = { vmSize: 32, fileOffset: 40, fileSize: 48, sectionCount: 64, sections: 72 } as const;
const SECTION = { size: 80, fileOffset: 48 } as const;

const SUPER_BLOB_MAGIC = 0xfade0cc0;
const SUPER_BLOB_SIZE = 20;
const CODE_DIRECTORY_MAGIC = 0xfade0c02;
const CODE_DIRECTORY_SIZE = 88;
/** The first version with the limits of the executable segment. */
const CODE_DIRECTORY_VERSION = 0x20400;
/** CS_ADHOC and CS_LINKER_SIGNED. */
const FLAGS = 0x20002;
const SHA256 = { type: 2, size: 32 } as const;
const PAGE_BITS = 12;
const MAIN_BINARY = 1n;
/** A page of memory on Apple's processors. */
const MEMORY_PAGE = 0x4000;
const ALIGNMENT = 16;

interface Command {
  readonly type: number;
  readonly offset: number;
}

/**
 * The executable with an ad-hoc signature at its end.
 * @param executable a 64-bit little-endian Mach-O file without a signature
 * @param identifier the program's name in the signature
 * @throws {Error} for another file, or one without room for the load command
 */
export function withAdHocSignature(executable: Buffer, identifier: string): Buffer {
  const commands = loadCommands(executable);
  if (commands.some(({ type }) => type === LC_CODE_SIGNATURE)) throw new Error("the executable is signed already");
  const text = segment(executable, commands, "__TEXT");
  const linkEdit = segment(executable, commands, "__LINKEDIT");
  const commandsEnd = HEADER_SIZE + executable.readUInt32LE(20);
  if (commandsEnd + SIGNATURE_COMMAND_SIZE > firstSection(executable, text)) {
    throw new Error("no room for another load command");
  }
  const codeLimit = aligned(executable.length, ALIGNMENT);
  const size = signatureSize(codeLimit, identifier);
  const signed = Buffer.alloc(codeLimit + size);
  executable.copy(signed);
  signed.writeUInt32LE(executable.readUInt32LE(16) + 1, 16);
  signed.writeUInt32LE(executable.readUInt32LE(20) + SIGNATURE_COMMAND_SIZE, 20);
  [LC_CODE_SIGNATURE, SIGNATURE_COMMAND_SIZE, codeLimit, size].forEach((word, at) => {
    signed.writeUInt32LE(word, commandsEnd + 4 * at);
  });
  const linkEditSize = BigInt(codeLimit + size) - executable.readBigUInt64LE(linkEdit + SEGMENT.fileOffset);
  signed.writeBigUInt64LE(linkEditSize, linkEdit + SEGMENT.fileSize);
  signed.writeBigUInt64LE(BigInt(aligned(Number(linkEditSize), MEMORY_PAGE)), linkEdit + SEGMENT.vmSize);
  // The hashes are of the headers as they are now.
  writeSignature(signed, codeLimit, identifier, text);
  return signed;
}

function loadCommands(executable: Buffer): readonly Command[] {
  if (executable.readUInt32LE(0) !== MH_MAGIC_64) throw new Error("not a 64-bit Mach-O file");
  let offset = HEADER_SIZE;
  return Array.from({ length: executable.readUInt32LE(16) }, () => {
    const command = { type: executable.readUInt32LE(offset), offset };
    offset += executable.readUInt32LE(offset + 4);
    return command;
  });
}

/** The offset of a segment's load command. */
function segment(executable: Buffer, commands: readonly Command[], name: string): number {
  const found = commands.find(
    ({ type, offset }) =>
      type === LC_SEGMENT_64 && executable.toString("latin1", offset + 8, offset + 24).replace(/\0+$/, "") === name,
  );
  if (found === undefined) throw new Error(`no segment ${name}`);
  return found.offset;
}

/** The file offset of the first section of a segment: load commands end before it. */
function firstSection(executable: Buffer, text: number): number {
  const count = executable.readUInt32LE(text + SEGMENT.sectionCount);
  const offsets = Array.from({ length: count }, (_, at) =>
    executable.readUInt32LE(text + SEGMENT.sections + at * SECTION.size + SECTION.fileOffset),
  );
  return Math.min(...offsets);
}

function signatureSize(codeLimit: number, identifier: string): number {
  return SUPER_BLOB_SIZE + CODE_DIRECTORY_SIZE + identifier.length + 1 + pageCount(codeLimit) * SHA256.size;
}

function pageCount(codeLimit: number): number {
  return Math.ceil(codeLimit / (1 << PAGE_BITS));
}

function aligned(size: number, to: number): number {
  return Math.ceil(size / to) * to;
}

/** Writes the signature behind `codeLimit`; numbers are big-endian. */
function writeSignature(signed: Buffer, codeLimit: number, identifier: string, text: number): void {
  const size = signatureSize(codeLimit, identifier);
  const hashes = CODE_DIRECTORY_SIZE + identifier.length + 1;
  let at = codeLimit;
  const words = (...values: number[]) => {
    for (const value of values) at = signed.writeUInt32BE(value, at);
  };
  // One blob, of type 0: the code directory.
  words(SUPER_BLOB_MAGIC, size, 1, 0, SUPER_BLOB_SIZE);
  words(CODE_DIRECTORY_MAGIC, size - SUPER_BLOB_SIZE, CODE_DIRECTORY_VERSION, FLAGS, hashes, CODE_DIRECTORY_SIZE);
  words(0, pageCount(codeLimit), codeLimit);
  for (const byte of [SHA256.size, SHA256.type, 0, PAGE_BITS]) at = signed.writeUInt8(byte, at);
  // A spare word, scatter and team offsets, and another spare one; a code limit of 64 bits, which 0 leaves to the one above.
  words(0, 0, 0, 0, 0, 0);
  at = signed.writeBigUInt64BE(signed.readBigUInt64LE(text + SEGMENT.fileOffset), at);
  at = signed.writeBigUInt64BE(signed.readBigUInt64LE(text + SEGMENT.fileSize), at);
  at = signed.writeBigUInt64BE(MAIN_BINARY, at);
  at += signed.write(`${identifier}\0`, at, "latin1");
  for (let page = 0; page < codeLimit; page += 1 << PAGE_BITS) {
    const content = signed.subarray(page, Math.min(page + (1 << PAGE_BITS), codeLimit));
    at += createHash("sha256").update(content).digest().copy(signed, at);
  }
}
