import { randomBytes } from "node:crypto";
import type { request } from "undici";
import { type Digest, digestOf, Reference } from "../../src/reference";
import { OCI_INDEX, OCI_MANIFEST, RegistryClient, type RegistryClientOptions } from "../../src/registry";
import { parseChallenges } from "../../src/registry/auth/challenge";
import type { Credential } from "../../src/registry/auth/keychain";
import { CHUNK } from "../../src/registry/upload";
import { AT_ONCE, closing, rejection, sourceOf } from "./support";

export type Mode = "open" | "htpasswd" | "token";

/** The user with read access, where anonymous access is not allowed. */
export const READER = { username: "reader", password: "e2e-reader-password" } as const;
/** A repository that no token is good for. */
export const WITHHELD = "withheld/one";
export const REFRESH_TOKEN = "e2e-refresh-token";

/** A registry to try, real or not. */
export interface ContractRegistry {
  /** `host:port`. */
  readonly host: string;
  /** The options of clients for it. */
  readonly connection: RegistryClientOptions;
  /** Sends one request as it is. */
  readonly send: typeof request;
  /** `http:` or `https:`. */
  readonly scheme: string;
  /** An Authorization header that lets one push. */
  pusher(repository: string): string | undefined;
  /** Makes the next token that is handed out worthless. */
  spoilNextToken(): void;
  stop(): Promise<void>;
}

const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const BASIC = `Basic ${Buffer.from(`${READER.username}:${READER.password}`).toString("base64")}`;

/**
 * The behaviour of every registry that this package reads from. It runs against the in-process registry and, end to
 * end, against Debian's docker-registry, so that the first can't become something else than the second.
 */
export function registryContract(mode: Mode, start: () => Promise<ContractRegistry>): void {
  let registry: ContractRegistry;
  const pushed = {} as Record<"one" | "other" | "index" | "docker", Digest>;
  const config = Buffer.from('{"architecture":"amd64","os":"linux"}');

  beforeAll(async () => {
    registry = await start();
    const repository = "images/one";
    await pushBlob(registry, repository, config);
    for (const name of ["one", "other"] as const) {
      const layer = Buffer.from(`the disk called ${name}`);
      await pushBlob(registry, repository, layer);
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: OCI_MANIFEST,
        config: { mediaType: "application/vnd.oci.image.config.v1+json", ...sized(config) },
        layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...sized(layer) }],
      });
      pushed[name] = await pushManifest(registry, repository, name, OCI_MANIFEST, manifest);
    }
    const docker = JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: { mediaType: "application/vnd.docker.container.image.v1+json", ...sized(config) },
      layers: [
        {
          mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
          ...sized(Buffer.from("the disk called one")),
        },
      ],
    });
    for (const blob of [config, Buffer.from("the disk called one")]) await pushBlob(registry, "images/docker", blob);
    pushed.docker = await pushManifest(registry, "images/docker", "docker", DOCKER_MANIFEST, docker);
    const manifests = [pushed.one, pushed.other].map((digest) => ({ mediaType: OCI_MANIFEST, digest, size: 416 }));
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    pushed.index = await pushManifest(registry, repository, "index", OCI_INDEX, index);
    await pushBlob(registry, WITHHELD, config);
    const empty = { mediaType: "application/vnd.oci.image.config.v1+json", ...sized(config) };
    const withheld = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: empty, layers: [] });
    await pushManifest(registry, WITHHELD, "tag", OCI_MANIFEST, withheld);
  });
  afterAll(() => registry.stop());

  const reader: Credential = { kind: "basic", ...READER };
  /** A client with the credential, by default one that may read; `null` for none. */
  const clientWith = (credential: Credential | null = reader): RegistryClient => {
    const credentials = { resolve: async () => credential ?? undefined };
    const client = new RegistryClient({ ...registry.connection, retry: AT_ONCE, credentials });
    closing(() => client.close());
    return client;
  };
  const at = (path: string) => Reference.parse(`oci://${registry.host}/${path}`);
  /** One raw request, with the authorization of the mode. */
  const raw = async (path: string, accept?: string, authorization = authorized(path)) => {
    const url = `${registry.scheme}//${registry.host}${path}`;
    const headers = { ...(accept && { accept }), ...(authorization && { authorization }) };
    const response = await registry.send(url, { headers });
    const body = await response.body.text();
    return { status: response.statusCode, headers: response.headers, body };
  };
  const authorized = (path: string) =>
    mode === "htpasswd" ? BASIC : registry.pusher(/^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1] ?? "");
  const codeOf = (body: string) => (JSON.parse(body) as { errors: { code: string }[] }).errors[0]?.code;

  describe("uploads", () => {
    const large = randomBytes(CHUNK + 1_000_000);
    const descriptor = sized(large);

    test("in chunks: the blob is there, the next upload sends nothing", async () => {
      const { writer } = clientWith();
      const outcome = await writer.putBlob(at("images/uploads"), sourceOf(large));
      expect(outcome).toEqual({ ...descriptor, how: "uploaded" });
      expect(await writer.putBlob(at("images/uploads"), sourceOf(large))).toEqual({ ...descriptor, how: "present" });
    });

    test("a part of a blob is what was asked for", async () => {
      const part = { offset: CHUNK - 5, length: 1_000 };
      const read = await clientWith().getBlobPart(at("images/uploads"), descriptor, part);
      expect(read.equals(large.subarray(part.offset, part.offset + part.length))).toBe(true);
      const beyond = clientWith().getBlobPart(
        at("images/uploads"),
        { ...descriptor, size: 1e9 },
        { offset: 5e8, length: 9 },
      );
      expect(await rejection(beyond)).toMatchObject({ code: "UNEXPECTED_RESPONSE" });
    });

    test("a blob of another repository is linked", async () => {
      const { writer } = clientWith();
      const outcome = await writer.putBlob(at("images/uploads-too"), sourceOf(large), {
        mountFrom: ["images/uploads"],
      });
      expect(outcome).toEqual({ ...descriptor, how: "mounted" });
    });

    test("bytes of another digest are refused", async () => {
      const { writer } = clientWith();
      for (const size of [10, large.length]) {
        const source = { ...sourceOf(randomBytes(size)), known: { digest: digestOf(Buffer.from("others")), size } };
        const refused = await rejection(writer.putBlob(at("images/uploads"), source));
        expect(refused).toMatchObject({ code: "PUSH_REFUSED", registryCode: "DIGEST_INVALID" });
      }
    });

    test("an upload tells how far it has come", async () => {
      const authorization = registry.pusher("images/uploads");
      const headers = { ...(authorization && { authorization }), "content-type": "application/octet-stream" };
      const origin = `${registry.scheme}//${registry.host}`;
      const begun = await registry.send(`${origin}/v2/images/uploads/blobs/uploads/`, { method: "POST", headers });
      await expectStatus(begun, 202);
      const where = (response: { headers: Record<string, unknown> }) =>
        new URL(String(response.headers.location), origin);
      const range = (first: number, last: number) => ({ ...headers, "content-range": `${first}-${last}` });
      const one = await registry.send(where(begun), {
        method: "PATCH",
        headers: range(0, 9),
        body: large.subarray(0, 10),
      });
      await expectStatus(one, 202);
      expect(one.headers.range).toBe("0-9");
      const status = await registry.send(where(one), { headers });
      await expectStatus(status, 204);
      expect(status.headers.range).toBe("0-9");
    });

    test("a manifest and a tag; one that names a blob that is not there is refused", async () => {
      const { writer } = clientWith();
      const body = (digest: Digest) =>
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: OCI_MANIFEST,
            config: { mediaType: "application/vnd.oci.empty.v1+json", digest, size: descriptor.size },
            layers: [],
          }),
        );
      const whole = body(descriptor.digest);
      const digest = digestOf(whole);
      expect(await writer.hasManifest(at("images/uploads"), digest)).toBe(false);
      await writer.putManifest(at("images/uploads").withDigest(digest), OCI_MANIFEST, whole);
      expect(await writer.hasManifest(at("images/uploads"), digest)).toBe(true);
      await writer.putManifest(at("images/uploads:pushed"), OCI_MANIFEST, whole);
      expect((await clientWith().getManifest(at("images/uploads:pushed"))).digest).toBe(digest);
      const refused = writer.putManifest(at("images/uploads:not"), OCI_MANIFEST, body(digestOf(Buffer.from("no"))));
      expect(await rejection(refused)).toMatchObject({ code: "PUSH_REFUSED", status: expect.any(Number) });
    });
  });

  describe("manifests", () => {
    test("by tag and by digest: the same bytes, with their digest and media type", async () => {
      const client = clientWith();
      const byTag = await client.getManifest(at("images/one:one"));
      expect(byTag).toMatchObject({ digest: pushed.one, mediaType: OCI_MANIFEST, content: { schemaVersion: 2 } });
      expect(await client.getManifest(at(`images/one@${pushed.one}`))).toEqual(byTag);
    });

    test("an index comes as an index", async () => {
      const { digest, mediaType, content } = await clientWith().getManifest(at("images/one:index"));
      expect({ digest, mediaType }).toEqual({ digest: pushed.index, mediaType: OCI_INDEX });
      expect(content.manifests).toHaveLength(2);
    });

    test("Docker's manifest is sent for its digest, as requested by Ironic", async () => {
      const manifest = await raw(`/v2/images/docker/manifests/${pushed.docker}`, OCI_MANIFEST);
      expect([manifest.status, manifest.headers["content-type"]]).toEqual([200, DOCKER_MANIFEST]);
      const accept = [OCI_MANIFEST];
      const { digest, content } = await clientWith().getManifest(at(`images/docker@${pushed.docker}`), { accept });
      expect([digest, content.mediaType]).toEqual([pushed.docker, DOCKER_MANIFEST]);
    });

    test("an index is 404 for clients that do not accept one, and so is a manifest", async () => {
      const index = await raw("/v2/images/one/manifests/index", OCI_MANIFEST);
      expect([index.status, codeOf(index.body)]).toEqual([404, "MANIFEST_UNKNOWN"]);
      const manifest = await raw("/v2/images/one/manifests/one", OCI_INDEX);
      expect([manifest.status, codeOf(manifest.body)]).toEqual([404, "MANIFEST_UNKNOWN"]);
    });

    test("the response's headers have digest, type and length", async () => {
      const { status, headers, body } = await raw(`/v2/images/one/manifests/${pushed.one}`, OCI_MANIFEST);
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "docker-content-digest": pushed.one,
        "content-type": OCI_MANIFEST,
        "content-length": String(Buffer.byteLength(body)),
      });
      expect(digestOf(Buffer.from(body))).toBe(pushed.one);
    });

    test.each([
      ["a tag", "images/one:none", "TAG_NOT_FOUND", /^MANIFEST_UNKNOWN$/],
      ["a digest", `images/one@sha256:${"0".repeat(64)}`, "MANIFEST_NOT_FOUND", /^MANIFEST_UNKNOWN$/],
      // Here the specification leaves a choice, and registries make it differently.
      ["a repository", "images/none:tag", "TAG_NOT_FOUND", /^(MANIFEST|NAME)_UNKNOWN$/],
    ])("%s that is not there", async (_what, path, code, registryCode) => {
      const error = await rejection(clientWith().getManifest(at(path)));
      expect(error).toMatchObject({ code, status: 404, registryCode: expect.stringMatching(registryCode) });
    });
  });

  describe("blobs", () => {
    test("come whole, and are checked", async () => {
      const client = clientWith();
      expect(await client.getBlob(at("images/one"), sized(config), { maxBytes: 1000 })).toEqual(config);
      const error = await rejection(
        client.getBlob(at("images/one"), { digest: sized(config).digest, size: 1 }, { maxBytes: 1000 }),
      );
      expect(error).toMatchObject({ code: "DIGEST_MISMATCH" });
    });

    test("one that is not there", async () => {
      const digest = digestOf(Buffer.from("never pushed"));
      const error = await rejection(clientWith().getBlob(at("images/one"), { digest }, { maxBytes: 1000 }));
      expect(error).toMatchObject({ code: "MANIFEST_NOT_FOUND", status: 404, registryCode: "BLOB_UNKNOWN" });
    });
  });

  describe("tags", () => {
    // In no order, and in one page: docker-registry 2.8 sorts nothing and does not know `n`.
    test("all of them", async () => {
      const tags = await clientWith().listTags(at("images/one"));
      expect(tags.sort()).toEqual(["index", "one", "other"]);
    });

    test("of a repository that is not there", async () => {
      const error = await rejection(clientWith().listTags(at("images/none")));
      expect(error).toMatchObject({ code: "MANIFEST_NOT_FOUND", status: 404, registryCode: "NAME_UNKNOWN" });
    });
  });

  test("/v2/ and a repository send challenges", async () => {
    for (const path of ["/v2/", "/v2/images/one/manifests/one"]) {
      const { status, headers, body } = await raw(path, OCI_MANIFEST, "");
      if (mode === "open") {
        expect(status).toBe(200);
        continue;
      }
      expect([status, codeOf(body)]).toEqual([401, "UNAUTHORIZED"]);
      const [challenge, ...more] = parseChallenges(String(headers["www-authenticate"]));
      expect(more).toEqual([]);
      expect(challenge?.scheme).toBe(mode === "token" ? "bearer" : "basic");
      expect(challenge?.parameters.get("realm")).toMatch(
        mode === "token" ? /^https?:\/\/127\.0\.0\.1:\d+\/token$/ : /./,
      );
      if (mode === "htpasswd") continue;
      expect(challenge?.parameters.get("service")).toMatch(/./);
      expect(challenge?.parameters.get("scope")).toBe(path === "/v2/" ? undefined : "repository:images/one:pull");
      const { headers: again } = await raw(path, OCI_MANIFEST, "Bearer worthless");
      const renewed = parseChallenges(String(again["www-authenticate"]))[0];
      expect(renewed?.parameters.get("error")).toBe("invalid_token");
    }
  });

  if (mode !== "open") {
    test.each([
      ["without credentials", null],
      ["with a wrong password", { kind: "basic", username: READER.username, password: "wrong" }],
      ["as somebody else", { kind: "basic", username: "nobody", password: READER.password }],
    ] as const)("nothing is to be had %s", async (_what, credential) => {
      const client = clientWith(credential);
      const refused = { code: "AUTHENTICATION_FAILED", status: 401 };
      expect(await rejection(client.getManifest(at("images/one:one")))).toMatchObject(refused);
      expect(await rejection(client.listTags(at("images/one")))).toMatchObject(refused);
    });
  }

  if (mode === "token") {
    test("a repository without a granted scope: the error names both possible causes", async () => {
      const error = await rejection(clientWith().getManifest(at(`${WITHHELD}:tag`)));
      expect(error).toMatchObject({ code: "AUTHENTICATION_FAILED", status: 401, registryCode: "UNAUTHORIZED" });
      expect(error.message).toContain("refused the credentials, or has no such repository");
    });

    test("a refresh token is exchanged for others", async () => {
      const client = clientWith({ kind: "identityToken", token: REFRESH_TOKEN });
      expect((await client.getManifest(at("images/one:one"))).digest).toBe(pushed.one);
      const wrong = clientWith({ kind: "identityToken", token: "another" });
      expect(await rejection(wrong.getManifest(at("images/one:one")))).toMatchObject({ code: "AUTHENTICATION_FAILED" });
    });

    test("a token that turns out worthless is replaced", async () => {
      const client = clientWith();
      registry.spoilNextToken();
      expect((await client.getManifest(at("images/one:one"))).digest).toBe(pushed.one);
    });
  }
}

function sized(bytes: Uint8Array): { readonly digest: Digest; readonly size: number } {
  return { digest: digestOf(bytes), size: bytes.length };
}

/** Distribution-spec, "Pushing a blob monolithically": POST, then PUT. */
async function pushBlob(registry: ContractRegistry, repository: string, bytes: Buffer): Promise<void> {
  const origin = `${registry.scheme}//${registry.host}`;
  const headers = authorizationOf(registry, repository);
  const begun = await registry.send(`${origin}/v2/${repository}/blobs/uploads/`, { method: "POST", headers });
  await expectStatus(begun, 202);
  const url = new URL(String(begun.headers.location), origin);
  url.searchParams.set("digest", digestOf(bytes));
  const put = {
    method: "PUT",
    headers: { ...headers, "content-type": "application/octet-stream" },
    body: bytes,
  } as const;
  await expectStatus(await registry.send(url, put), 201);
}

async function pushManifest(
  registry: ContractRegistry,
  repository: string,
  tag: string,
  mediaType: string,
  body: string,
): Promise<Digest> {
  const url = `${registry.scheme}//${registry.host}/v2/${repository}/manifests/${tag}`;
  const headers = { ...authorizationOf(registry, repository), "content-type": mediaType };
  const put = await registry.send(url, { method: "PUT", headers, body });
  await expectStatus(put, 201);
  const digest = digestOf(Buffer.from(body));
  expect(put.headers["docker-content-digest"]).toBe(digest);
  return digest;
}

function authorizationOf(registry: ContractRegistry, repository: string): { readonly authorization?: string } {
  const authorization = registry.pusher(repository);
  return authorization === undefined ? {} : { authorization };
}

async function expectStatus({ statusCode, body }: Awaited<ReturnType<typeof request>>, status: number): Promise<void> {
  const text = await body.text();
  if (statusCode !== status) throw new Error(`expected ${status}, got ${statusCode}: ${text}`);
}
