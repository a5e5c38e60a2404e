import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { algorithmOf, type Digest } from "../reference";

/** Sequential access to the content of a blob. */
export interface BlobReader {
  /** Fills the beginning of a buffer with the next bytes, and returns their number; fewer than its length only at the end. */
  read(into: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** The content of a blob, which can be read several times. */
export interface BlobSource {
  /** Undefined where the content is made while it is read, as by a compression: its digest is known at the end. */
  readonly known: Content | undefined;
  /** The name in errors, such as the file's path. */
  readonly name?: string | undefined;
  open(): Promise<BlobReader>;
  /** For a large blob of which `known` is not there yet: it is sent while its digest is computed. */
  readonly measuring?: Measuring | undefined;
  /** Opens it at a byte; undefined where that costs more than at the beginning. */
  openAt?(position: number): Promise<BlobReader>;
}

/** The digest of a blob's bytes, and their number. */
export interface Content {
  readonly digest: Digest;
  readonly size: number;
}

/** The content of a blob that is read for its digest while it is sent. */
export interface Measuring {
  readonly size: number;
  /** Reads the whole content. */
  measure(signal: AbortSignal): Promise<Content>;
}

/**
 * Reads the whole content once, for its digest and size.
 * @param expected a digest of the same algorithm. Default: sha256
 */
export async function measure(
  source: BlobSource,
  signal?: AbortSignal,
  onProgress?: (bytes: number) => void,
  expected?: Digest,
): Promise<Content> {
  const algorithm = expected === undefined ? "sha256" : algorithmOf(expected);
  const hash = createHash(algorithm);
  const reader = await source.open();
  try {
    const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
    for (let size = 0; ; ) {
      signal?.throwIfAborted();
      const chunk = await readInto(reader, buffer, hash);
      size += chunk.length;
      onProgress?.(size);
      if (chunk.length < buffer.length) return { digest: `${algorithm}:${hash.digest("hex")}`, size };
    }
  } finally {
    await reader.close();
  }
}

/** Fills a buffer with the next bytes, and adds them to a hash. @returns what was read: less than the buffer only at the end */
export async function readInto(reader: BlobReader, into: Buffer, hash: Hash | undefined): Promise<Buffer> {
  const chunk = into.subarray(0, await reader.read(into));
  hash?.update(chunk);
  return chunk;
}
