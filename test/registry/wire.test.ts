import { gzipSync } from "node:zlib";
import { pullSecrets } from "../../src/registry";
import { faults } from "../../src/testing/registry";
import { clientFor, rejection, serveOne } from "./support";

// Bytes from hostile or broken servers: none of them may become part of a request or of another response.

const ok = (body: string, headers = "") => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
const MANIFEST = '{"schemaVersion":2}';
const SMUGGLED = ok('{"smuggled":true}');

describe("bodies that are not as long as they say", () => {
  test("more bytes than announced: the response is used, and the remainder is dropped", async () => {
    const { registry, at, pushed } = await serveOne();
    registry.intercept = faults.first(1, (request) => {
      request.socket.write(ok(MANIFEST) + SMUGGLED + SMUGGLED);
      return true;
    });
    const client = clientFor(registry, { concurrency: 1 });
    const [first, second] = await Promise.all([client.getManifest(at), client.getManifest(at)]);
    expect(first.content).toEqual(JSON.parse(MANIFEST));
    expect(second.digest).toBe(pushed.digest);
  });

  test.each([
    ["two lengths", "content-length: 19\r\ncontent-length: 5\r\n"],
    ["a length and chunks", "content-length: 19\r\ntransfer-encoding: chunked\r\n"],
    ["a negative length", "content-length: -1\r\n"],
    ["chunks of no size", "transfer-encoding: chunked\r\n"],
  ])("%s: an error", async (_what, headers) => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.raw(`HTTP/1.1 200 OK\r\n${headers}\r\n${MANIFEST}`);
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error.code).toMatch(/^(UNEXPECTED_RESPONSE|REGISTRY_UNAVAILABLE)$/);
  });

  test("missing chunks: an error", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.raw(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n13\r\n${MANIFEST}\r\n`);
    expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });

  test("a transfer coding that was not requested (transfer-encoding: gzip): an error, and not decompressed", async () => {
    const { registry, at } = await serveOne();
    const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\nconnection: close\r\n\r\n";
    registry.intercept = faults.raw(Buffer.concat([Buffer.from(head), gzipSync(MANIFEST)]));
    expect((await rejection(clientFor(registry).getManifest(at))).code).toMatch(
      /^(UNEXPECTED_RESPONSE|REGISTRY_UNAVAILABLE)$/,
    );
  });
});

describe("compressed bodies are not decompressed, against zip bombs", () => {
  // Small and valid: a client that decompresses it gets a response, and these tests fail.
  const packed = (content: unknown) => ({
    body: gzipSync(JSON.stringify(content)),
    headers: { "content-encoding": "gzip" },
  });

  test("a manifest", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.status(200, packed({ schemaVersion: 2 }));
    expect((await rejection(clientFor(registry).getManifest(at))).message).toContain("compressed (gzip)");
  });

  test("a token", async () => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/token/, faults.status(200, packed({ token: "good" })));
    expect((await rejection(clientFor(registry).getManifest(at))).message).toContain("returned no token");
  });

  test("an error", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.status(404, packed({ errors: [{ code: "MANIFEST_UNKNOWN" }] }));
    expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({
      status: 404,
      registryCode: undefined,
    });
  });

  test("a bomb, a thousand times as long as the part that is read", async () => {
    const { registry, at } = await serveOne();
    const body = gzipSync(Buffer.alloc(64 * 1024 * 1024, " "));
    registry.intercept = faults.status(200, { body, headers: { "content-encoding": "gzip" } });
    expect((await rejection(clientFor(registry).getManifest(at))).message).toContain("compressed (gzip)");
  });
});

test.each([
  ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n"],
  ["noise", Buffer.alloc(2_000, 0xff)],
  ["a version of HTTP that isn't", "HTTP/9.9 200 OK\r\n\r\n"],
  ["a status that isn't", "HTTP/1.1 2000 OK\r\n\r\n"],
  ["headers without an end", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(20_000)}\r\n`],
  ["a header without an end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(200_000)}\r\n\r\n`],
])("%s is an error, and not quoted", async (_what, bytes) => {
  const { registry, at } = await serveOne();
  registry.intercept = faults.raw(bytes);
  const error = await rejection(clientFor(registry).getManifest(at));
  expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
  expect(error.cause).toBeUndefined();
  expect(error.message).toContain("is not valid HTTP");
});

describe("headers of a response never become headers of a request", () => {
  const injected = (registry: { requests: readonly { headers: object }[] }) =>
    registry.requests.flatMap(({ headers }) => Object.keys(headers)).filter((name) => name.startsWith("x-"));
  // After the line's end begins another header of the response, or invalid HTTP; the other cases are odd bytes in a value.
  const values = [
    "a\r\nx-evil: 1",
    "a\nx-evil: 1",
    "a\rx-evil: 1",
    "a\u0000b",
    "a%0d%0ax-evil:%201",
    "\u00ff\u009b31m",
    "a\tb",
  ];

  test.each(values)("a challenge with %j", async (value) => {
    const { registry, at } = await serveOne();
    const realm = `${registry.origin}/token?x=${value}`;
    const challenge = `Bearer realm="${realm}",service="${value}",scope="repository:images/one:pull ${value}"`;
    registry.intercept = faults.on(/^GET \/v2\//, (request, response) =>
      request.headers.authorization === undefined
        ? faults.raw(
            Buffer.from(`HTTP/1.1 401 No\r\nwww-authenticate: ${challenge}\r\ncontent-length: 0\r\n\r\n`, "latin1"),
          )(request, response)
        : false,
    );
    const credentials = pullSecrets({ [registry.host]: "robot:hunter2" });
    const error = await rejection(clientFor(registry, { credentials }).getManifest(at));
    expect(error).toMatchObject({ registry: registry.host });
    expect(injected(registry)).toEqual([]);
  });

  test.each(values)("a Location and a Link with %j", async (value) => {
    const { registry, at } = await serveOne();
    const path = `/v2/images/one/manifests/other?x=${value}`;
    for (const header of [`location: ${path}`, `link: <${path}>; rel="next"`]) {
      const status = header.startsWith("location") ? 307 : 200;
      registry.intercept = faults.first(
        1,
        faults.raw(
          Buffer.from(`HTTP/1.1 ${status} X\r\n${header}\r\ncontent-length: 13\r\n\r\n{"tags":null}`, "latin1"),
        ),
      );
      const client = clientFor(registry);
      await (status === 307 ? client.getManifest(at) : client.listTags(at)).catch(() => undefined);
    }
    expect(injected(registry)).toEqual([]);
    for (const { url } of registry.requests) expect(url).toMatch(/^\/[\x21-\x7e]*$/);
  });

  test.each(["a\r\nx-evil: 1", "a b", "é", "\u0000", "a\tb", ""])("a token of %j", async (token) => {
    const { registry, at } = await serveOne({ auth: { mode: "bearer" } });
    registry.intercept = faults.on(/\/token/, faults.replaceBody(JSON.stringify({ token })));
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error.message).toContain("returned no token");
    expect(injected(registry)).toEqual([]);
    expect(registry.requests).toHaveLength(2);
  });
});
