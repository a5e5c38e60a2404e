import { once } from "node:events";
import { type ClientHttp2Session, connect, createServer, type IncomingHttpHeaders } from "node:http2";
import type { AddressInfo } from "node:net";
import { serveUnary, type UnaryMethod } from "../../src/tfplugin/transport/grpc";

// What a gRPC client may send beyond what Terraform's does (grpc/doc/PROTOCOL-HTTP2.md), byte for byte.
let session: ClientHttp2Session;
let end: () => void;
const reached: string[] = [];

beforeAll(async () => {
  const server = createServer();
  serveUnary(
    server,
    new Map<string, UnaryMethod>([
      ["/test/echo", async (request) => Buffer.concat([Buffer.from("echo "), request])],
      ["/test/wait", () => new Promise(() => reached.push("wait"))],
      [
        "/test/fail",
        async () => {
          throw new Error("a secret");
        },
      ],
    ]),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  end = () => {
    session.destroy();
    server.close();
  };
});
afterAll(() => end());

const message = (text: string, { flag = 0, length = text.length } = {}) => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
};
const headers = { ":method": "POST", ":path": "/test/echo", "content-type": "application/grpc", te: "trailers" };

/** Sends chunks; the request stays open where `isOpen` is set. */
async function send(chunks: readonly Buffer[], changed: IncomingHttpHeaders = {}, isOpen = false) {
  const stream = session.request({ ...headers, ...changed });
  const received: Buffer[] = [];
  const response = once(stream, "response") as Promise<[IncomingHttpHeaders]>;
  const trailers = new Promise<IncomingHttpHeaders>((resolve) => {
    stream.once("trailers", resolve).once("close", () => resolve({}));
  });
  stream.on("data", (chunk: Buffer) => received.push(chunk));
  for (const chunk of chunks) stream.write(chunk);
  if (!isOpen) stream.end();
  const [first] = await response;
  stream.end(); // as a client does that has its status
  const last = { ...first, ...(await trailers) };
  return {
    http: last[":status"],
    grpc: last["grpc-status"],
    text: last["grpc-message"],
    body: Buffer.concat(received),
  };
}

test("a message arrives whole, in any number of pieces", async () => {
  const whole = message("hello");
  for (const size of [1, 3, 5, 7, whole.length]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
      whole.subarray(n * size, (n + 1) * size),
    );
    const { http, grpc, body } = await send(pieces);
    expect({ size, http, grpc, body }).toEqual({ size, http: 200, grpc: "0", body: message("echo hello") });
  }
  expect(await send([message("x")], { "content-type": "application/grpc+proto" })).toMatchObject({ grpc: "0" });
});

test.each([
  ["an unknown method", [message("")], { ":path": "/test/other" }, "12", "no such method"],
  ["a compressed message", [message("x", { flag: 1 })], {}, "12", "compressed messages are not supported"],
  ["no message", [], {}, "13", "the request is not one message"],
  ["half a prefix", [Buffer.alloc(3)], {}, "13", "the request is not one message"],
  ["half a message", [message("x", { length: 2 })], {}, "13", "the request is not one message"],
  ["two messages", [message("x"), message("y")], {}, "13", "the request is not one message"],
  ["a method that throws", [message("")], { ":path": "/test/fail" }, "13", "the provider failed to respond"],
])("%s is refused", async (_, chunks, changed, grpc, text) => {
  expect(await send(chunks, changed)).toMatchObject({ http: 200, grpc, text, body: Buffer.alloc(0) });
});

test("a message that is too large is refused by its length, before it was sent", async () => {
  const { grpc, text } = await send([message("x", { length: 256 * 1024 * 1024 + 1 })], {}, true);
  expect({ grpc, text }).toEqual({ grpc: "8", text: "the request is too large" });
});

test("what is no gRPC is refused by HTTP's own status", async () => {
  expect(await send([message("")], { "content-type": "application/json" })).toMatchObject({
    http: 415,
    grpc: undefined,
  });
  expect(await send([], { ":method": "GET" })).toMatchObject({ http: 415, grpc: undefined });
});

test("a call that its client cancels leaves the others alone", async () => {
  const stream = session.request({ ...headers, ":path": "/test/wait" });
  stream.end(message(""));
  while (reached.length === 0) await send([message("meanwhile")]);
  stream.close();
  await once(stream, "close");
  expect(await send([message("after")])).toMatchObject({ grpc: "0", body: message("echo after") });
});
