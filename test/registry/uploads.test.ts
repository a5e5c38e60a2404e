import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Digest, digestOf } from "../../src/reference";
import type { BlobSource, RegistryClientOptions } from "../../src/registry";
import type { Content } from "../../src/registry/blob-source";
import { CHUNK } from "../../src/registry/upload";
import {
  faults,
  type InProcessRegistry,
  type InProcessRegistryOptions,
  type Interceptor,
} from "../../src/testing/registry";
import { AT_ONCE, clientFor, referenceTo, rejection, serve, sourceOf } from "./support";

/** Two chunks and a bit. */
const LARGE = randomBytes(2 * CHUNK + 12_345);
const SMALL = Buffer.from("a small blob");

async function rig(options: InProcessRegistryOptions = {}, clientOptions: RegistryClientOptions = {}) {
  const registry = await serve(options);
  const { writer } = clientFor(registry, clientOptions);
  const at = referenceTo(registry, "images/one:tag");
  return { registry, writer, at };
}

const stored = (registry: InProcessRegistry, digest: Digest) =>
  registry.store.find("images/one")?.blobs.get(digest)?.equals(LARGE);
const count = (registry: InProcessRegistry, pattern: RegExp) =>
  registry.log.filter((each) => pattern.test(each)).length;

describe("an upload", () => {
  test("in chunks: one session, each byte once, the location of each response is followed", async () => {
    const { registry, writer, at } = await rig();
    const progress: number[] = [];
    const source = sourceOf(LARGE);
    const outcome = await writer.putBlob(at, source, { onProgress: (bytes) => void progress.push(bytes) });
    expect(outcome).toEqual({ digest: digestOf(LARGE), size: LARGE.length, how: "uploaded" });
    expect(stored(registry, outcome.digest)).toBe(true);
    expect(progress).toEqual([CHUNK, 2 * CHUNK, LARGE.length]);
    expect(source.opened).toBe(1);
    expect([count(registry, /^POST/), count(registry, /^PATCH/), count(registry, /^PUT/)]).toEqual([1, 3, 1]);
    expect(registry.uploads.open).toBe(0);
  });

  test("of a multiple of the chunk, and of nothing", async () => {
    const { registry, writer, at } = await rig();
    const bytes = LARGE.subarray(0, 2 * CHUNK);
    await writer.putBlob(at, sourceOf(bytes, { unknown: true }));
    await writer.putBlob(at, sourceOf(Buffer.alloc(0)));
    await writer.putBlob(at, sourceOf(Buffer.from("x")));
    const sizes = [...(registry.store.find("images/one")?.blobs.values() ?? [])].map(({ length }) => length);
    expect(sizes).toEqual([2 * CHUNK, 0, 1]);
  });

  test("of a stream whose digest is known at the end: read once", async () => {
    const { registry, writer, at } = await rig();
    const source = sourceOf(LARGE, { unknown: true });
    const outcome = await writer.putBlob(at, source);
    expect(outcome).toEqual({ digest: digestOf(LARGE), size: LARGE.length, how: "uploaded" });
    expect([stored(registry, outcome.digest), source.opened]).toEqual([true, 1]);
  });

  test("of a small blob: two requests", async () => {
    const { registry, writer, at } = await rig();
    await writer.putBlob(at, sourceOf(SMALL));
    expect(registry.log.map((each) => each.split(" ")[0])).toEqual(["HEAD", "POST", "PUT"]);
  });

  test("of what is there: one request", async () => {
    const { registry, writer, at } = await rig();
    registry.store.putBlob("images/one", SMALL);
    expect(await writer.putBlob(at, sourceOf(SMALL))).toMatchObject({ how: "present" });
    expect(registry.log).toHaveLength(1);
  });

  test("a registry that redirects to its storage has the blob", async () => {
    const { registry, writer, at } = await rig();
    registry.intercept = faults.on(/^HEAD/, faults.redirect("https://storage.example/blob"));
    expect(await writer.putBlob(at, sourceOf(SMALL))).toMatchObject({ how: "present" });
  });

  test("a blob of another repository is linked, and where that fails the opened upload is used", async () => {
    const { registry, writer, at } = await rig();
    registry.store.putBlob("images/two", SMALL);
    const options = { mountFrom: ["images/one", "images/two"] };
    expect(await writer.putBlob(at, sourceOf(SMALL), options)).toMatchObject({ how: "mounted" });
    expect(registry.store.find("images/one")?.blobs.size).toBe(1);
    expect(await writer.putBlob(at, sourceOf(LARGE), options)).toMatchObject({ how: "uploaded" });
    expect(count(registry, /^POST/)).toBe(2);
  });

  test.each(["relative", "absolute"] as const)("a %s location", async (location) => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { location };
    expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
  });

  test("to another host gets no credentials", async () => {
    const auth = { mode: "basic", username: "u", password: "p" } as const;
    const other = await serve();
    const seen: (string | undefined)[] = [];
    other.intercept = (request, response) => {
      seen.push(request.headers.authorization);
      request.resume();
      response.writeHead(201).end();
      return true;
    };
    const registry = await serve({ auth });
    registry.uploads.quirks = { location: other.origin as `http${string}` };
    const credentials = { resolve: async () => ({ kind: "basic", username: "u", password: "p" }) as const };
    const { writer } = clientFor(registry, { credentials, plainHttp: [registry.host, other.host] });
    await writer.putBlob(referenceTo(registry, "images/one:tag"), sourceOf(SMALL));
    expect(seen).toEqual([undefined]);
  });

  test("a registry's minimum for chunks is kept, and a larger one than fits means one piece", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { minChunk: CHUNK + 1_000 };
    await writer.putBlob(at, sourceOf(LARGE.subarray(0, 2 * CHUNK + 2_000)));
    expect(registry.requests.find(({ method }) => method === "PATCH")?.headers["content-range"]).toBe(
      `0-${CHUNK + 999}`,
    );
    registry.uploads.quirks = { minChunk: 10 * CHUNK };
    const before = count(registry, /^PATCH/);
    expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
    expect(count(registry, /^PATCH/)).toBe(before);
  });

  test.each([404, 405, 416, 501])("a registry that answers chunks with %d gets one piece", async (refuseChunks) => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { refuseChunks };
    for (const unknown of [false, true]) {
      registry.store.find("images/one")?.blobs.clear();
      expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE, { unknown }))).digest)).toBe(true);
    }
  });
});

describe("resumption", () => {
  test("after broken connections: at the byte that the registry has come to", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { breakAt: [1_000_000, CHUNK + 5, LARGE.length - 10] };
    const source = sourceOf(LARGE);
    const { digest } = await writer.putBlob(at, source);
    expect([stored(registry, digest), source.opened, count(registry, /^POST/)]).toEqual([true, 1, 1]);
    const sent = registry.requests
      .filter(({ method }) => method === "PATCH")
      .reduce((sum, { headers }) => sum + Number(headers["content-length"]), 0);
    // Three times the part of a chunk that did not arrive is sent again, never a whole upload.
    expect(sent).toBeLessThan(LARGE.length + 3 * CHUNK);
    expect(count(registry, /^GET .*\/uploads\//)).toBe(3);
  });

  const phases: readonly (readonly [string, RegExp])[] = [
    ["the check whether it is there", /^HEAD/],
    ["opening", /^POST/],
    ["a chunk", /^PATCH/],
    ["the end", /^PUT/],
  ];
  const wrongs = {
    "is reset": faults.reset(),
    "fails with 503": faults.status(503),
    "fails with 500": faults.status(500),
  };
  test.each(
    phases.flatMap(([phase, pattern]) =>
      Object.entries(wrongs).map(([how, fault]) => ({ phase, how, pattern, fault })),
    ),
  )("$phase $how twice", async ({ pattern, fault }) => {
    const { registry, writer, at } = await rig();
    registry.intercept = faults.on(pattern, faults.first(2, fault));
    const source = sourceOf(LARGE, { unknown: false });
    expect(stored(registry, (await writer.putBlob(at, source)).digest)).toBe(true);
    expect(source.opened).toBe(1);
  });

  test.each(["PATCH", "PUT"])("the response to a %s that was carried out is lost", async (method) => {
    const { registry, writer, at } = await rig();
    let lost = 0;
    registry.intercept = (request, response) => {
      if (request.method !== method || lost > 0) return false;
      lost += 1;
      const destroy = () => request.socket.resetAndDestroy();
      response.writeHead = (() => {
        destroy();
        return response;
      }) as typeof response.writeHead;
      return false;
    };
    expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
    expect(lost).toBe(1);
    expect(count(registry, /^POST/)).toBe(1);
  });

  test("a registry that forgets an upload gets the blob again from its beginning; one that always does is an error", async () => {
    const { registry, writer, at } = await rig();
    const later = ({ method, headers }: IncomingMessage) =>
      method === "PATCH" && headers["content-range"]?.startsWith("0-") === false;
    let forgotten = false;
    registry.intercept = (request) => {
      if (later(request) && !forgotten) registry.uploads.forget();
      forgotten ||= later(request);
      return false;
    };
    const source = sourceOf(LARGE);
    expect(stored(registry, (await writer.putBlob(at, source)).digest)).toBe(true);
    expect(source.opened).toBe(2);
    registry.intercept = (request) => {
      if (later(request)) registry.uploads.forget();
      return false;
    };
    registry.store.find("images/one")?.blobs.clear();
    const error = await rejection(writer.putBlob(at, sourceOf(LARGE)));
    expect(error).toMatchObject({ code: "PUSH_REFUSED", status: 404 });
  });

  test("docker-registry 2 forgets an upload that breaks inside a chunk: the blob begins again, as long as it gets farther", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { statefulLocation: true };
    const limits = [1_000, 5_000, CHUNK + 1_000, CHUNK + 2_000, CHUNK + 3_000, CHUNK + 4_000, 2 * CHUNK + 5];
    let session = 0;
    registry.intercept = (request) => {
      if (request.method === "POST") {
        const limit = limits[session];
        session += 1;
        registry.uploads.quirks = { statefulLocation: true, breakAt: limit === undefined ? [] : [limit] };
      }
      return false;
    };
    const promise = writer.putBlob(at, sourceOf(LARGE));
    // Three beginnings after the first chunk come no farther than the one before.
    expect(await rejection(promise)).toMatchObject({ code: "PUSH_REFUSED", registryCode: "BLOB_UPLOAD_INVALID" });
    [session, limits.length] = [0, 0];
    limits.push(1_000, CHUNK + 1_000, 2 * CHUNK + 5);
    expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
    expect(session).toBe(4);
  });

  describe("a registry that is out of step with what was sent", () => {
    const FAR = 2 * CHUNK + 5;
    const NAMED = { ...sourceOf(LARGE), name: "./disk.raw" };
    const partly = ({ method, headers }: IncomingMessage) =>
      method === "PATCH" && headers["content-range"]?.startsWith("0-") === false;
    /** The upload's offset of the registry before it has counted what a broken request has brought. */
    const early = faults.lie({ range: "0-99" });
    /** For all chunks but the first. */
    const later =
      (fault: Interceptor): Interceptor =>
      (request, response) =>
        partly(request) && fault(request, response);

    const passing: readonly (readonly [string, readonly number[], Interceptor])[] = [
      ["late bytes are counted after it has told its offset", [FAR], faults.on(/^GET/, faults.first(1, early))],
      [
        "late bytes change the content",
        [FAR],
        faults.on(/^PUT/, faults.first(1, faults.status(400, { registryCode: "DIGEST_INVALID" }))),
      ],
      ["it has forgotten the upload when it is asked", [FAR], faults.on(/^GET/, faults.first(1, faults.status(404)))],
      ["its offset is always another one", [], later(faults.first(AT_ONCE.attempts, faults.status(416)))],
    ];
    test.each(passing)("%s: the upload is cancelled, and begins again", async (_what, breakAt, fault) => {
      const { registry, writer, at } = await rig();
      registry.intercept = (request, response) => {
        if (request.method === "POST" && count(registry, /^POST/) > 1) registry.uploads.quirks = {};
        return fault(request, response);
      };
      registry.uploads.quirks = { breakAt };
      expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
      expect([count(registry, /^POST/), count(registry, /^DELETE/), registry.uploads.open]).toEqual([2, 1, 0]);
    });

    const lasting: readonly (readonly [string, readonly number[], Interceptor, object])[] = [
      ["its offset is too small", [FAR], faults.on(/^GET/, early), { code: "UNEXPECTED_RESPONSE" }],
      ["it refuses the range", [], later(faults.status(416)), { code: "UNEXPECTED_RESPONSE", status: 416 }],
      [
        "it forgets the upload",
        [FAR],
        faults.on(/^GET/, faults.status(404, { registryCode: "BLOB_UPLOAD_UNKNOWN" })),
        { code: "PUSH_REFUSED", status: 404, registryCode: "BLOB_UPLOAD_UNKNOWN" },
      ],
    ];
    test.each(lasting)("each time %s: an error with the file's name, after a few beginnings", async (...row) => {
      const [, breakAt, fault, expected] = row;
      const { registry, writer, at } = await rig();
      registry.uploads.quirks = { breakAt };
      registry.intercept = fault;
      const error = await rejection(writer.putBlob(at, NAMED));
      expect(error).toMatchObject({ ...expected, hint: expect.stringContaining("push again") });
      expect(error.message).toContain(`./disk.raw: ${at.withDigest(digestOf(LARGE))}`);
      expect([count(registry, /^POST/), registry.uploads.open]).toEqual([4, 0]);
    });

    test("content that has another digest without a broken request is not sent twice", async () => {
      const { registry, writer, at } = await rig();
      registry.intercept = faults.on(/^PUT/, faults.status(400, { registryCode: "DIGEST_INVALID" }));
      expect(await rejection(writer.putBlob(at, NAMED))).toMatchObject({ registryCode: "DIGEST_INVALID" });
      expect([count(registry, /^POST/), registry.uploads.open]).toEqual([1, 0]);
    });
  });

  test("one piece begins again after a broken connection", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { refuseChunks: 405 };
    registry.intercept = faults.on(/^PUT/, faults.first(1, faults.reset()));
    const source = sourceOf(LARGE);
    expect(stored(registry, (await writer.putBlob(at, source)).digest)).toBe(true);
  });
});

describe("a file on a fast connection is streamed after its first chunk", () => {
  const FILE = randomBytes(4 * CHUNK + 12_345);
  const ranges = (registry: InProcessRegistry) =>
    registry.requests.filter(({ method }) => method === "PATCH").map(({ headers }) => headers["content-range"]);
  const rest = `${CHUNK}-${FILE.length - 1}`;
  const inMemory = (from: number) => `${from}-${Math.min(from + CHUNK, FILE.length) - 1}`;
  const arrived = (registry: InProcessRegistry) =>
    registry.store.find("images/one")?.blobs.get(digestOf(FILE))?.equals(FILE);
  const streamed = ({ method, headers }: IncomingMessage) => method === "PATCH" && headers["content-range"] === rest;

  test("each byte once, with progress inside the chunk", async () => {
    const { registry, writer, at } = await rig();
    const progress: number[] = [];
    const source = sourceOf(FILE, { seekable: true });
    await writer.putBlob(at, source, { onProgress: (bytes) => void progress.push(bytes) });
    expect([arrived(registry), ranges(registry)]).toEqual([true, [inMemory(0), rest]]);
    expect(source.openedAt).toEqual([0, CHUNK]);
    expect(progress.length).toBeGreaterThan(10);
    expect(progress).toEqual([...progress].sort((one, other) => one - other));
    expect(progress.at(-1)).toBe(FILE.length);
  });

  test("a broken connection: from the byte that the registry has come to, with chunks in memory", async () => {
    const { registry, writer, at } = await rig();
    const broken = 2 * CHUNK + 5;
    registry.uploads.quirks = { breakAt: [broken] };
    const source = sourceOf(FILE, { seekable: true });
    await writer.putBlob(at, source);
    const from = source.openedAt.at(-1) as number;
    expect(from).toBeGreaterThanOrEqual(broken);
    const after = [0, 1, 2].map((each) => from + each * CHUNK).filter((each) => each < FILE.length);
    expect(ranges(registry)).toEqual([inMemory(0), rest, ...after.map(inMemory)]);
    expect([arrived(registry), count(registry, /^POST/)]).toEqual([true, 1]);
  });

  test("docker-registry 2 forgets the upload then: it begins again, with chunks in memory", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { statefulLocation: true, breakAt: [2 * CHUNK + 5] };
    registry.intercept = ({ method }) => {
      if (method === "POST" && count(registry, /^POST/) > 1) registry.uploads.quirks = { statefulLocation: true };
      return false;
    };
    await writer.putBlob(at, sourceOf(FILE, { seekable: true }));
    const all = [0, 1, 2, 3, 4].map((each) => inMemory(each * CHUNK));
    expect([arrived(registry), ranges(registry)]).toEqual([true, [inMemory(0), rest, ...all]]);
  });

  test.each([
    ["a proxy's limit", 413],
    ["a busy registry", 503],
    ["a proxy's refusal", 400],
  ])("%s (%i): chunks in memory follow", async (_what, status) => {
    const { registry, writer, at } = await rig();
    registry.intercept = (request, response) => {
      if (!streamed(request)) return false;
      // Without reading the body, as proxies do.
      response.writeHead(status, { connection: "close" }).end();
      return true;
    };
    const source = sourceOf(FILE, { seekable: true });
    await writer.putBlob(at, source);
    const after = [1, 2, 3, 4].map((each) => inMemory(each * CHUNK));
    expect([arrived(registry), ranges(registry)]).toEqual([true, [inMemory(0), rest, ...after]]);
    expect(count(registry, /^POST/)).toBe(1);
  });

  test("a token that expires there: the chunk is sent again", async () => {
    const user = { username: "u", password: "a-password" };
    const credentials = { resolve: async () => ({ kind: "basic", ...user }) as const };
    const { registry, writer, at } = await rig({ auth: { mode: "bearer", ...user } }, { credentials });
    let revoked = false;
    registry.intercept = (request) => {
      if (streamed(request) && !revoked) registry.gate.revokeAll();
      revoked ||= streamed(request);
      return false;
    };
    await writer.putBlob(at, sourceOf(FILE, { seekable: true }));
    expect([arrived(registry), ranges(registry)]).toEqual([true, [inMemory(0), rest, rest]]);
  });

  test("a file that can't be read to its end: its own error, and nothing of the upload is left", async () => {
    const { registry, writer, at } = await rig();
    const source = sourceOf(FILE, { seekable: true });
    const failing = async (position: number) => {
      const reader = await source.openAt?.(position);
      let at = position;
      return {
        read: async (into: Uint8Array) => {
          at += into.length;
          if (at > 3 * CHUNK) throw new Error("the disk is damaged");
          return reader?.read(into) ?? 0;
        },
        close: async () => undefined,
      };
    };
    const error = await rejection(writer.putBlob(at, { ...source, open: () => failing(0), openAt: failing }));
    expect([error.message, registry.uploads.open]).toEqual(["the disk is damaged", 0]);
  });

  test.each([
    ["was cut", FILE.subarray(0, 3 * CHUNK), /it has 25165824 bytes, and had 33566777/],
    ["has grown", Buffer.concat([FILE, SMALL]), /it has more than 33566777 bytes/],
  ])("a file that %s meanwhile is refused, by streams, chunks and one piece", async (_how, now, text) => {
    for (const { seekable, refuseChunks } of [{ seekable: true }, { seekable: false }, { refuseChunks: 405 }]) {
      const { registry, writer, at } = await rig();
      if (refuseChunks) registry.uploads.quirks = { refuseChunks };
      const source = { ...sourceOf(now, { seekable }), known: sourceOf(FILE).known, name: "./disk.raw" };
      const error = await rejection(writer.putBlob(at, source));
      expect([error.code, error.message]).toEqual(["PUSH_REFUSED", expect.stringMatching(text)]);
      expect(error.message).toMatch(/^\.\/disk\.raw: /);
      expect([registry.uploads.open, count(registry, /^POST/)]).toEqual([0, refuseChunks ? 2 : 1]);
    }
  });

  test("what is cut after it was measured for one piece is refused", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { refuseChunks: 405 };
    const [whole, cut] = [FILE, FILE.subarray(0, CHUNK)].map((bytes) => sourceOf(bytes, { unknown: true }));
    let opened = 0;
    const open = () => {
      opened += 1;
      return (opened < 3 ? whole : cut)?.open() as ReturnType<BlobSource["open"]>;
    };
    const error = await rejection(writer.putBlob(at, { known: undefined, open }));
    expect(error).toMatchObject({ code: "PUSH_REFUSED", message: expect.stringContaining("changed meanwhile") });
    expect([opened, registry.uploads.open]).toEqual([3, 0]);
  });

  test("an interruption cancels the upload", async () => {
    const { registry, writer, at } = await rig();
    const controller = new AbortController();
    registry.intercept = (request) => {
      if (streamed(request)) controller.abort(new Error("stop"));
      return false;
    };
    const source = sourceOf(FILE, { seekable: true });
    const error = await rejection(writer.putBlob(at, source, { signal: controller.signal }));
    expect([error.message, registry.uploads.open]).toEqual(["stop", 0]);
  });
});

describe("a file that is sent while its digest is computed", () => {
  const FILE = randomBytes(4 * CHUNK + 12_345);
  const measured = { digest: digestOf(FILE), size: FILE.length };
  const source = (measure: (signal: AbortSignal) => Promise<Content>, refuse?: number) => ({
    ...sourceOf(FILE, { unknown: true, seekable: refuse === undefined }),
    measuring: { size: FILE.length, measure },
  });
  const atOnce = source(async () => measured);

  test.each([undefined, 405])("arrives, by chunks or in one piece (%s)", async (refuseChunks) => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = refuseChunks === undefined ? {} : { refuseChunks };
    const outcome = await writer.putBlob(
      at,
      source(async () => measured, refuseChunks),
    );
    expect(outcome).toEqual({ ...measured, how: "uploaded" });
    expect(registry.store.find("images/one")?.blobs.get(measured.digest)?.equals(FILE)).toBe(true);
  });

  test("does not end before its digest is known", async () => {
    const { registry, writer, at } = await rig();
    let known = () => {};
    const later = new Promise<Content>((resolve) => {
      known = () => resolve(measured);
    });
    const onProgress = (bytes: number) => bytes === FILE.length && known();
    expect(
      await writer.putBlob(
        at,
        source(() => later),
        { onProgress },
      ),
    ).toMatchObject({ how: "uploaded" });
    const ends = registry.log.filter((each) => /^HEAD|^PUT/.test(each)).map((each) => each.split(" ")[0]);
    expect(ends).toEqual(["HEAD", "PUT"]);
  });

  test("is not sent further when the registry has it", async () => {
    const { registry, writer, at } = await rig();
    registry.store.putBlob("images/one", FILE);
    expect(await writer.putBlob(at, atOnce)).toEqual({ ...measured, how: "present" });
    expect([count(registry, /^PUT/), registry.uploads.open]).toEqual([0, 0]);
  });

  test("what fails while it is read, was cut before, or is refused: the error, and no upload is left", async () => {
    const cases: [string, BlobSource, Interceptor | undefined][] = [
      ["the disk is damaged", source(() => Promise.reject(new Error("the disk is damaged"))), undefined],
      ["changed meanwhile", source(async () => ({ ...measured, size: 3 })), undefined],
      ["disk is full", atOnce, faults.on(/^PATCH/, faults.status(507))],
      ["AUTH|denied|refused", atOnce, faults.on(/^HEAD/, faults.status(403))],
    ];
    for (const [text, each, fault] of cases) {
      const { registry, writer, at } = await rig();
      registry.intercept = fault;
      expect((await rejection(writer.putBlob(at, each))).message).toMatch(new RegExp(text));
      expect(registry.uploads.open).toBe(0);
    }
  });

  test("an upload that fails, and an interruption, end the reading", async () => {
    const { registry, writer, at } = await rig();
    const controller = new AbortController();
    registry.intercept = faults.on(/^PATCH/, faults.status(507));
    for (const end of ["failure", "interruption"]) {
      if (end === "interruption") {
        registry.intercept = (request) => {
          if (request.method === "PATCH") controller.abort(new Error("stop"));
          return false;
        };
      }
      const ended = jest.fn();
      const reading = (signal: AbortSignal) =>
        new Promise<Content>((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(ended() ?? signal.reason));
        });
      const error = await rejection(writer.putBlob(at, source(reading), { signal: controller.signal }));
      expect(error.message).toMatch(end === "failure" ? /disk is full/ : /^stop$/);
      expect([ended.mock.calls.length, registry.uploads.open]).toEqual([1, 0]);
    }
  });
});

describe("refusals", () => {
  test.each([
    ["a full disk", /^PATCH/, faults.status(507), "PUSH_REFUSED", /disk is full/],
    [
      "a full disk as docker-registry shows it",
      /^PATCH/,
      faults.status(500, { registryCode: "UNKNOWN" }),
      "REGISTRY_UNAVAILABLE",
      /disk is full/,
    ],
    ["a proxy's limit", /^PATCH/, faults.status(413), "PUSH_REFUSED", /takes nothing that large/],
    ["a mirror", /^POST/, faults.status(405, { registryCode: "UNSUPPORTED" }), "PUSH_REFUSED", /pull-through cache/],
    [
      "no right to push",
      /^POST/,
      faults.status(403, { registryCode: "DENIED" }),
      "AUTHENTICATION_FAILED",
      /may push to it/,
    ],
    ["no location", /^POST/, faults.status(202), "UNEXPECTED_RESPONSE", /without a Location/],
    ["a rate limit", /^PATCH/, faults.throttle(3600), "RATE_LIMITED", /wait/],
  ])("%s", async (_what, pattern, fault, code, text) => {
    const { registry, writer, at } = await rig();
    registry.intercept = faults.on(pattern, fault);
    const error = await rejection(writer.putBlob(at, sourceOf(LARGE)));
    expect(error.code).toBe(code);
    expect(`${error.message}\n${error.hint}`).toMatch(text);
  });

  test("a file that changes after its digest was computed", async () => {
    const { registry, writer, at } = await rig();
    const source = { ...sourceOf(LARGE), known: { digest: digestOf(SMALL), size: LARGE.length } };
    expect(await rejection(writer.putBlob(at, source))).toMatchObject({ code: "PUSH_REFUSED" });
    const small = {
      ...sourceOf(Buffer.from("longer than it was")),
      known: { digest: digestOf(SMALL), size: SMALL.length },
    };
    const longer = await rejection(writer.putBlob(at, small));
    expect(longer).toMatchObject({ code: "PUSH_REFUSED", message: expect.stringMatching(/more than 12 bytes/) });
    const other = { ...sourceOf(SMALL), known: { digest: digestOf(LARGE), size: SMALL.length } };
    expect(await rejection(writer.putBlob(at, other))).toMatchObject({
      code: "PUSH_REFUSED",
      registryCode: "DIGEST_INVALID",
    });
    expect(registry.store.find("images/one")).toBeUndefined();
    expect(registry.uploads.open).toBe(0);
  });

  test("an interruption cancels the upload", async () => {
    const { registry, writer, at } = await rig();
    const controller = new AbortController();
    registry.intercept = (request) => {
      if (request.method === "PATCH") controller.abort(new Error("stop"));
      return false;
    };
    const error = await rejection(writer.putBlob(at, sourceOf(LARGE), { signal: controller.signal }));
    expect(error.message).toBe("stop");
    expect(registry.uploads.open).toBe(0);
  });

  test("a location at an address of this machine's link is refused", async () => {
    const { registry, writer, at } = await rig();
    registry.uploads.quirks = { location: "http://169.254.169.254" };
    const error = await rejection(writer.putBlob(at, sourceOf(SMALL)));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(count(registry, /^PUT/)).toBe(0);
  });
});

describe("authentication", () => {
  const user = { username: "u", password: "a-password" };
  const credentials = { resolve: async () => ({ kind: "basic", ...user }) as const };

  test.each([
    ["basic", { mode: "basic", ...user }],
    ["bearer", { mode: "bearer", ...user }],
    ["bearer with tokens that expire", { mode: "bearer", ...user, expiresIn: 0.2 }],
  ] as const)("%s: blobs, mounts, manifests", async (_what, auth) => {
    const { registry, writer, at } = await rig({ auth }, { credentials });
    registry.store.putBlob("images/two", SMALL);
    await writer.putBlob(at, sourceOf(LARGE));
    expect(await writer.putBlob(at, sourceOf(SMALL), { mountFrom: ["images/two"] })).toMatchObject({ how: "mounted" });
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [{ digest: digestOf(SMALL) }] }));
    expect(await writer.putManifest(at, "application/vnd.oci.image.manifest.v1+json", bytes)).toMatchObject({
      digest: digestOf(bytes),
    });
    expect(registry.store.find("images/one")?.tags.get("tag")).toBe(digestOf(bytes));
  });

  test("a token revoked in the middle is replaced", async () => {
    const { registry, writer, at } = await rig({ auth: { mode: "bearer", ...user } }, { credentials });
    const revoke = () => {
      registry.gate.revokeAll();
      return false;
    };
    registry.intercept = faults.inTurn(...Array.from({ length: 6 }, () => () => false), revoke);
    expect(stored(registry, (await writer.putBlob(at, sourceOf(LARGE))).digest)).toBe(true);
  });

  test("a repository to mount from that can't be read is no obstacle", async () => {
    const auth = { mode: "bearer", ...user, withheld: ["images/secret"] } as const;
    const { registry, writer, at } = await rig({ auth }, { credentials });
    registry.store.putBlob("images/secret", SMALL);
    expect(await writer.putBlob(at, sourceOf(SMALL), { mountFrom: ["images/secret"] })).toMatchObject({
      how: "uploaded",
    });
  });

  test("no secret is in an error", async () => {
    const { registry, writer, at } = await rig(
      { auth: { mode: "basic", ...user, password: "another" } },
      { credentials },
    );
    const error = await rejection(writer.putBlob(at, sourceOf(SMALL)));
    expect(error.code).toBe("AUTHENTICATION_FAILED");
    expect(`${error.message}${error.hint}${error.stack}`).not.toMatch(/a-password|YS1wYXNz/);
    expect(count(registry, /^PATCH|^PUT/)).toBe(0);
  });
});

test("a mirror is written to", async () => {
  const registry = await serve();
  const { writer } = clientFor(registry, { mirrors: { "quay.io": `${registry.host}/quay` }, retry: AT_ONCE });
  const at = referenceTo({ host: "quay.io" }, "podman/machine-os:5.5");
  const { digest } = await writer.putBlob(at, sourceOf(SMALL));
  expect(registry.store.find("quay/podman/machine-os")?.blobs.has(digest)).toBe(true);
});

test("a manifest by digest has to have it", async () => {
  const { registry, writer, at } = await rig();
  const bytes = Buffer.from("{}");
  const digest = `sha256:${createHash("sha256").update("x").digest("hex")}` as const;
  expect(await rejection(writer.putManifest(at.withDigest(digest), "application/json", bytes))).toMatchObject({
    code: "PUSH_REFUSED",
  });
  registry.intercept = faults.on(/^PUT/, faults.status(201, { headers: { "docker-content-digest": digest } }));
  expect(await rejection(writer.putManifest(at, "application/json", bytes))).toMatchObject({
    code: "UNEXPECTED_RESPONSE",
  });
});
