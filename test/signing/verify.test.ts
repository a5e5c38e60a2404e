import { sign } from "node:crypto";
import { type Digest, Reference } from "../../src/reference";
import {
  describeSigner,
  type Expected,
  expectIdentity,
  expectKey,
  type ImageToVerify,
  type VerifyOptions,
  verifyImage,
} from "../../src/signing";
import { PUBLIC_GOOD_ROOT } from "../../src/signing/public-good-root";
import { faults, type InProcessRegistry } from "../../src/testing/registry";
import { clientFor, rejection } from "../registry/support";
import { type Bundle, canonical, keyPair, pem, Sigstore, sha256, signBy, statementOf } from "../support/sigstore";
import { attach, attachOlder, publicPem, rootFile, serveImages, simpleSigning } from "./support";

const ALICE = { identity: "alice@example.com", issuer: "https://accounts.example" } as const;
const sigstore = new Sigstore();
const trustedRoot = rootFile(sigstore.trustedRoot());
const alice = expectIdentity(ALICE.identity, ALICE.issuer, trustedRoot);
const keys = keyPair();
const key = expectKey(publicPem(keys));

function verify(
  registry: InProcessRegistry,
  image: ImageToVerify,
  expected: readonly Expected[],
  options: Partial<VerifyOptions> = {},
) {
  return verifyImage(clientFor(registry), image, { expected, ...options });
}

/** The error of an image that is not verified, with the reason against its only signature. */
async function refusal(registry: InProcessRegistry, image: ImageToVerify, expected: readonly Expected[], options = {}) {
  const error = await rejection(verify(registry, image, expected, options));
  expect(error).toMatchObject({ code: "SIGNATURE_UNVERIFIED" });
  return error as unknown as { message: string; hint: string; found: readonly { signer?: string; reason: string }[] };
}

async function reasonAgainst(bundle: Bundle | string, expected: Expected, changes = {}): Promise<string> {
  const { registry, one } = await serveImages();
  attach(registry, "disks/one", one.tagDigest, bundle, changes);
  const { found } = await refusal(registry, one, [expected]);
  expect(found).toHaveLength(1);
  return found[0]?.reason ?? "";
}

/** A statement about `disks/one`'s index in the registry of a test, which has the same bytes in each. */
async function digests() {
  const { one, other } = await serveImages();
  return { index: one.tagDigest, manifest: one.digest, otherIndex: other.tagDigest };
}

describe("a signature of the index, or of the manifest, counts", () => {
  test.each(["tagDigest", "digest"] as const)("by a key, of the %s", async (which) => {
    const { registry, one } = await serveImages();
    attach(registry, "disks/one", one[which], signBy(keys, statementOf(one[which])));
    expect(await verify(registry, one, [alice, key])).toEqual({ digest: one[which], signer: { key: key.fingerprint } });
  });

  test.each(["tagDigest", "digest"] as const)("by an identity, of the %s", async (which) => {
    const { registry, one } = await serveImages();
    attach(registry, "disks/one", one[which], sigstore.signAs(ALICE, statementOf(one[which])));
    expect(await verify(registry, one, [key, alice])).toEqual({ digest: one[which], signer: ALICE, trustedRoot });
  });

  test("in the older form, by a key and by an identity", async () => {
    const { registry, one, other } = await serveImages();
    const payload = simpleSigning(one.tagDigest, `${registry.host}/disks/one`);
    const signature = sign("sha256", Buffer.from(payload), keys.privateKey).toString("base64");
    attachOlder(registry, "disks/one", one.tagDigest, payload, { "dev.cosignproject.cosign/signature": signature });
    expect(await verify(registry, one, [key])).toEqual({ digest: one.tagDigest, signer: { key: key.fingerprint } });

    const second = simpleSigning(other.tagDigest, `${registry.host}/disks/other`);
    attachOlder(registry, "disks/other", other.tagDigest, second, olderByAlice(second));
    expect(await verify(registry, other, [alice])).toMatchObject({ digest: other.tagDigest, signer: ALICE });
  });

  test("among others that do not", async () => {
    const { registry, one } = await serveImages();
    attach(registry, "disks/one", one.tagDigest, signBy(keyPair(), statementOf(one.tagDigest)));
    attach(registry, "disks/one", one.tagDigest, "not a bundle");
    attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
    expect(await verify(registry, one, [key])).toMatchObject({ signer: { key: key.fingerprint } });
  });

  test("by an identity of a pattern, and of no other one", async () => {
    const { registry, one } = await serveImages();
    const identity = "https://git.example/team/disks/.github/workflows/release.yml@refs/tags/v1.2";
    attach(registry, "disks/one", one.tagDigest, sigstore.signAs({ ...ALICE, identity }, statementOf(one.tagDigest)));
    const pattern = (text: string) => expectIdentity(text, ALICE.issuer, trustedRoot);
    const workflow = "https://git.example/team/disks/.github/workflows/release.yml@refs/tags/*";
    expect(await verify(registry, one, [pattern(workflow)])).toMatchObject({ signer: { identity } });
    const { found } = await refusal(registry, one, [pattern("https://git.example/team/other/*")]);
    expect(found).toMatchObject([{ signer: identity, reason: "another signer" }]);
  });
});

/** The annotations of an older signature by an identity. */
function olderByAlice(payload: string, changes: { readonly at?: Date; readonly body?: string } = {}) {
  const signer = keyPair();
  const certificate = pem(sigstore.certificate({ ...ALICE, publicKey: signer.publicKey }));
  const signature = sign("sha256", Buffer.from(payload), signer.privateKey).toString("base64");
  const entry = sigstore.enter(
    "hashedrekord",
    {
      data: { hash: { algorithm: "sha256", value: sha256(Buffer.from(changes.body ?? payload)).toString("hex") } },
      signature: { content: signature, publicKey: { content: Buffer.from(certificate).toString("base64") } },
    },
    changes.at,
  );
  const bundle = {
    SignedEntryTimestamp: entry.signedEntryTimestamp.toString("base64"),
    Payload: {
      body: entry.body.toString("base64"),
      integratedTime: entry.integratedTime,
      logIndex: 0,
      logID: sigstore.logId.toString("hex"),
    },
  };
  return {
    "dev.cosignproject.cosign/signature": signature,
    "dev.sigstore.cosign/certificate": certificate,
    "dev.sigstore.cosign/chain": pem(sigstore.root),
    "dev.sigstore.cosign/bundle": JSON.stringify(bundle),
  };
}

describe("an image without a signature", () => {
  test("is refused, with who has to sign it, and how", async () => {
    const { registry, one } = await serveImages();
    const { message, hint, found } = await refusal(registry, one, [key, alice]);
    expect(found).toEqual([]);
    expect(message).toBe(
      [
        `${one.reference} has no signature`,
        `  expected: key ${key.fingerprint}, or alice@example.com (issuer https://accounts.example, by root.json)`,
        `  looked for at: ${one.tagDigest} and ${one.digest}`,
      ].join("\n"),
    );
    expect(hint).toContain(`cosign sign --key cosign.key ${registry.host}/disks/one@${one.tagDigest}`);
  });

  test("is not one whose registry fails: that is another error", async () => {
    const { registry, one } = await serveImages();
    registry.intercept = (request, response) =>
      request.url?.includes("/referrers/") && faults.status(503)(request, response);
    expect(await rejection(verify(registry, one, [key]))).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  });
});

describe("attacks with bundles by a key", () => {
  test("another key's", async () => {
    const { index } = await digests();
    expect(await reasonAgainst(signBy(keyPair(), statementOf(index)), key)).toBe("it is by another key");
  });

  test("another key's, with the hint of the expected one", async () => {
    const { index } = await digests();
    const { verificationMaterial } = signBy(keys, {});
    const bundle = { ...signBy(keyPair(), statementOf(index)), verificationMaterial };
    expect(await reasonAgainst(bundle, key)).toBe("signature verification failed");
  });

  test("of another digest: a bundle that was swapped", async () => {
    const { otherIndex } = await digests();
    const reason = await reasonAgainst(signBy(keys, statementOf(otherIndex)), key);
    expect(reason).toBe(`it is a signature of ${otherIndex}`);
  });

  test("with another payload under the same signature", async () => {
    const { index, otherIndex } = await digests();
    const bundle = signBy(keys, statementOf(otherIndex));
    const { payload } = signBy(keys, statementOf(index)).dsseEnvelope;
    const changed = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } };
    expect(await reasonAgainst(changed, key)).toBe("signature verification failed");
  });

  test("of the same digest for another repository, where the statement names one", async () => {
    const { registry, one } = await serveImages();
    const subject = [{ name: "registry.example/scratch/one", digest: { sha256: one.tagDigest.slice(7) } }];
    attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest, { subject })));
    const { found } = await refusal(registry, one, [key]);
    expect(found[0]?.reason).toBe("it is a signature for the repository registry.example/scratch/one");
    const signedFor = ["registry.example/scratch/*"];
    expect(await verify(registry, one, [key], { signedFor })).toMatchObject({ digest: one.tagDigest });
  });

  test("of the same repository by another spelling: as cosign names Docker Hub", async () => {
    const { registry, one } = await serveImages();
    const client = clientFor(registry, { mirrors: { "docker.io": registry.host } });
    const subject = [{ name: "index.docker.io/disks/one", digest: { sha256: one.tagDigest.slice(7) } }];
    attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest, { subject })));
    const image = { ...one, reference: Reference.parse("oci://docker.io/disks/one:v1") };
    expect(await verifyImage(client, image, { expected: [key] })).toMatchObject({ digest: one.tagDigest });
  });

  test.each([
    [
      "an attestation",
      { predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1" },
      "attestation of another kind",
    ],
    ["a statement of another version", { _type: "https://in-toto.io/Statement/v0.1" }, "not an in-toto statement"],
    ["no subject", { subject: [] }, "a signature of no digest"],
    ["a subject that is no list", { subject: "all" }, "a signature of no digest"],
    ["a subject without a digest", { subject: [null, {}] }, "a signature of no digest"],
  ])("%s in place of a signature", async (_name, changes, reason) => {
    const { index } = await digests();
    expect(await reasonAgainst(signBy(keys, statementOf(index, changes)), key)).toContain(reason);
  });

  test("a statement about two repositories, one of which is the image's", async () => {
    const { registry, one } = await serveImages();
    const names = [one.reference.name, "registry.example/scratch/one"];
    const subject = names.map((name) => ({ name, digest: { sha256: one.tagDigest.slice(7) } }));
    attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest, { subject })));
    expect((await refusal(registry, one, [key])).found[0]?.reason).toContain("about several repositories");
  });

  test("an index that does not list the manifest", async () => {
    const { registry, one, other } = await serveImages();
    attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
    const { found } = await refusal(registry, { ...one, digest: other.digest }, [key]);
    expect(found[0]?.reason).toBe(`it is of the index ${one.tagDigest}, which does not list ${other.digest}`);
  });
});

describe("a list of referrers that lies", () => {
  test("with a bundle whose subject is another manifest", async () => {
    const { registry, one, other } = await serveImages();
    const bundle = signBy(keys, statementOf(one.tagDigest));
    const digest = attach(registry, "disks/one", other.tagDigest, bundle);
    const manifest = registry.store.find("disks/one")?.manifests.get(digest);
    const entry = { mediaType: manifest?.mediaType, digest, size: manifest?.bytes.length };
    const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [entry] };
    registry.intercept = (request, response) =>
      request.url?.includes("/referrers/") &&
      faults.replaceBody(JSON.stringify(index), { "content-type": index.mediaType })(request, response);
    const { found } = await refusal(registry, one, [key]);
    expect(found[0]?.reason).toBe("the registry lists it for another manifest than it was made for");
  });

  test("with other bytes than those of the digest", async () => {
    const { registry, one } = await serveImages();
    const digest = attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
    registry.intercept = (request, response) =>
      request.url?.endsWith(digest) &&
      faults.replaceBody("{}", { "content-type": "application/json" })(request, response);
    expect((await refusal(registry, one, [key])).found[0]?.reason).toContain("the manifest's bytes have sha256:");
  });

  test("with a manifest that is not there", async () => {
    const { registry, one } = await serveImages();
    const digest = attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
    registry.intercept = (request, response) => request.url?.endsWith(digest) && faults.status(404)(request, response);
    expect((await refusal(registry, one, [key])).found[0]?.reason).toContain("does not have this digest");
  });

  test("with a bundle that is too large", async () => {
    expect(await reasonAgainst(`{${" ".repeat(300_000)}}`, key)).toContain("exceeds the limit");
  });

  test("without end: sixty-four are read", async () => {
    const { registry, one } = await serveImages();
    for (let number = 0; number < 70; number += 1) {
      attach(registry, "disks/one", one.tagDigest, "no bundle", { annotations: { number: String(number) } });
    }
    const { found } = await refusal(registry, one, [key]);
    expect(found).toHaveLength(65);
    expect(found.at(-1)?.reason).toContain("more than 64 signatures");
    expect(registry.log.filter((line) => line.includes("/blobs/"))).toHaveLength(64);
  });

  test("with referrers of other kinds, which are no signatures, and are not read", async () => {
    const { registry, one } = await serveImages();
    attach(registry, "disks/one", one.tagDigest, "{}", { artifactType: "application/spdx+json" });
    const annotations = { "dev.sigstore.bundle.predicateType": "https://slsa.dev/provenance/v1" };
    attach(registry, "disks/one", one.tagDigest, "{}", { annotations });
    expect((await refusal(registry, one, [key])).found).toEqual([]);
    expect(registry.log.filter((line) => line.includes("/blobs/"))).toEqual([]);
  });
});

describe("a list of signatures that is malformed", () => {
  const lists = [
    ["the list of referrers", "/referrers/", "application/vnd.oci.image.index.v1+json"],
    ["the tag of older signatures", ".sig", "application/vnd.oci.image.manifest.v1+json"],
  ] as const;
  const damage = (registry: InProcessRegistry, path: string, mediaType: string, subject: Digest) => {
    registry.intercept = (request, response) =>
      request.url?.includes(path) &&
      request.url.includes(subject.slice(7)) &&
      faults.replaceBody('["none"]', { "content-type": mediaType })(request, response);
  };

  test.each(lists)("%s: the image is not signed, with the reason", async (_name, path, mediaType) => {
    const { registry, one } = await serveImages();
    damage(registry, path, mediaType, one.tagDigest);
    const { found } = await refusal(registry, one, [key]);
    expect(found[0]).toMatchObject({ manifest: one.tagDigest, reason: expect.stringContaining(registry.host) });
  });

  test.each(lists)("%s: it takes no signature of another place away", async (_name, path, mediaType) => {
    const { registry, one } = await serveImages();
    damage(registry, path, mediaType, one.tagDigest);
    const payload = simpleSigning(one.digest, `${registry.host}/disks/one`);
    const signature = sign("sha256", Buffer.from(payload), keys.privateKey).toString("base64");
    attachOlder(registry, "disks/one", one.digest, payload, { "dev.cosignproject.cosign/signature": signature });
    expect(await verify(registry, one, [key])).toMatchObject({ digest: one.digest });
  });
});

test("a digest by sha512 has no tag of older signatures, and is refused like any other", async () => {
  const { registry, one } = await serveImages();
  const digest = `sha512:${"0".repeat(128)}` as const;
  const { found } = await refusal(registry, { ...one, tagDigest: digest, digest }, [key]);
  expect(found).toEqual([]);
});

describe("malformed bundles are refused, whatever is wrong", () => {
  const good = signBy(keys, statementOf(`sha256:${"0".repeat(64)}`));
  test.each([
    ["no JSON", "{", "not JSON"],
    ["null", "null", "another format than v0.3"],
    ["v0.1", JSON.stringify({ ...good, mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1" }), "v0.3"],
    ["v0.2", JSON.stringify({ ...good, mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.2" }), "v0.3"],
    ["no material", JSON.stringify({ ...good, verificationMaterial: undefined }), "invalid"],
    ["material of another type", JSON.stringify({ ...good, verificationMaterial: 1 }), ""],
    ["no envelope", JSON.stringify({ ...good, dsseEnvelope: undefined }), "invalid"],
    ["no signature", JSON.stringify({ ...good, dsseEnvelope: { ...good.dsseEnvelope, signatures: [] } }), "invalid"],
    [
      "an empty certificate",
      JSON.stringify({ ...good, verificationMaterial: { certificate: { rawBytes: "" } } }),
      "invalid",
    ],
    ["no certificate", JSON.stringify({ ...good, verificationMaterial: { certificate: { rawBytes: "AAAA" } } }), ""],
  ])("%s", async (_name, text, reason) => {
    expect(await reasonAgainst(text, key)).toContain(reason);
    expect(await reasonAgainst(text, alice)).toContain(reason);
  });
});

describe("attacks with bundles by an identity", () => {
  test.each([
    ["another identity", { ...ALICE, identity: "mallory@example.com" }, "another signer"],
    [
      "an identity that holds the expected one",
      { ...ALICE, identity: "alice@example.com.evil.example" },
      "another signer",
    ],
    ["another issuer", { ...ALICE, issuer: "https://evil.example" }, "another signer"],
    ["a certificate that had expired", { ...ALICE, from: new Date(Date.now() - 3_600_000) }, "expired"],
    ["a certificate before its time", { ...ALICE, from: new Date(Date.now() + 3_600_000) }, "expired"],
    ["no proof of the certificate log", { ...ALICE, withoutSct: true }, "expected 1 SCTs, got 0"],
  ])("%s", async (_name, options, reason) => {
    const { index } = await digests();
    expect(await reasonAgainst(sigstore.signAs(options, statementOf(index)), alice)).toContain(reason);
  });

  test("another authority's certificate", async () => {
    const { index } = await digests();
    expect(await reasonAgainst(new Sigstore().signAs(ALICE, statementOf(index)), alice)).toContain("certificate");
  });

  test("each signer by its own root: the authority of one does not speak for the other", async () => {
    const { registry, one } = await serveImages();
    const BOB = { identity: "bob@example.com", issuer: ALICE.issuer };
    const another = new Sigstore();
    const bob = expectIdentity(BOB.identity, BOB.issuer, rootFile(another.trustedRoot()));
    attach(registry, "disks/one", one.tagDigest, another.signAs(ALICE, statementOf(one.tagDigest)));
    attach(registry, "disks/one", one.tagDigest, sigstore.signAs(BOB, statementOf(one.tagDigest)));
    expect((await refusal(registry, one, [alice, bob])).found).toHaveLength(2);
    attach(registry, "disks/one", one.tagDigest, another.signAs(BOB, statementOf(one.tagDigest)));
    expect(await verify(registry, one, [alice, bob])).toMatchObject({ signer: BOB, trustedRoot: bob.trustedRoot });
  });

  test("another digest", async () => {
    const { otherIndex } = await digests();
    const reason = await reasonAgainst(sigstore.signAs(ALICE, statementOf(otherIndex)), alice);
    expect(reason).toBe(`it is a signature of ${otherIndex}`);
  });

  test("the log's entry of another signature", async () => {
    const { index } = await digests();
    const bundle = sigstore.signAs(ALICE, statementOf(index));
    const other = sigstore.signAs(ALICE, statementOf(index));
    const { tlogEntries } = other.verificationMaterial;
    const swapped = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } };
    expect(await reasonAgainst(swapped, alice)).toBe("tlog entry signature mismatch");
  });

  test.each([
    ["time", { integratedTime: "1700000000" }, "certificate"],
    ["body", { canonicalizedBody: Buffer.from("{}").toString("base64") }, "inclusion promise could not be verified"],
    ["log", { logId: { keyId: Buffer.alloc(32).toString("base64") } }, "inclusion promise could not be verified"],
    ["index", { logIndex: "7" }, "inclusion promise could not be verified"],
    ["promise", { inclusionPromise: undefined }, "expected 1 timestamps, got 0"],
    ["proof", { inclusionProof: undefined }, "invalid bundle"],
  ])("a log's entry with another %s", async (_name, changes, reason) => {
    const { index } = await digests();
    const bundle = sigstore.signAs(ALICE, statementOf(index));
    const [entry] = bundle.verificationMaterial.tlogEntries as [Record<string, unknown>];
    const tlogEntries = [{ ...entry, ...changes }];
    const changed = { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, tlogEntries } };
    expect(await reasonAgainst(changed, alice)).toContain(reason);
  });

  test("no entry in the log", async () => {
    const { index } = await digests();
    const bundle = sigstore.signAs(ALICE, statementOf(index));
    const { certificate } = bundle.verificationMaterial;
    expect(await reasonAgainst({ ...bundle, verificationMaterial: { certificate } }, alice)).toContain("timestamps");
  });

  test("a key in place of a certificate, and a certificate in place of a key", async () => {
    const { index } = await digests();
    expect(await reasonAgainst(signBy(keys, statementOf(index)), alice)).toBe("it is by a key, not by a certificate");
    const byAlice = sigstore.signAs(ALICE, statementOf(index));
    expect(await reasonAgainst(byAlice, key)).toBe("it is by a certificate, not by a key");
  });

  test("services that the default root does not know", async () => {
    const { index } = await digests();
    const byDefault = expectIdentity(ALICE.identity, ALICE.issuer);
    expect(await reasonAgainst(sigstore.signAs(ALICE, statementOf(index)), byDefault)).toContain("certificate");
  });
});

describe("the older form has no weaker requirements", () => {
  async function reasonAgainstOlder(
    payloadOf: (digest: string, repository: string) => string,
    annotationsOf: (payload: string) => Record<string, string>,
    expected: Expected,
  ) {
    const { registry, one } = await serveImages();
    const payload = payloadOf(one.tagDigest, `${registry.host}/disks/one`);
    attachOlder(registry, "disks/one", one.tagDigest, payload, annotationsOf(payload));
    const { found } = await refusal(registry, one, [expected]);
    return found[0]?.reason ?? "";
  }
  const byKey = (payload: string) => ({
    "dev.cosignproject.cosign/signature": sign("sha256", Buffer.from(payload), keys.privateKey).toString("base64"),
  });

  test("another digest, another repository, another statement", async () => {
    const { otherIndex } = await digests();
    expect(await reasonAgainstOlder((_, name) => simpleSigning(otherIndex, name), byKey, key)).toBe(
      `it is a signature of ${otherIndex}`,
    );
    expect(await reasonAgainstOlder((digest) => simpleSigning(digest, "registry.example/scratch"), byKey, key)).toBe(
      "it is a signature for the repository registry.example/scratch",
    );
    expect(
      await reasonAgainstOlder((...at) => simpleSigning(...at, "atomic container signature"), byKey, key),
    ).toContain("not cosign's statement");
    expect(await reasonAgainstOlder(() => "[]", byKey, key)).toContain("not cosign's statement");
    expect(await reasonAgainstOlder(() => "{", byKey, key)).toContain("not JSON");
  });

  test("another key, and no signature", async () => {
    expect(await reasonAgainstOlder(simpleSigning, byKey, expectKey(publicPem(keyPair())))).toBe(
      "signature verification failed",
    );
    expect(await reasonAgainstOlder(simpleSigning, () => ({}), key)).toBe("its annotations hold no signature");
  });

  test("a certificate without a log entry, or with one that does not match", async () => {
    const without = (payload: string) => {
      const { "dev.sigstore.cosign/bundle": _, ...annotations } = olderByAlice(payload);
      return annotations;
    };
    expect(await reasonAgainstOlder(simpleSigning, without, alice)).toBe("expected 1 timestamps, got 0");
    const other = (payload: string) => olderByAlice(payload, { body: "another payload" });
    expect(await reasonAgainstOlder(simpleSigning, other, alice)).toBe("digest mismatch");
    const late = (payload: string) => olderByAlice(payload, { at: new Date(Date.now() + 3_600_000) });
    expect(await reasonAgainstOlder(simpleSigning, late, alice)).toContain("expired");
    const odd = (payload: string) => ({ ...olderByAlice(payload), "dev.sigstore.cosign/bundle": "[" });
    expect(await reasonAgainstOlder(simpleSigning, odd, alice)).toBe("its log entry is not JSON");
  });

  test("a certificate in place of the key", async () => {
    expect(await reasonAgainstOlder(simpleSigning, olderByAlice, key)).toBe("it is by a certificate, not by a key");
  });
});

test("a root without logs requires none, but a time", async () => {
  const { registry, one } = await serveImages();
  const root = rootFile(sigstore.trustedRoot({ ctlogs: true }));
  const expected = expectIdentity(ALICE.identity, ALICE.issuer, root);
  attach(
    registry,
    "disks/one",
    one.tagDigest,
    sigstore.signAs({ ...ALICE, withoutSct: true }, statementOf(one.tagDigest)),
  );
  expect(await verify(registry, one, [expected])).toMatchObject({ signer: ALICE });
});

test("the default root is that of sigstore's public services", () => {
  expect(canonical(PUBLIC_GOOD_ROOT)).toContain("https://fulcio.sigstore.dev");
  expect(describeSigner(ALICE)).toBe("alice@example.com (issuer https://accounts.example)");
});
