import { digestOf, Reference } from "../../src/reference";
import { faults, pushArtifact } from "../../src/testing/registry";
import { clientFor, referenceTo, rejection, serve, serveOne } from "./support";

const OTHER = digestOf(Buffer.from("something else"));

test("a manifest comes with its digest, media type, size and content", async () => {
  const { registry, at, pushed } = await serveOne();
  const manifest = await clientFor(registry).getManifest(at);
  expect(manifest).toMatchObject({
    digest: pushed.digest,
    size: pushed.size,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    content: { schemaVersion: 2 },
  });
});

test("a request accepts the media types of Ironic's requests, and no compression", async () => {
  const { registry, at } = await serveOne();
  await clientFor(registry).getManifest(at);
  const { headers } = registry.requests[0] ?? {};
  expect(headers?.accept).toBe("application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json");
  expect(headers).not.toHaveProperty("accept-encoding");
  expect(headers).not.toHaveProperty("authorization");
  expect(headers?.["user-agent"]).toMatch(/^cdktf-ironic-oci\/\d/);
});

describe("digests", () => {
  test("bytes with another digest than the requested one", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody("{}");
    const error = await rejection(clientFor(registry).getManifest(at.withDigest(OTHER)));
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH", reference: OTHER });
    expect(error.message).toContain(digestOf(Buffer.from("{}")));
    expect(registry.requests).toHaveLength(1);
  });

  test("a Docker-Content-Digest that the bytes don't have", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.lie({ "docker-content-digest": OTHER });
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH" });
    expect(error.message).toContain(`the registry claims ${OTHER}`);
  });

  test("a Docker-Content-Digest that lies about the right bytes of a digest reference", async () => {
    const { registry, at, pushed } = await serveOne();
    registry.intercept = faults.lie({ "docker-content-digest": OTHER });
    const error = await rejection(clientFor(registry).getManifest(at.withDigest(pushed.digest)));
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  test("Docker's signed schema 1, whose digest is that of the payload: the bytes' own, and a requested one is checked", async () => {
    const { registry, at } = await serveOne();
    const body = JSON.stringify({ schemaVersion: 1, name: "images/one", tag: "tag", fsLayers: [], signatures: [{}] });
    const mediaType = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    registry.intercept = faults.replaceBody(body, { "content-type": mediaType, "docker-content-digest": OTHER });
    const manifest = await clientFor(registry).getManifest(at);
    expect(manifest).toMatchObject({ mediaType, digest: digestOf(Buffer.from(body)) });
    const error = await rejection(clientFor(registry).getManifest(at.withDigest(OTHER)));
    expect(error).toMatchObject({ code: "DIGEST_MISMATCH" });
  });

  test.each(["", "md5:d41d8cd98f00b204e9800998ecf8427e", "sha256:short", "\u00ff"])(
    "a Docker-Content-Digest that is none: %j",
    async (header) => {
      const { registry, at } = await serveOne();
      registry.intercept = faults.lie({ "docker-content-digest": header });
      expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    },
  );

  test("without the header the bytes alone decide", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody('{"schemaVersion":2}');
    const { digest } = await clientFor(registry).getManifest(at);
    expect(digest).toBe(digestOf(Buffer.from('{"schemaVersion":2}')));
  });

  test("a sha512 is checked as a sha512", async () => {
    const { registry, at } = await serveOne();
    const body = Buffer.from('{"schemaVersion":2}');
    registry.intercept = faults.replaceBody(body);
    const sha512 = digestOf(body, "sha512");
    const client = clientFor(registry);
    expect((await client.getManifest(at.withDigest(sha512))).digest).toBe(sha512);
    registry.intercept = faults.replaceBody(body, { "docker-content-digest": sha512 });
    expect((await client.getManifest(at)).digest).toBe(sha512);
  });
});

test("a size that is not the descriptor's", async () => {
  const { registry, at, pushed } = await serveOne();
  const client = clientFor(registry);
  await client.getManifest(at.withDigest(pushed.digest), { size: pushed.size });
  const error = await rejection(client.getManifest(at.withDigest(pushed.digest), { size: pushed.size + 1 }));
  expect(error).toMatchObject({ code: "DIGEST_MISMATCH" });
  expect(error.message).toContain(`${pushed.size + 1} bytes, and the content has ${pushed.size}`);
});

describe("bodies", () => {
  const MiB = 1024 * 1024;
  const padded = (size: number) => `{"pad":"${"x".repeat(size - 10)}"}`;

  test("a manifest of 4 MiB is read, one byte more is not", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody(padded(4 * MiB));
    expect((await clientFor(registry).getManifest(at)).size).toBe(4 * MiB);
    registry.intercept = faults.replaceBody(padded(4 * MiB + 1));
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).toContain(`${4 * MiB} bytes`);
  });

  test("one without an end is cut off, once", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.endless();
    expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(registry.requests).toHaveLength(1);
  });

  test.each([
    ["<!DOCTYPE html><title>Log in</title>", "not JSON"],
    ["", "not JSON"],
    ["[]", "not a JSON object"],
    ["null", "not a JSON object"],
    ['"text"', "not a JSON object"],
  ])("%j is no manifest", async (body, message) => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody(body, { "content-type": "text/html" });
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).toContain(message);
    expect(error.hint).toContain("text/html");
    expect(error.message).not.toContain("DOCTYPE");
  });

  test.each(["gzip", "br", "zstd"])("one that is %s-compressed, unasked, is never unpacked", async (encoding) => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.lie({ "content-encoding": encoding });
    const error = await rejection(clientFor(registry).getManifest(at));
    expect(error).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(error.message).toContain(`compressed (${encoding})`);
  });

  test("nesting of any depth neither crashes nor hangs", async () => {
    const { registry, at } = await serveOne();
    const depth = 1_000_000;
    registry.intercept = faults.replaceBody(`{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`);
    const outcome = await clientFor(registry)
      .getManifest(at)
      .then(
        () => "read",
        (error) => error.code,
      );
    // V8 reads it or refuses it, by version; either is fine, a RangeError out of nowhere is not.
    expect(["read", "UNEXPECTED_RESPONSE"]).toContain(outcome);
  });

  test("a __proto__ in it stays where it is", async () => {
    const { registry, at } = await serveOne();
    registry.intercept = faults.replaceBody(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    );
    const { content } = await clientFor(registry).getManifest(at);
    expect(Object.keys(content)).toEqual(["__proto__", "constructor"]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("blobs", () => {
  const config = Buffer.from('{"architecture":"arm64"}');

  async function serveBlob() {
    const registry = await serve();
    const digest = registry.store.putBlob("images/one", config);
    return { registry, digest, at: referenceTo(registry, "images/one") };
  }

  test("are checked against digest and size", async () => {
    const { registry, digest, at } = await serveBlob();
    const client = clientFor(registry);
    expect(await client.getBlob(at, { digest, size: config.length }, { maxBytes: 1_000 })).toEqual(config);
    expect(await rejection(client.getBlob(at, { digest, size: 1 }, { maxBytes: 1_000 }))).toMatchObject({
      code: "DIGEST_MISMATCH",
    });
    registry.intercept = faults.replaceBody("other bytes");
    expect(await rejection(client.getBlob(at, { digest }, { maxBytes: 1_000 }))).toMatchObject({
      code: "DIGEST_MISMATCH",
      reference: digest,
    });
  });

  test("that are too large by their descriptor are not requested; others are cut off", async () => {
    const { registry, digest, at } = await serveBlob();
    const client = clientFor(registry);
    const told = await rejection(client.getBlob(at, { digest, size: 1_001 }, { maxBytes: 1_000 }));
    expect(told).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    expect(registry.requests).toHaveLength(0);
    expect(await rejection(client.getBlob(at, { digest }, { maxBytes: 5 }))).toMatchObject({
      code: "UNEXPECTED_RESPONSE",
    });
  });

  test("that do not exist are an error", async () => {
    const { registry, at } = await serveBlob();
    expect(await rejection(clientFor(registry).getBlob(at, { digest: OTHER }, { maxBytes: 10 }))).toMatchObject({
      code: "MANIFEST_NOT_FOUND",
      status: 404,
      registryCode: "BLOB_UNKNOWN",
    });
  });
});

describe("missing content", () => {
  test("a tag, a digest, a repository", async () => {
    const { registry, at } = await serveOne();
    const client = clientFor(registry);
    const tag = await rejection(client.getManifest(at.withTag("other")));
    expect(tag).toMatchObject({
      code: "TAG_NOT_FOUND",
      registry: registry.host,
      repository: "images/one",
      reference: "other",
      status: 404,
      registryCode: "MANIFEST_UNKNOWN",
    });
    expect(tag.message).toBe(
      `oci://${registry.host}/images/one:other: no tag "other" in this repository (the registry responded with 404 MANIFEST_UNKNOWN)`,
    );
    expect(tag.hint).toContain("oras repo tags");
    expect(await rejection(client.getManifest(at.withDigest(OTHER)))).toMatchObject({ code: "MANIFEST_NOT_FOUND" });
    const repository = await rejection(client.getManifest(referenceTo(registry, "images/none:tag")));
    expect(repository).toMatchObject({ code: "TAG_NOT_FOUND", registryCode: "NAME_UNKNOWN" });
    expect(repository.message).toContain("no such repository");
  });

  test("no tag means latest", async () => {
    const registry = await serve();
    const { digest } = pushArtifact(registry.store, "images/one", { tag: "latest", files: [{ content: "x" }] });
    expect((await clientFor(registry).getManifest(referenceTo(registry, "images/one"))).digest).toBe(digest);
  });
});

test("only one error code in the distribution spec's form is believed", async () => {
  const { registry, at } = await serveOne();
  for (const code of ["\u001b[31mRED", "x".repeat(200), "lower", 7, null]) {
    registry.intercept = faults.status(404, { body: JSON.stringify({ errors: [{ code }] }) });
    expect(await rejection(clientFor(registry).getManifest(at))).toMatchObject({ registryCode: undefined });
  }
});

test("a repository that would lead out of /v2/ can't be named", () => {
  for (const path of [
    "../../etc",
    "a/../b",
    "a//b",
    "a/%2e%2e/b",
    "./a",
    "a?x=1",
    "a#x",
    "a\\b",
    "a/..",
    "a b",
    "a\u0000",
  ]) {
    expect(() => Reference.parse(`oci://registry.example/${path}`)).toThrow(/invalid OCI reference/);
  }
});
