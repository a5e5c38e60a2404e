import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Reference } from "../../src/reference";
import { OCI_INDEX, referrersTag } from "../../src/registry";
import { expectKey, readSigningKey, type SignatureTarget, signInRegistry, verifyImage } from "../../src/signing";
import type { InProcessRegistry } from "../../src/testing/registry";
import { clientFor, rejection } from "../registry/support";
import { keyPair, signBy, statementOf } from "../support/sigstore";
import type { Recorded } from "./recorded";
import { attach, publicPem, serveImages } from "./support";

const PATH = join(__dirname, "..", "fixtures", "signing", "cosign-3.1.json");
const { privateKey, publicKey, password } = JSON.parse(readFileSync(PATH, "utf8")) as Recorded;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-sign-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function keyFile(text: string): string {
  const path = join(folder, "cosign.key");
  writeFileSync(path, text);
  return path;
}

/** The encrypted key with changes of its JSON. */
function changed(change: (content: Record<string, Record<string, unknown>>) => void): string {
  const [, base64 = ""] = /-----\n([\s\S]*)-----END/.exec(privateKey) ?? [];
  const content = JSON.parse(Buffer.from(base64, "base64").toString()) as Record<string, Record<string, unknown>>;
  change(content);
  const encoded = Buffer.from(JSON.stringify(content)).toString("base64");
  return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${encoded}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;
}

const target = (registry: InProcessRegistry): SignatureTarget => ({
  putBlob: async ({ repository }, bytes) => registry.store.putBlob(repository, bytes),
  putManifest: async ({ repository, digest, tag }, mediaType, bytes) =>
    registry.store.putManifest(repository, mediaType, bytes, digest === undefined ? tag : undefined),
});

test("the key pair of the real cosign is read, with the password of COSIGN_PASSWORD", async () => {
  const key = await readSigningKey(keyFile(privateKey), { COSIGN_PASSWORD: password });
  expect(key.fingerprint).toBe(expectKey(publicKey).fingerprint);
});

test("a private key that cosign has not encrypted: the error says how to import it", async () => {
  const text = keyPair().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const error = await rejection(readSigningKey(keyFile(text), { COSIGN_PASSWORD: password }));
  expect(error).toMatchObject({ code: "SIGNING_FILE", hint: expect.stringContaining("cosign import-key-pair --key") });
  expect(JSON.stringify(error)).not.toContain(text.slice(60, 90));
});

test.each([
  ["a wrong password", privateKey, "wrong", "can't be decrypted"],
  ["an empty password", privateKey, "", "can't be decrypted"],
  ["no password", privateKey, undefined, "there is no password"],
  ["a public key", publicKey, password, "is not a private key of cosign"],
  ["a damaged box", changed((content) => Object.assign(content, { ciphertext: "AAAA" })), password, "decrypted"],
  ["another cipher", changed(({ cipher }) => Object.assign(cipher ?? {}, { name: "aes" })), password, "not known"],
  ["too much work", changed(({ kdf }) => Object.assign(kdf?.params ?? {}, { N: 2 ** 30 })), password, "not known"],
  ["no work", changed(({ kdf }) => Object.assign(kdf?.params ?? {}, { N: "65536" })), password, "not known"],
  [
    "N that is no power of two",
    changed(({ kdf }) => Object.assign(kdf?.params ?? {}, { N: 65_535 })),
    password,
    "decrypted",
  ],
  ["no JSON", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n-----END", password, "not known"],
])("%s is an error that quotes neither key nor password", async (_name, text, given, message) => {
  const error = await rejection(readSigningKey(keyFile(text), { COSIGN_PASSWORD: given }));
  expect(error).toMatchObject({ code: "SIGNING_FILE", message: expect.stringContaining(message) });
  const shown = JSON.stringify([error.message, error.hint, error.cause]);
  expect(shown).not.toContain(password);
  expect(shown).not.toContain(text.slice(60, 90) || text);
});

describe("signing", () => {
  const signer = keyPair();
  const key = { ...signer, fingerprint: expectKey(publicPem(signer)).fingerprint };
  const expected = [expectKey(publicPem(signer))];

  async function setUp(api: boolean) {
    const { registry, one } = await serveImages();
    if (!api) {
      registry.intercept = (request, response) => {
        if (!request.url?.includes("/referrers/")) return false;
        response.writeHead(404).end();
        return true;
      };
    }
    const size = registry.store.find("disks/one")?.manifests.get(one.tagDigest)?.bytes.length ?? 0;
    const toSign = { mediaType: OCI_INDEX, digest: one.tagDigest, size };
    const client = clientFor(registry);
    return { registry, one, client, sign: () => signInRegistry(client, target(registry), key, one.reference, toSign) };
  }

  test.each([true, false])("is verified afterwards, and done once; with a referrers API: %p", async (api) => {
    const { registry, one, client, sign } = await setUp(api);
    const before = registry.store.find("disks/one")?.manifests.size ?? 0;
    expect(await sign()).toBe(true);
    expect(await verifyImage(client, one, { expected })).toEqual({
      digest: one.tagDigest,
      signer: { key: key.fingerprint },
    });
    expect(registry.store.find("disks/one")?.tags.has(referrersTag(one.tagDigest))).toBe(!api);
    const after = registry.store.find("disks/one")?.manifests.size ?? 0;
    expect(after).toBeGreaterThan(before);
    expect(await sign()).toBe(false);
    expect(registry.store.find("disks/one")?.manifests.size).toBe(after);
  });

  test("at the fallback tag, other referrers stay", async () => {
    const { registry, one, client, sign } = await setUp(false);
    const other = keyPair();
    const digest = attach(registry, "disks/one", one.tagDigest, signBy(other, statementOf(one.tagDigest)));
    const size = registry.store.find("disks/one")?.manifests.get(digest)?.bytes.length;
    const manifests = [{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size }];
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
    registry.store.putManifest("disks/one", OCI_INDEX, index, referrersTag(one.tagDigest));
    await sign();
    for (const pair of [other, signer]) {
      const by = expectKey(publicPem(pair));
      expect(await verifyImage(client, one, { expected: [by] })).toMatchObject({ signer: { key: by.fingerprint } });
    }
  });

  test("the signature names the repository: it does not count for a copy in another one", async () => {
    const { registry, one, client, sign } = await setUp(true);
    await sign();
    const [from, to] = [registry.store.repository("disks/one"), registry.store.repository("disks/copy")];
    for (const [digest, manifest] of from.manifests) to.manifests.set(digest, manifest);
    for (const [digest, blob] of from.blobs) to.blobs.set(digest, blob);
    const copy = { ...one, reference: Reference.parse(one.reference.toString().replace("disks/one", "disks/copy")) };
    const error = await rejection(verifyImage(client, copy, { expected }));
    expect(error.message).toContain(`it is a signature for the repository ${one.reference.name}`);
    const signedFor = [one.reference.name];
    expect(await verifyImage(client, copy, { expected, signedFor })).toMatchObject({ digest: one.tagDigest });
  });
});
