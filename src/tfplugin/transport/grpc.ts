// gRPC over HTTP/2 (grpc/doc/PROTOCOL-HTTP2.md), as far as the plugin protocol needs it: a server of unary calls, without compression.
import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";

/** Bytes of a request. Large plans exceed gRPC's default of 4 MiB by far. */
const MAX_MESSAGE = 256 * 1024 * 1024;
/** A message's prefix: the compressed flag, and the length in four bytes. */
const PREFIX = 5;
const CONTENT_TYPE = "application/grpc";

/** The status codes that this server sends (grpc/doc/statuscodes.md). */
const Status = { OK: 0, RESOURCE_EXHAUSTED: 8, UNIMPLEMENTED: 12, INTERNAL: 13 } as const;

/** One call: bytes of the request to bytes of the response. A rejection becomes the status INTERNAL, without its message. */
export type UnaryMethod = (request: Buffer) => Promise<Uint8Array>;

/** A call that ends with a status other than OK. */
class StatusError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** Serves methods by their path, such as `/tfplugin6.Provider/ReadResource`. */
export function serveUnary(server: Http2Server, methods: ReadonlyMap<string, UnaryMethod>): void {
  server.on("stream", (stream, headers) => {
    // A client that is gone needs no response.
    stream.on("error", () => {});
    if (!isGrpc(headers)) {
      stream.respond({ [constants.HTTP2_HEADER_STATUS]: 415 }, { endStream: true });
      return;
    }
    respond(stream, headers, methods).catch((error: unknown) => {
      // The message of any other error may hold a secret.
      const known =
        error instanceof StatusError ? error : new StatusError(Status.INTERNAL, "the provider failed to respond");
      if (stream.closed) return;
      stream.respond({ ...RESPONSE, ...trailers(known.code, known.message) }, { endStream: true });
      stream.removeAllListeners("data").resume(); // the rest of the request is discarded
    });
  });
}

const RESPONSE: OutgoingHttpHeaders = { [constants.HTTP2_HEADER_STATUS]: 200, "content-type": CONTENT_TYPE };

/** `grpc-message` is percent-encoded; the messages of this file have no character that needs it. */
const trailers = (code: number, message?: string): OutgoingHttpHeaders => ({
  "grpc-status": code,
  ...(message !== undefined && { "grpc-message": message }),
});

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers[":method"] === "POST" && headers["content-type"]?.startsWith(CONTENT_TYPE) === true;
}

async function respond(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: ReadonlyMap<string, UnaryMethod>,
): Promise<void> {
  const method = methods.get(headers[":path"] ?? "");
  if (method === undefined) throw new StatusError(Status.UNIMPLEMENTED, "no such method");
  const response = await method(await readMessage(stream));
  if (stream.closed) return;
  stream.respond(RESPONSE, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers(Status.OK)));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(response.length, 1);
  stream.write(prefix);
  stream.end(response);
}

/** Reads the only message of a request. The promise stays pending when the client cancels: there is no one to respond to. */
function readMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let [size, expected] = [0, PREFIX];
    const isNotOne = () => reject(new StatusError(Status.INTERNAL, "the request is not one message"));
    stream.on("data", (chunk: Buffer) => {
      const hadPrefix = size >= PREFIX;
      chunks.push(chunk);
      size += chunk.length;
      try {
        if (!hadPrefix && size >= PREFIX) expected += lengthOf(Buffer.concat(chunks));
        if (size > expected) isNotOne();
      } catch (error) {
        reject(error);
      }
    });
    stream.once("end", () => {
      if (size === expected) resolve(Buffer.concat(chunks, size).subarray(PREFIX));
      else isNotOne();
    });
  });
}

/** The length of the message that follows a prefix. */
function lengthOf(prefix: Buffer): number {
  const length = prefix.readUInt32BE(1);
  if (prefix[0] !== 0) throw new StatusError(Status.UNIMPLEMENTED, "compressed messages are not supported");
  if (length > MAX_MESSAGE) throw new StatusError(Status.RESOURCE_EXHAUSTED, "the request is too large");
  return length;
}
