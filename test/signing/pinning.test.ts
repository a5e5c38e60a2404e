import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LockMode, type PinQuery, pinAll, readLockFile } from "../../src/lock";
import { OCI_MANIFEST } from "../../src/registry";
import { OciResolver } from "../../src/resolver";
import type { PolicyRules } from "../../src/signing";
import { expectKey } from "../../src/signing/signer";
import { faults, type InProcessRegistry, pushIndex } from "../../src/testing/registry";
import { closing } from "../registry/support";
import { keyPair, signBy, statementOf } from "../support/sigstore";
import { attach, publicPem, serveImages } from "./support";

const keys = keyPair();
const pem = publicPem(keys);
const signed: PolicyRules = { rules: [{ repositories: ["*"], signedBy: [{ key: pem }] }] };
const key = expectKey(pem).fingerprint;

let path: string;
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), "ironic-oci-pinning-"));
  path = join(folder, "ironic-oci.lock.json");
  closing(async () => rmSync(folder, { recursive: true }));
});
const text = () => readFileSync(path, "utf8");

async function images() {
  const { registry, one, other } = await serveImages();
  const query = (image: typeof one): PinQuery => ({
    reference: image.reference,
    role: "image",
    architecture: "x86_64",
    profile: "ironic-34",
  });
  const sign = (image: typeof one) => {
    const { repository } = image.reference;
    attach(registry, repository, image.tagDigest, signBy(keys, statementOf(image.tagDigest)));
  };
  return { registry, one, other, query, sign };
}

async function pin(
  registry: InProcessRegistry,
  queries: readonly PinQuery[],
  { mode = "prefer", policy }: { readonly mode?: LockMode; readonly policy?: PolicyRules } = {},
) {
  const resolver = new OciResolver({ plainHttp: [registry.host], credentials: {}, policy });
  try {
    const { failures, find } = await pinAll(queries, { path, mode, resolver });
    return { codes: failures.map(({ error }) => (error as { code?: string }).code), find };
  } finally {
    await resolver.close();
  }
}

test("a signed image is pinned with its verdict, and an unsigned one is not pinned", async () => {
  const { registry, one, other, query, sign } = await images();
  sign(one);
  const { codes, find } = await pin(registry, [query(one), query(other)], { policy: signed });
  expect(codes).toEqual(["SIGNATURE_UNVERIFIED"]);
  expect(find(query(one))?.verified).toMatchObject({ digest: one.tagDigest, key });
  expect(find(query(other))).toBeUndefined();
  expect(text()).toContain(`"verified": { "digest": "${one.tagDigest}", "of": "index", "key": "${key}", "at": "`);
  expect(text()).not.toContain("disks/other");
});

test("the lock file is the same, byte for byte, without a policy and for an exempted repository", async () => {
  const { registry, one, query } = await images();
  await pin(registry, [query(one)]);
  const without = text();
  expect(without).not.toContain("verified");
  rmSync(path);
  await pin(registry, [query(one)], { policy: { rules: [{ repositories: ["*"], unsigned: true }] } });
  expect(text()).toBe(without);
});

test("a locked pin without a verdict is verified where a policy comes later, and keeps its digest", async () => {
  const { registry, one, query, sign } = await images();
  await pin(registry, [query(one)]);
  const before = readLockFile(path).find(query(one));
  expect((await pin(registry, [query(one)], { policy: signed })).codes).toEqual(["SIGNATURE_UNVERIFIED"]);
  expect(readLockFile(path).find(query(one))).toEqual(before);
  sign(one);
  expect((await pin(registry, [query(one)], { policy: signed })).codes).toEqual([]);
  expect(readLockFile(path).find(query(one))).toEqual({ ...before, verified: expect.objectContaining({ key }) });
});

test("a verified pin is taken from the lock file without a request, in both modes", async () => {
  const { registry, one, query, sign } = await images();
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  const locked = text();
  registry.requests.length = 0;
  for (const mode of ["prefer", "frozen"] as const) {
    const { codes, find } = await pin(registry, [query(one)], { mode, policy: signed });
    expect(codes).toEqual([]);
    expect(find(query(one))?.verified).toMatchObject({ key });
  }
  expect(registry.requests).toEqual([]);
  expect(text()).toBe(locked);
});

test("frozen: a pin without a verdict, or with one of another signer, is an error without a request", async () => {
  const { registry, one, query, sign } = await images();
  await pin(registry, [query(one)]);
  registry.requests.length = 0;
  const frozen = (policy: PolicyRules) => pin(registry, [query(one)], { mode: "frozen", policy });
  expect((await frozen(signed)).codes).toEqual(["LOCKED_UNVERIFIED"]);
  expect((await frozen({ rules: [{ repositories: ["*"], deny: true }] })).codes).toEqual(["IMAGE_DENIED"]);
  expect(registry.requests).toEqual([]);
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  const others: PolicyRules = { rules: [{ repositories: ["*"], signedBy: [{ key: publicPem(keyPair()) }] }] };
  expect((await frozen(others)).codes).toEqual(["LOCKED_UNVERIFIED"]);
  expect((await pin(registry, [query(one)], { policy: others })).codes).toEqual(["SIGNATURE_UNVERIFIED"]);
});

test("a registry that can't be read does not make an unverified pin good", async () => {
  const { registry, one, query } = await images();
  await pin(registry, [query(one)]);
  registry.intercept = faults.status(403);
  const { codes } = await pin(registry, [query(one)], { policy: signed });
  expect(codes).toEqual(["AUTHENTICATION_FAILED"]);
});

test("update: the same verdict keeps its line; a tag that moved to an unsigned image keeps its pin, and is an error", async () => {
  const { registry, one, other, query, sign } = await images();
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  writeFileSync(path, text().replace(/"at": "[^"]*"/, '"at": "2020-01-01T00:00:00Z"'));
  const earlier = text();
  expect((await pin(registry, [query(one)], { mode: "update", policy: signed })).codes).toEqual([]);
  expect(text()).toBe(earlier);

  const moved = registry.store.find("disks/other")?.manifests;
  for (const [digest, manifest] of moved ?? []) registry.store.repository("disks/one").manifests.set(digest, manifest);
  registry.store.tag("disks/one", "v1", other.tagDigest);
  expect((await pin(registry, [query(one)], { mode: "update", policy: signed })).codes).toEqual([
    "SIGNATURE_UNVERIFIED",
  ]);
  expect(text()).toBe(earlier);
});

test("a lock file of an earlier version is valid in mode frozen, and update completes its verdict", async () => {
  const { registry, one, query, sign } = await images();
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  const older = text().replace(/"of": "index", /, "");
  expect(older).not.toBe(text());
  writeFileSync(path, older);
  const requests = registry.requests.length;
  expect(await pin(registry, [query(one)], { mode: "frozen", policy: signed })).toMatchObject({ codes: [] });
  expect(await pin(registry, [query(one)], { policy: signed })).toMatchObject({ codes: [] });
  expect(registry.requests).toHaveLength(requests);
  expect(text()).toBe(older);
  await pin(registry, [query(one)], { mode: "update", policy: signed });
  expect(readLockFile(path).find(query(one))?.verified).toMatchObject({ digest: one.tagDigest, of: "index" });
});

test("update without a policy: the verdict stays with the image that it is about, and no longer", async () => {
  const { registry, one, query, sign } = await images();
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  const earlier = text();
  await pin(registry, [query(one)], { mode: "update" });
  expect(text()).toBe(earlier);
  expect((await pin(registry, [query(one)], { mode: "frozen", policy: signed })).codes).toEqual([]);

  // Another index of the same manifest: the verdict is about the earlier index.
  const { store } = registry;
  const manifest = store.find("disks/one")?.manifests.get(one.digest);
  const moved = { digest: one.digest, size: manifest?.bytes.length ?? 0, mediaType: OCI_MANIFEST };
  pushIndex(store, "disks/one", "v1", [
    { ...moved, architecture: "x86_64" },
    { ...moved, architecture: "aarch64" },
  ]);
  await pin(registry, [query(one)], { mode: "update" });
  expect(readLockFile(path).find(query(one))).toMatchObject({ digest: one.digest });
  expect(text()).not.toContain("verified");
});

test("lines of two branches, one of which was verified, merge to the verified one", async () => {
  const { registry, one, query, sign } = await images();
  await pin(registry, [query(one)]);
  const line = text()
    .split("\n")
    .find((each) => each.startsWith("{ "));
  sign(one);
  await pin(registry, [query(one)], { policy: signed });
  writeFileSync(path, text().replace('"locked": [\n', `"locked": [\n${line}\n`));
  expect(readLockFile(path).find(query(one))?.verified).toMatchObject({ key });
});

test("nodes that get one manifest share its verification", async () => {
  const { registry, one, query, sign } = await images();
  sign(one);
  const queries = [undefined, "local", "http"].map((imageDownloadSource) => ({ ...query(one), imageDownloadSource }));
  expect((await pin(registry, queries, { policy: signed })).codes).toEqual([]);
  expect(registry.log.filter((line) => line.includes("/referrers/"))).toHaveLength(1);
});
