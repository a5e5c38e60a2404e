import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Readable, type Transform } from "node:stream";
import * as zlib from "node:zlib";
import type { BlobReader, BlobSource } from "../registry";
import { ArtifactFileError } from "./errors";
import { HEAD } from "./format";

/** Node has zstd since 22.15 and 23.8; before, the program of that name is used. */
const { createZstdCompress, createZstdDecompress } = zlib as {
  createZstdCompress?: () => Transform;
  createZstdDecompress?: () => Transform;
};
const HINT = "install the program zstd (Debian: apt install zstd), or use Node 22.15 or later, which has it built in";

/** @throws {ArtifactFileError} */
async function openFile(path: string): Promise<FileHandle> {
  // Opening a pipe would wait for its writer, without an end.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === "ENOENT";
    throw new ArtifactFileError(path, missing ? "there is no such file" : `the file can't be read (${cause.code})`, {
      cause,
      hint: "check the path, its owner and its mode",
    });
  });
  const stat = await handle.stat();
  if (stat.isFile()) return handle;
  await handle.close();
  throw new ArtifactFileError(path, "this is not a file", {
    hint: "name a file; what a block device or a pipe has is written to one before, as with dd or qemu-img",
  });
}

/** Bytes of a file. */
export async function sizeOf(path: string): Promise<number> {
  const handle = await openFile(path);
  return (await handle.stat().finally(() => handle.close())).size;
}

/** A text that differs after a file was written to, or replaced. */
export async function stateOf(path: string): Promise<string> {
  const handle = await openFile(path);
  const { ino, size, mtimeNs } = await handle.stat({ bigint: true }).finally(() => handle.close());
  return [ino, size, mtimeNs].join(" ");
}

/** The beginning of a file. */
export async function headOf(path: string): Promise<Buffer> {
  return headFrom(fileSource(path));
}

/** The beginning of what a file has in it that is compressed with zstd; undefined where that is damaged. */
export async function unpackedHeadOf(path: string): Promise<Buffer | undefined> {
  try {
    return await headFrom(streamSource(path, () => zstd(path, "-d")));
  } catch (error) {
    if (error instanceof ArtifactFileError && error.hint === HINT) throw error;
    return undefined;
  }
}

async function headFrom(source: BlobSource): Promise<Buffer> {
  const reader = await source.open();
  const head = Buffer.alloc(HEAD);
  return head.subarray(0, await reader.read(head).finally(() => reader.close()));
}

/** The content of a file as it is. */
export function fileSource(path: string, known?: BlobSource["known"]): BlobSource {
  const openAt = async (position: number): Promise<BlobReader> => {
    const handle = await openFile(path);
    let at = position;
    return {
      async read(into) {
        let filled = 0;
        while (filled < into.length) {
          const { bytesRead } = await handle.read(into, filled, into.length - filled, at);
          if (bytesRead === 0) break;
          filled += bytesRead;
          at += bytesRead;
        }
        return filled;
      },
      close: () => handle.close(),
    };
  };
  return { known, name: path, open: () => openAt(0), openAt };
}

/** The content of a file, compressed with zstd while it is read: its digest is known at the end. */
export function compressedSource(path: string, known?: BlobSource["known"]): BlobSource {
  return { ...streamSource(path, () => zstd(path, "-c")), known };
}

function streamSource(path: string, start: () => { stream: Readable; stop(): void }): BlobSource {
  return {
    known: undefined,
    name: path,
    async open(): Promise<BlobReader> {
      await (await openFile(path)).close();
      const { stream, stop } = start();
      const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      let rest = Buffer.alloc(0);
      return {
        async read(into) {
          let filled = 0;
          while (filled < into.length) {
            if (rest.length === 0) {
              const next = await chunks.next();
              if (next.done) break;
              rest = next.value as Buffer<ArrayBuffer>;
            }
            const part = rest.subarray(0, into.length - filled);
            into.set(part, filled);
            filled += part.length;
            rest = rest.subarray(part.length);
          }
          return filled;
        },
        async close() {
          stop();
        },
      };
    },
  };
}

/** Compresses or decompresses a file: by Node where it can, else by the program. */
function zstd(path: string, direction: "-c" | "-d"): { stream: Readable; stop(): void } {
  const create = direction === "-c" ? createZstdCompress : createZstdDecompress;
  if (create) {
    const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
    const stream = create();
    file.on("error", (error) => stream.destroy(error));
    file.pipe(stream);
    const stop = () => {
      file.destroy();
      stream.on("error", () => undefined).destroy();
    };
    return { stream, stop };
  }
  return program(path, direction);
}

function program(path: string, direction: "-c" | "-d"): { stream: Readable; stop(): void } {
  // The name after `--` is never an option, and there is no shell.
  const argv = direction === "-c" ? ["-q", "-T0", "-c", "--", path] : ["-q", "-d", "-c", "--", path];
  const { env } = process;
  const child = spawn("zstd", argv, { stdio: ["ignore", "pipe", "ignore"], env });
  return { stream: checked(child, path), stop: () => void child.kill("SIGKILL") };
}

/** The program's output, which fails at its end if the program has. */
function checked(child: ChildProcess, path: string): Readable {
  const exited = once(child, "close") as Promise<[number | null]>;
  const failed = new Promise<never>((_resolve, reject) => {
    child.on("error", (cause) => reject(new ArtifactFileError(path, "zstd can't be run", { cause, hint: HINT })));
  });
  failed.catch(() => undefined);
  exited.catch(() => undefined);
  async function* output(): AsyncGenerator<Buffer> {
    for await (const chunk of child.stdout as Readable) yield chunk as Buffer;
    const [status] = await Promise.race([exited, failed]);
    if (status !== 0) {
      throw new ArtifactFileError(path, `zstd failed (exit status ${status ?? "none"})`, {
        hint: `try it: zstd -t ${path}`,
      });
    }
  }
  return Readable.from(output());
}
