import { type FileHandle, open, stat } from "node:fs/promises";
import type { BlobSource, Content, UploadOptions } from "../registry";
import { ImageLayoutError } from "./errors";
import { copyChecked, type LayoutFiles, writeFault } from "./layout";

/** Paths of archives; any other path is a folder. */
export const ARCHIVE = /\.tar$/i;

const BLOCK = 512;
/** Bytes; the largest size in octal digits of a header. Beyond, it is in base 256, as in GNU tar. */
const MAX_OCTAL = 0o77777777777;

interface Member {
  readonly offset: number;
  readonly size: number;
}

/**
 * A layout in one tar archive (POSIX ustar, with GNU's sizes beyond 8 GB). Members are appended, and a member's header is written when
 * its content is complete: what an interrupted run has left is found by the next one.
 */
export class LayoutTar implements LayoutFiles {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #members: Map<string, Member>;
  /** Where the next member begins. */
  #end: number;
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: FileHandle, members: Map<string, Member>, end: number) {
    this.#path = path;
    this.#file = file;
    this.#members = members;
    this.#end = end;
  }

  /** @throws {ImageLayoutError} */
  static async open(path: string, { create = false } = {}): Promise<LayoutTar> {
    // Before it is opened: that of a named pipe waits for its other end.
    if ((await stat(path).catch(() => undefined))?.isFile() === false) {
      throw new ImageLayoutError(path, "this is not a file", {
        hint: "an archive is read and written at any position: name a file on a disk, or a folder without .tar in its name",
      });
    }
    const file = await open(path, create ? "r+" : "r")
      .catch((error: NodeJS.ErrnoException) => {
        if (create && error.code === "ENOENT") return open(path, "w+");
        throw error;
      })
      .catch((cause: NodeJS.ErrnoException) => {
        throw new ImageLayoutError(path, `it can't be opened (${cause.code})`, {
          cause,
          hint: "check the path and its mode",
        });
      });
    const members = new Map<string, Member>();
    const { size } = await file.stat();
    let offset = 0;
    const header = Buffer.alloc(BLOCK);
    for (;;) {
      const { bytesRead } = await file.read(header, 0, BLOCK, offset);
      const member = bytesRead === BLOCK ? parseHeader(header) : undefined;
      // A copy that was cut off: its last member is not whole, and is written again.
      if (member === undefined || offset + BLOCK + member.size > size) break;
      // The last member of a name counts, as for tar itself.
      members.set(member.name, { offset: offset + BLOCK, size: member.size });
      offset += BLOCK + padded(member.size);
    }
    if (size > 0 && offset === 0 && !(await isEmptyArchive(file, size))) {
      await file.close();
      throw new ImageLayoutError(path, "this is no tar archive", { hint: "name another file, or a folder" });
    }
    return new LayoutTar(path, file, members, offset);
  }

  async names(): Promise<readonly string[]> {
    return [...this.#members.keys()].flatMap((name) => name.split("/", 1)[0] || []);
  }

  async size(path: string): Promise<number | undefined> {
    return this.#members.get(path)?.size;
  }

  async read(path: string): Promise<Buffer> {
    const { offset, size } = this.#members.get(path) as Member;
    const bytes = Buffer.alloc(size);
    const { bytesRead } = await this.#file.read(bytes, 0, size, offset);
    return bytes.subarray(0, bytesRead);
  }

  open(path: string, known: Content): BlobSource {
    const openAt = async (position: number) => {
      const member = this.#members.get(path);
      if (!member) throw new ImageLayoutError(this.#path, `${path} is missing in it`, { hint: "write it again" });
      let offset = position;
      return {
        read: async (into: Uint8Array) => {
          let filled = 0;
          while (filled < into.length && offset < member.size) {
            const length = Math.min(into.length - filled, member.size - offset);
            const { bytesRead } = await this.#file.read(into, filled, length, member.offset + offset);
            if (bytesRead === 0) break;
            filled += bytesRead;
            offset += bytesRead;
          }
          return filled;
        },
        close: async () => undefined,
      };
    };
    return { known, open: () => openAt(0), openAt };
  }

  /** One member after the other: an archive has one end. */
  writeBlob(path: string, source: BlobSource, known: Content, options: UploadOptions): Promise<void> {
    return this.#append(path, known.size, async (offset) => {
      let at = offset;
      await copyChecked(this.#path, source, known, options, async (chunk) => {
        await this.#file.write(chunk, 0, chunk.length, at);
        at += chunk.length;
      });
    });
  }

  write(path: string, bytes: Buffer): Promise<void> {
    return this.#append(path, bytes.length, async (offset) => {
      await this.#file.write(bytes, 0, bytes.length, offset);
    });
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #append(path: string, size: number, write: (offset: number) => Promise<void>): Promise<void> {
    const task = this.#writing.then(async () => {
      const header = this.#end;
      const offset = header + BLOCK;
      try {
        // A file that was longer must not go on behind the new end.
        await this.#file.truncate(header);
        await write(offset);
        const end = offset + padded(size);
        // Two empty blocks end the archive.
        await this.#file.truncate(end + 2 * BLOCK);
        // A medium that is pulled out must not have the header without the content.
        await this.#file.datasync();
        await this.#file.write(headerOf(path, size), 0, BLOCK, header);
        this.#members.set(path, { offset, size });
        this.#end = end;
      } catch (cause) {
        throw writeFault(this.#path, cause);
      }
    });
    this.#writing = task.catch(() => undefined);
    return task;
  }
}

async function isEmptyArchive(file: FileHandle, size: number): Promise<boolean> {
  const head = Buffer.alloc(Math.min(size, 2 * BLOCK));
  await file.read(head, 0, head.length, 0);
  return head.every((byte) => byte === 0);
}

const padded = (size: number) => Math.ceil(size / BLOCK) * BLOCK;

/** The header of a file (POSIX.1-1988, ustar): always the same for the same file. */
function headerOf(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 100, "latin1");
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100, "latin1");
  if (size <= MAX_OCTAL) header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  else {
    header.writeUInt8(0x80, 124);
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  header.write("00000000000\0", 136, "latin1");
  header.write("        0", 148, "latin1");
  header.write("ustar\0" + "00", 257, "latin1");
  const sum = checksum(header);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

function checksum(header: Buffer): number {
  // The checksum counts its own field as spaces.
  return header.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);
}

function parseHeader(header: Buffer): { readonly name: string; readonly size: number } | undefined {
  const text = (from: number, length: number) => {
    const field = header.subarray(from, from + length);
    const end = field.indexOf(0);
    return field.toString("latin1", 0, end < 0 ? length : end);
  };
  if (Number.parseInt(text(148, 8), 8) !== checksum(header)) return undefined;
  const size = header[124] === 0x80 ? Number(header.readBigUInt64BE(128)) : Number.parseInt(text(124, 12) || "0", 8);
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const prefix = text(257, 5) === "ustar" ? text(345, 155) : "";
  const name = (prefix === "" ? "" : `${prefix}/`) + text(0, 100);
  return { name: name.replace(/^\.\//, ""), size };
}
