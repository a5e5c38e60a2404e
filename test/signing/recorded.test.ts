import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Reference } from "../../src/reference";
import { OciResolver } from "../../src/resolver";
import type { PolicyRules } from "../../src/signing";
import { closing, serve } from "../registry/support";
import { type Recorded, type RecordedContent, replay } from "./recorded";

// Made by test/e2e/signing with the real cosign 3.1 of Debian; certificates and logs are those of a test's own sigstore.
const PATH = join(__dirname, "..", "fixtures", "signing", "cosign-3.1.json");
const recorded = JSON.parse(readFileSync(PATH, "utf8")) as Recorded;
const trustedRoot = join(__dirname, "..", "fixtures", "signing", "trusted-root.json");
const { publicKey, identity, issuer } = recorded;
const byKey = { key: publicKey, trustedRoot };
const byIdentity = { identity, issuer, trustedRoot };

/** Resolves a recorded image, whose registry is now a mirror's: older signatures hold its name. */
async function resolve(
  name: string,
  signedBy: NonNullable<PolicyRules["rules"][number]["signedBy"]>,
  content: RecordedContent = recorded,
) {
  const { host } = content;
  const registry = await serve();
  replay(registry, content);
  const resolver = new OciResolver({
    plainHttp: [registry.host],
    credentials: {},
    mirrors: { [host]: registry.host },
    policy: { rules: [{ repositories: [`${host}/disks/*`], signedBy }] },
  });
  closing(() => resolver.close());
  return resolver.resolve(Reference.parse(`oci://${host}/disks/${name}:v1`), { architecture: "x86_64" });
}

test.each([
  ["by-key", "the index", [byKey], { key: expect.stringMatching(/^sha256:/) }],
  ["by-key-older", "the index", [byKey], { key: expect.stringMatching(/^sha256:/) }],
  ["manifest-by-key", "the manifest", [byKey], { key: expect.stringMatching(/^sha256:/) }],
  ["logged", "the index", [byKey], { key: expect.stringMatching(/^sha256:/) }],
  ["by-identity", "the index", [byKey, byIdentity], { identity, issuer }],
  ["by-identity-older", "the index", [byKey, byIdentity], { identity, issuer }],
])("what the real cosign has signed is verified: %s, %s", async (name, what, signedBy, signer) => {
  const { verified, tagDigest, digest } = await resolve(name, signedBy);
  expect(verified).toMatchObject({ ...signer, digest: what === "the index" ? tagDigest : digest });
});

test.each([
  ["by-key", [byIdentity], "it is by a key, not by a certificate"],
  ["by-key-older", [byIdentity], "it is by a key, not by a certificate"],
  ["by-identity", [byKey], "it is by a certificate, not by a key"],
  ["by-identity", [{ ...byIdentity, identity: "mallory@example.com" }], "another signer"],
  ["by-identity-older", [{ ...byIdentity, issuer: "https://evil.example" }], "another signer"],
  ["by-identity", [{ identity, issuer }], "certificate"],
  // Its entry is in a log that the default root does not have.
  ["logged", [{ key: publicKey }], "inclusion promise could not be verified"],
])("and not as anything else: %s", async (name, signedBy, reason) => {
  const error = await resolve(name, signedBy).catch((refused: Error) => refused);
  expect(error).toMatchObject({ code: "SIGNATURE_UNVERIFIED", message: expect.stringContaining(reason) });
});

// Made by test/e2e/signing/keys.e2e.ts with the real cosign 3.1, and with ours.
const KEYS = join(__dirname, "..", "fixtures", "signing", "cosign-3.1-keys.json");
const keys = JSON.parse(readFileSync(KEYS, "utf8")) as RecordedContent & { publicKeys: Record<string, string> };
const signedBy = (kind: string) => [{ key: keys.publicKeys[kind] ?? "" }];

describe("keys of other kinds than P-256", () => {
  test.each(
    ["p384", "p521", "rsa2048", "rsa4096"].flatMap((kind) => ["bundle", "older", "ours"].map((form) => [kind, form])),
  )("%s, %s", async (kind = "", form) => {
    const { verified, tagDigest } = await resolve(`${kind}-${form}`, signedBy(kind), keys);
    expect(verified).toMatchObject({ digest: tagDigest, key: expect.stringMatching(/^sha256:/) });
    const other = kind === "p384" ? "p521" : "p384";
    await expect(resolve(`${kind}-${form}`, signedBy(other), keys)).rejects.toMatchObject({
      code: "SIGNATURE_UNVERIFIED",
    });
  });

  test("ed25519: what we sign; what cosign 3.1 signs is Ed25519ph, and the error says so", async () => {
    expect((await resolve("ed25519-ours", signedBy("ed25519"), keys)).verified).toBeDefined();
    for (const form of ["bundle", "older"]) {
      await expect(resolve(`ed25519-${form}`, signedBy("ed25519"), keys)).rejects.toThrow("by Ed25519ph");
    }
  });
});
