import type { Hash } from "node:crypto";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  type Attempt,
  type HttpRequest,
  type HttpResponse,
  isRetryableStatus,
  type RetryPolicy,
  retryAfter,
  withRetry,
} from "../net";
import type { Digest } from "../reference";
import { type BlobReader, type BlobSource, type Content, measure, readInto } from "./blob-source";
import {
  PushRefusedError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  type RequestContext,
  UnexpectedResponseError,
} from "./errors";
import { registryErrorCode } from "./response-error";
import { BeginAgain, type Channel, endOf, MAX_RESPONSE, Session } from "./upload-session";
import { uploadLost, writeError } from "./write-error";

/** A blob in the registry, and how it came there. */
export interface UploadOutcome extends Content {
  /** `present`: the registry had it already; `mounted`: linked from another repository of the registry. */
  readonly how: "present" | "mounted" | "uploaded";
}

/**
 * Bytes of a chunk. Two of them are in memory for each upload, one being read while the other is sent; and many proxies before
 * registries take no bodies of more than 100 MB.
 */
export const CHUNK = 8 * 1024 * 1024;
/**
 * Bytes of a chunk whose body is a stream. Registries flush each chunk to their disk before they respond, so that one large chunk is
 * faster than many small ones. Proxies that refuse it get chunks in memory.
 */
const STREAMED_CHUNK = 1024 * 1024 * 1024;
/** Bytes; what is read at once for a stream. */
const BLOCK = 1024 * 1024;
/** Milliseconds; where a chunk in memory takes longer, the connection is slow, and large chunks would lose too much when it breaks. */
const FAST = 2_000;
/** Bytes; a registry that wants larger chunks (OCI-Chunk-Min-Length) gets the blob in one piece. */
const MAX_CHUNK = 32 * 1024 * 1024;
/** Milliseconds; the longest pause before an upload is resumed. A registry's restart is outlived. */
const MAX_PAUSE = 10_000;
/** Beginnings without getting farther than before, after uploads that a registry has forgotten. */
const MAX_FRUITLESS = 3;
/** Beginnings in all: each of them may get a little farther than the one before. */
const MAX_SESSIONS = 30;
/** Attempts after a 500, which many registries send for a full disk, too. */
const A_FEW = 3;

/** The registry takes no chunks: the upload begins again, in one piece. */
class ChunksRefused extends BeginAgain {}

/**
 * One upload of one blob (distribution-spec 1.1, "Pushing a blob in chunks" and "monolithically").
 *
 * Chunks are the rule: after a broken connection the registry tells how far it came (GET of the upload), and the remainder of the
 * chunk in memory follows. Chunks of a file on a fast connection are larger, and streamed. Where the
 * registry has forgotten the upload, the blob begins again: some do when they restart, and docker-registry 2 when a connection breaks
 * inside a chunk (its upload state has the offset at the chunk's beginning). A registry that refuses the first chunk gets the blob in one
 * piece, and from its beginning again after a failure.
 */
export class Upload {
  readonly #channel: Channel;
  readonly #context: RequestContext;
  readonly #source: BlobSource;
  /** Bytes; undefined where the end shows it. */
  readonly #size: number | undefined;
  /** What is measured while it is sent: the upload ends when this is known. */
  readonly #measured: Promise<Content> | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Of bytes that the registry has. */
  readonly #onProgress: (bytes: number) => void;
  /** Of bytes that have been sent, and may still be lost. */
  readonly #onSent: (bytes: number) => void;
  /** Bytes; how far any of the sessions has come. */
  #farthest = 0;
  /** Whether large chunks are streamed; not after one that failed or was slow. */
  #streams = true;
  /** The failure of the source inside a stream, of which the request shows only that it broke. */
  #sourceFailure: { readonly error: unknown } | undefined;

  constructor(
    channel: Channel,
    context: RequestContext,
    source: BlobSource,
    options: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: ((bytes: number) => void) | undefined;
      /** The result of `source.measuring`. */
      readonly measured?: Promise<Content> | undefined;
    },
  ) {
    this.#channel = channel;
    this.#context = context;
    this.#source = source;
    this.#size = source.known?.size ?? source.measuring?.size;
    this.#measured = options.measured;
    this.#signal = options.signal;
    this.#onSent = (bytes) => options.onProgress?.(bytes);
    this.#onProgress = (bytes) => {
      this.#farthest = Math.max(this.#farthest, bytes);
      options.onProgress?.(bytes);
    };
  }

  /**
   * Sends the blob, and from its beginning again where the registry has lost it, is out of step, or takes no chunks.
   * @param begun the response that has opened an upload already: to a mount that was not possible
   */
  run(begun?: HttpResponse): Promise<Content> {
    let opened = begun;
    let inOnePiece = false;
    let fruitless = 0;
    return withRetry({ ...this.#policy, attempts: MAX_SESSIONS }, this.#signal, async (): Promise<Attempt<Content>> => {
      const session = new Session(this.#channel, this.#context, opened ?? (await this.#open()), this.#signal);
      opened = undefined;
      const before = this.#farthest;
      try {
        return { value: await (inOnePiece ? this.#sendWhole(session) : this.#sendChunks(session)) };
      } catch (error) {
        // Bytes of a broken request may arrive yet: they must find no upload, and no attempt leaves one behind.
        await session.cancel();
        // Chunks are resumed where they broke off; one piece begins again.
        const mayBegin = error instanceof BeginAgain || (inOnePiece && mayPass(error));
        if (!mayBegin || this.#signal?.aborted) throw error;
        inOnePiece ||= error instanceof ChunksRefused;
        fruitless = this.#farthest > before ? 0 : fruitless + 1;
        return {
          onExhausted: () => {
            throw error instanceof BeginAgain ? error.error : error;
          },
          ...(fruitless >= MAX_FRUITLESS && { maxAttempts: 1 }),
        };
      }
    });
  }

  /** Opens an upload: a POST, which is harmless to repeat. */
  async #open(): Promise<HttpResponse> {
    const url = this.#channel.url(this.#context, "blobs/uploads/");
    const request: HttpRequest = { url, method: "POST", headers: NO_BODY, maxBytes: MAX_RESPONSE };
    const response = await this.#repeat(() => this.#channel.send(request, this.#context, this.#signal));
    if (response.status !== 202) throw writeError(response, this.#context);
    return response;
  }

  get #policy(): RetryPolicy {
    const { retry } = this.#channel;
    return { ...retry, maxDelay: Math.max(retry.maxDelay, MAX_PAUSE) };
  }

  async #sendChunks(session: Session): Promise<Content> {
    const { known } = this.#source;
    const length = Math.max(CHUNK, session.minChunk);
    if (known && known.size <= CHUNK) return this.#sendSmall(session, known);
    if (length > MAX_CHUNK)
      throw new ChunksRefused(this.#unexpected(`the registry takes no chunks below ${length} bytes`));
    const size = this.#size;
    const hash = size === undefined ? createHash("sha256") : undefined;
    let [offset, ended] = [0, false];
    while (!ended) {
      [offset, ended] = await this.#sendBuffered(session, offset, length, hash);
      if (ended || size === undefined) continue;
      offset = await this.#sendStreamed(session, offset, size);
      ended = offset === size;
    }
    const { digest } = (await this.#content()) ?? { digest: `sha256:${(hash as Hash).digest("hex")}` as Digest };
    await this.#finish(session, digest, offset);
    return { digest, size: offset };
  }

  /**
   * Chunks that are in memory, up to the end or to where streamed ones may follow.
   * @returns how far the upload has come, and whether this is the end
   */
  async #sendBuffered(
    session: Session,
    from: number,
    length: number,
    hash: Hash | undefined,
  ): Promise<[offset: number, ended: boolean]> {
    const reader = await this.#openAt(from);
    try {
      const buffers = [takeBuffer(length), takeBuffer(length)] as const;
      let offset = from;
      let pending = readInto(reader, buffers[0], hash);
      for (let turn = 0; ; turn += 1) {
        const chunk = await pending;
        // The next chunk is read while this one is sent. Its failure is seen in its turn.
        const isLast = chunk.length < length;
        this.#checkLength(offset + chunk.length, isLast);
        if (!isLast) pending = readInto(reader, buffers[(turn + 1) % 2] as Buffer, hash);
        pending.catch(() => undefined);
        const started = performance.now();
        if (chunk.length > 0) await this.#sendChunk(session, chunk, offset);
        offset += chunk.length;
        const maySwitch = performance.now() - started < FAST && this.#mayStream(offset);
        if (!isLast && !maySwitch) continue;
        // After a failure, a read may still fill them.
        await pending;
        returnBuffers(buffers);
        return [offset, isLast];
      }
    } finally {
      await reader.close();
    }
  }

  /** Undefined where it is known at the end. */
  async #content(): Promise<Content | undefined> {
    const content = this.#source.known ?? (await this.#measured);
    if (content) this.#checkLength(content.size, true);
    return content;
  }

  /** @throws {PushRefusedError} where the source has another length than its digest is of */
  #checkLength(read: number, ended: boolean, size = this.#size): void {
    if (size === undefined || (ended ? read === size : read <= size)) return;
    const now = read > size ? `more than ${size} bytes` : `${read} bytes`;
    throw new PushRefusedError(
      this.#context,
      `what is pushed was changed meanwhile: it has ${now}, and had ${size} when its digest was computed`,
      { hint: "push again when nothing writes to it any more" },
    );
  }

  /** Where a stream can begin again at any byte, and is worth it. */
  #mayStream(offset: number): boolean {
    const isLong = this.#size !== undefined && this.#size - offset > 2 * CHUNK;
    return this.#streams && this.#source.openAt !== undefined && isLong;
  }

  #openAt(position: number): Promise<BlobReader> {
    return (position > 0 && this.#source.openAt?.(position)) || this.#source.open();
  }

  /**
   * Chunks that are read while they are sent. After the first failure, whatever it is, the blob goes on with chunks in memory: those
   * have the retries, pass smaller limits of proxies, and meet an error of the source themselves.
   * @returns how far the upload has come
   */
  async #sendStreamed(session: Session, from: number, size: number): Promise<number> {
    let offset = from;
    while (this.#mayStream(offset)) {
      const end = Math.min(size, offset + STREAMED_CHUNK);
      const started = performance.now();
      const response = await this.#patchStreamed(session, offset, end);
      const taken = response !== undefined && response.status < 300 && (endOf(response) ?? end) === end;
      this.#streams = taken && performance.now() - started < (FAST * STREAMED_CHUNK) / CHUNK;
      if (response?.status === 404) throw new BeginAgain(uploadLost(response, this.#context));
      offset = taken ? end : await this.#arrivedAfter(session, offset, end);
      this.#onProgress(offset);
    }
    return offset;
  }

  /** @returns undefined after a failure without a response */
  async #patchStreamed(session: Session, offset: number, end: number): Promise<HttpResponse | undefined> {
    try {
      return await session.patch(() => this.#stream(offset, end, this.#onSent), offset, end - offset);
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (this.#sourceFailure) throw this.#sourceFailure.error;
      if (!mayPass(error)) throw error;
      return undefined;
    }
  }

  async #arrivedAfter(session: Session, offset: number, end: number): Promise<number> {
    const arrived = await this.#retrying(async () => ({ value: await session.arrived() }));
    if (arrived < offset || arrived > end) throw this.#outOfStep(arrived, offset, end - offset);
    return arrived;
  }

  /** One chunk, of which the registry may have got a part already. */
  async #sendChunk(session: Session, chunk: Uint8Array, offset: number): Promise<void> {
    let sent = 0;
    while (sent < chunk.length) {
      sent = await this.#repeatChunk(session, chunk, offset, sent);
      this.#onProgress(offset + sent);
    }
  }

  #repeatChunk(session: Session, chunk: Uint8Array, offset: number, from: number): Promise<number> {
    let sent = from;
    const resume = async () => {
      const arrived = await session.arrived();
      sent = arrived - offset;
      if (sent < 0 || sent > chunk.length) throw this.#outOfStep(arrived, offset, chunk.length);
    };
    let failed = false;
    return this.#retrying(async (): Promise<Attempt<number>> => {
      if (failed) await resume();
      failed = true;
      if (sent === chunk.length) return { value: sent };
      const before = sent;
      const response = await session.patch(chunk.subarray(sent), offset + sent, chunk.length - sent);
      const { status } = response;
      if (status === 202 || status === 201 || status === 204) {
        const arrived = endOf(response) ?? offset + chunk.length;
        if (arrived <= offset + sent || arrived > offset + chunk.length) await resume();
        else sent = arrived - offset;
        if (sent > before) return { value: sent };
        return {
          onExhausted: () => {
            throw this.#outOfStep(offset + sent, offset, chunk.length);
          },
        };
      }
      if (status === 404 && offset + sent > 0) throw new BeginAgain(uploadLost(response, this.#context));
      if (offset + sent === 0 && NO_CHUNKS.has(status)) throw new ChunksRefused(writeError(response, this.#context));
      if (status === 416) {
        return {
          onExhausted: () => {
            throw this.#outOfStep(offset + sent, offset, chunk.length, response);
          },
        };
      }
      if (isRetryableStatus(status)) return again(response, this.#context);
      throw writeError(response, this.#context);
    });
  }

  #outOfStep(arrived: number, offset: number, length: number, response?: HttpResponse): BeginAgain {
    const what = `the registry has ${arrived} bytes of an upload of which ${offset} to ${offset + length} were sent`;
    return new BeginAgain(this.#unexpected(what, response));
  }

  #unexpected(what: string, response?: HttpResponse): UnexpectedResponseError {
    return new UnexpectedResponseError(this.#context, what, {
      ...(response && { status: response.status, registryCode: registryErrorCode(response) }),
      hint: "push again; if it happens again, a proxy between changes what is sent",
    });
  }

  async #finish(session: Session, digest: Digest, size: number): Promise<void> {
    let failed = false;
    await this.#retrying(async (): Promise<Attempt<undefined>> => {
      // The response to the attempt before may have been lost.
      if (failed && (await this.#isThere(digest))) return { value: undefined };
      failed = true;
      const response = await session.put(digest, undefined, size);
      if (response.status === 201 || response.status === 204) return { value: undefined };
      if (response.status === 404) {
        if (await this.#isThere(digest)) return { value: undefined };
        throw new BeginAgain(uploadLost(response, this.#context));
      }
      if (isRetryableStatus(response.status)) return again(response, this.#context);
      const error = writeError(response, this.#context);
      // Bytes of a broken request that came late: a session without one shows whether they were to blame.
      throw session.isResumed && error.registryCode === "DIGEST_INVALID" ? new BeginAgain(error) : error;
    });
  }

  async #sendSmall(session: Session, { digest, size }: Content): Promise<Content> {
    const reader = await this.#source.open();
    const buffer = Buffer.alloc(size + 1);
    const chunk = await readInto(reader, buffer, undefined).finally(() => reader.close());
    this.#checkLength(chunk.length, true);
    const response = await session.put(digest, chunk, chunk.length);
    if (response.status !== 201 && response.status !== 204) await this.#failed(response, digest);
    this.#onProgress(chunk.length);
    return { digest, size };
  }

  /** The whole blob as the body of one request. */
  async #sendWhole(session: Session): Promise<Content> {
    const { digest, size } = (await this.#content()) ?? (await measure(this.#source, this.#signal));
    const put = session.put(digest, () => this.#stream(0, size, this.#onProgress), size);
    const response = await put.catch((error) => {
      throw this.#sourceFailure?.error ?? error;
    });
    if (response.status !== 201 && response.status !== 204) await this.#failed(response, digest);
    return { digest, size };
  }

  async #failed(response: HttpResponse, digest: Digest): Promise<void> {
    const mayPass = isRetryableStatus(response.status) || response.status === 404;
    if (mayPass && (await this.#isThere(digest))) return;
    if (mayPass) throw new BeginAgain(uploadLost(response, this.#context));
    throw writeError(response, this.#context);
  }

  #stream(from: number, end: number, onSent: (bytes: number) => void): Readable {
    return Readable.from(this.#blocks(from, end, onSent), { objectMode: false, highWaterMark: BLOCK });
  }

  async *#blocks(from: number, end: number, onSent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    const reader = await this.#openAt(from);
    const size = this.#size ?? end;
    try {
      for (let offset = from; offset < end; ) {
        const block = await readInto(reader, Buffer.allocUnsafeSlow(Math.min(BLOCK, end - offset)), undefined);
        this.#checkLength(offset + block.length, block.length === 0, size);
        offset += block.length;
        yield block;
        onSent(offset);
      }
      if (end === size) this.#checkLength(end + (await reader.read(Buffer.alloc(1))), true, size);
    } catch (error) {
      this.#sourceFailure = { error };
      throw error;
    } finally {
      await reader.close();
    }
  }

  async #isThere(digest: Digest): Promise<boolean> {
    const url = this.#channel.url(this.#context, `blobs/${digest}`);
    const { status } = await this.#channel.send({ url, method: "HEAD", maxBytes: 0 }, this.#context, this.#signal);
    return status === 200 || (status >= 300 && status < 400);
  }

  async #repeat(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
    return this.#retrying(async (): Promise<Attempt<HttpResponse>> => {
      const response = await send();
      return isRetryableStatus(response.status) ? again(response, this.#context) : { value: response };
    });
  }

  /** Attempts with pauses; a broken connection is one that failed. */
  #retrying<T>(attempt: () => Promise<Attempt<T>>): Promise<T> {
    return withRetry(this.#policy, this.#signal, async () => {
      try {
        return await attempt();
      } catch (error) {
        this.#signal?.throwIfAborted();
        if (!mayPass(error)) throw error;
        return {
          onExhausted: () => {
            throw error;
          },
        };
      }
    });
  }
}

const NO_BODY = { "content-length": "0" } as const;
/** The responses of registries without chunked uploads to the first chunk. */
const NO_CHUNKS: ReadonlySet<number> = new Set([400, 404, 405, 411, 415, 416, 501]);

/** Buffers for chunks that are not in use: left to the garbage collector, those of many files would add up before it runs. */
const spare: Buffer[] = [];
const MAX_SPARE = 4;

function takeBuffer(length: number): Buffer {
  return (length === CHUNK ? spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(length);
}

function returnBuffers(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) if (buffer.length === CHUNK && spare.length < MAX_SPARE) spare.push(buffer);
}

function again<T>(response: HttpResponse, context: RequestContext): Attempt<T> {
  return {
    onExhausted: (attempts) => {
      throw writeError({ ...response, attempts }, context);
    },
    retryAfterMs: retryAfter(response.headers, Date.now()),
    ...(response.status === 500 && { maxAttempts: A_FEW }),
  };
}

/** Whether a failure without a response may pass: the registry restarts, or a network is away for a moment. */
function mayPass(error: unknown): boolean {
  if (error instanceof RegistryTimeoutError) return true;
  return error instanceof RegistryUnavailableError && (error as { tlsFault?: unknown }).tlsFault === undefined;
}
