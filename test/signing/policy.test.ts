import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOf, Reference } from "../../src/reference";
import { OciResolver } from "../../src/resolver";
import {
  DEFAULT_POLICY_FILE,
  Policy,
  type PolicyRules,
  policyBeside,
  SigningFileError,
  type Verdict,
} from "../../src/signing";
import { matches } from "../../src/signing/pattern";
import { expectKey } from "../../src/signing/signer";
import { clientFor, closing } from "../registry/support";
import { keyPair, Sigstore, signBy, statementOf } from "../support/sigstore";
import { attach, publicPem, serveImages } from "./support";

const keys = keyPair();
const pem = publicPem(keys);
const { fingerprint } = expectKey(pem);
const sigstore = new Sigstore();
const ALICE = { identity: "a@example.com", issuer: "https://accounts.example" } as const;
const image = {
  reference: Reference.parse("oci://registry.example/disks/one:v1"),
  tagDigest: `sha256:${"1".repeat(64)}` as Digest,
  digest: `sha256:${"2".repeat(64)}` as Digest,
};
const verdict: Verdict = { digest: image.tagDigest, key: fingerprint, at: "2026-11-26T12:00:00Z" };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ironic-oci-policy-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function problem(policy: string | PolicyRules): SigningFileError {
  try {
    new Policy(policy);
  } catch (error) {
    if (error instanceof SigningFileError) return error;
    throw error;
  }
  throw new Error("the policy was accepted");
}

test.each([
  ["registry.example/disks/one", "registry.example/disks/one", true],
  ["registry.example/disks/one", "registry.example/disks/one2", false],
  ["registry.example/disks/*", "registry.example/disks/team/one", true],
  ["registry.example/disks/*", "registry.example/disks", false],
  ["registry.example*", "registry.example.evil.example/disks", true],
  ["*/disks/*", "registry.example/disks/one", true],
  ["*", "", true],
  ["a*a", "a", false],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["a*b*b", "a-b", false],
  ["*ab*", "xaab", true],
  ["a.c", "abc", false],
])("the pattern %s and %s: %p", (pattern, text, expected) => {
  expect(matches(pattern, text)).toBe(expected);
});

test.each([
  // Another spelling of the same registry gets around no rule.
  ["registry.example/disks/*", "registry.example:443/disks/one", true],
  ["registry.example:443/disks/*", "registry.example/disks/one", true],
  ["docker.io/disks/*", "registry-1.docker.io/disks/one", true],
  ["index.docker.io/disks/*", "docker.io/disks/one", true],
  ["docker.io/disks/*", "index.docker.io:443/disks/one", true],
  ["[::1]/disks/*", "[::1]:443/disks/one", true],
  // Another port is another registry.
  ["registry.example/disks/*", "registry.example:5000/disks/one", false],
  ["registry.example:5000/disks/*", "registry.example/disks/one", false],
  ["registry.example:5000/disks/*", "registry.example:5000/disks/one", true],
  ["[::1]:5000/*", "[::1]:5000/disks/one", true],
  ["docker.io/disks/*", "docker.io.evil.example/disks/one", false],
  ["docker.io/disks/*", "evil.example/docker.io/disks/one", false],
])("the rule for %s and the repository %s: %p", (pattern, name, applies) => {
  const policy = new Policy({
    rules: [
      { repositories: [pattern], deny: true },
      { repositories: ["*"], unsigned: true },
    ],
  });
  expect(policy.refusal(Reference.parse(`oci://${name}:v1`)) !== undefined).toBe(applies);
});

test("of rules that overlap, the first one applies, also where the other one is stricter", () => {
  const rule = (pattern: string, more: object) => ({ repositories: [pattern], ...more });
  const refused = (...rules: PolicyRules["rules"]) => new Policy({ rules }).refusal(image.reference)?.code;
  const exempt = rule("registry.example/disks/*", { unsigned: true });
  const denied = rule("registry.example/*", { deny: true });
  expect([refused(exempt, denied), refused(denied, exempt)]).toEqual([undefined, "IMAGE_DENIED"]);
  expect(refused({ repositories: ["quay.io/*", "registry.example/disks/*"], deny: true })).toBe("IMAGE_DENIED");
});

test("a mirror does not change the name that rules have: neither for what is read, nor for what is pinned", async () => {
  const { registry, one } = await serveImages();
  const reference = Reference.parse("oci://images.example/disks/one:v1");
  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  for (const mirror of ["mirrors", "pinMirrors"] as const) {
    const resolve = (repositories: string) => {
      const rules = [{ repositories: [repositories], signedBy: [{ key: pem }] }];
      const options = { plainHttp: [registry.host], credentials: {}, policy: { rules } };
      const resolver = new OciResolver({ ...options, [mirror]: { "images.example": registry.host } });
      closing(() => resolver.close());
      return resolver.resolve(reference, { architecture: "x86_64" });
    };
    expect((await resolve("images.example/*")).verified).toMatchObject({ key: fingerprint });
    await expect(resolve(`${registry.host}/*`)).rejects.toMatchObject({ code: "IMAGE_DENIED" });
  }
});

test("the first rule that names a repository applies; an image without a rule is refused", () => {
  const policy = new Policy({
    rules: [
      { repositories: ["registry.example/scratch/*"], deny: true },
      { repositories: ["quay.io/podman/*"], unsigned: true },
      { repositories: ["registry.example/*"], signedBy: [{ key: pem }] },
    ],
  });
  const at = (text: string) => policy.lockedFault({ ...image, reference: Reference.parse(text) }, verdict);
  expect(at("oci://registry.example/disks/one:v1")).toBeUndefined();
  expect(at("oci://quay.io/podman/machine-os:5.5")).toBeUndefined();
  const denied = at("oci://registry.example/scratch/one:v1");
  expect(denied).toMatchObject({ code: "IMAGE_DENIED" });
  expect(denied?.hint).toContain(", before the one that denies registry.example/scratch/*, with who");
  const unnamed = at("oci://other.example/disks/one:v1");
  expect(unnamed).toMatchObject({ code: "IMAGE_DENIED" });
  expect(unnamed?.message).toBe("oci://other.example/disks/one:v1: policy has no rule for it");
  expect(unnamed?.hint).toContain("add a rule for other.example/disks/one to the policy");
});

test("what is denied is refused without a request", async () => {
  const { registry, one } = await serveImages();
  const policy = new Policy({ rules: [{ repositories: ["*"], deny: true }] });
  await expect(policy.verify(clientFor(registry), one)).rejects.toMatchObject({ code: "IMAGE_DENIED" });
  expect(registry.requests).toEqual([]);
});

test("an image of an exempted repository is not looked at", async () => {
  const { registry, one } = await serveImages();
  const policy = new Policy({ rules: [{ repositories: ["*"], unsigned: true }] });
  expect(await policy.verify(clientFor(registry), one)).toBeUndefined();
  expect(registry.requests).toEqual([]);
});

test("a verdict says what was signed, by whom, and when that was verified", async () => {
  const { registry, one, other } = await serveImages();
  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  const policy = new Policy({ rules: [{ repositories: ["*"], signedBy: [{ key: pem }] }] });
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(await policy.verify(clientFor(registry), one)).toEqual({
    ...{ digest: one.tagDigest, of: "index", key: fingerprint, at },
  });
  attach(registry, "disks/other", other.digest, sigstore.signAs(ALICE, statementOf(other.digest)));
  const trustedRoot = write("root.json", sigstore.trustedRoot());
  const byAlice = new Policy({ rules: [{ repositories: ["*"], signedBy: [{ ...ALICE, trustedRoot }] }] });
  const reached = await byAlice.verify(clientFor(registry), other);
  const digest = digestOf(readFileSync(trustedRoot));
  expect(reached).toEqual({ digest: other.digest, of: "manifest", ...ALICE, trustedRoot: digest, at });
  // With these same signers, the verdict stands; with another root for them, it does not; and one without a root is an older one.
  expect(byAlice.lockedFault(other, reached)).toBeUndefined();
  expect(byAlice.lockedFault(other, reached && { ...reached, of: undefined, trustedRoot: undefined })).toBeUndefined();
  for (const root of [write("other.json", new Sigstore().trustedRoot()), undefined]) {
    const policy = new Policy({ rules: [{ repositories: ["*"], signedBy: [{ ...ALICE, trustedRoot: root }] }] });
    expect(policy.lockedFault(other, reached)).toMatchObject({
      code: "LOCKED_UNVERIFIED",
      message: expect.stringContaining(`as verified with another trusted root (${digest})`),
    });
  }
});

test("a verdict by the services that this package knows is kept when their root changes with a version", () => {
  const policy = new Policy({ rules: [{ repositories: ["*"], signedBy: [ALICE] }] });
  const reached: Verdict = { digest: image.digest, ...ALICE, trustedRoot: "sigstore", at: verdict.at };
  expect(policy.lockedFault(image, reached)).toBeUndefined();
});

describe("the verdict of a locked pin", () => {
  const policy = new Policy({
    rules: [
      {
        repositories: ["*"],
        signedBy: [{ key: pem }, { identity: "*@example.com", issuer: "https://accounts.example" }],
      },
    ],
  });
  const alice = { digest: image.digest, identity: "a@example.com", issuer: "https://accounts.example", at: verdict.at };

  test.each([
    ["of the index by the key", verdict],
    ["of the manifest by the key", { ...verdict, digest: image.digest }],
    ["by the identity", alice],
  ])("%s is accepted", (_name, accepted) => {
    expect(policy.lockedFault(image, accepted)).toBeUndefined();
  });

  test.each([
    ["that is missing", undefined, "without a signature that was verified"],
    ["of another digest", { ...verdict, digest: `sha256:${"3".repeat(64)}` as const }, "signature of another digest"],
    ["by another key", { ...verdict, key: `sha256:${"a".repeat(64)}` }, "signed by key sha256:aaaa"],
    ["by another identity", { ...alice, identity: "a@evil.example" }, "signed by a@evil.example (issuer"],
    ["by another issuer", { ...alice, issuer: "https://evil.example" }, "which the policy does not accept"],
    ["by no signer", { digest: image.digest, at: verdict.at }, "signed by no known signer"],
  ])("%s is refused", (_name, refused, message) => {
    const fault = policy.lockedFault(image, refused);
    expect(fault).toMatchObject({ code: "LOCKED_UNVERIFIED", hint: expect.stringContaining("IRONIC_OCI_LOCK=prefer") });
    expect(fault?.message).toContain(message);
  });
});

describe("the policy beside a lock file", () => {
  test("is found beside the path, and beside the file that a link leads to", () => {
    mkdirSync(join(folder, "stack"));
    const link = join(folder, "stack", "ironic-oci.lock.json");
    symlinkSync(write("ironic-oci.lock.json", "{}"), link);
    expect(policyBeside(link)).toBeUndefined();
    const shared = write(DEFAULT_POLICY_FILE, "{}");
    expect(policyBeside(link)).toBe(shared);
    const own = write(join("stack", DEFAULT_POLICY_FILE), "{}");
    expect(policyBeside(link)).toBe(own);
    expect(policyBeside(join(folder, "none", "ironic-oci.lock.json"))).toBeUndefined();
  });

  test.each([
    ["a link to nothing", (path: string) => symlinkSync("moved.json", path), "ENOENT"],
    ["a link to itself", (path: string) => symlinkSync(path, path), "ELOOP"],
    ["a folder", (path: string) => mkdirSync(path), "EISDIR"],
  ])("that is %s is an error, not no policy", (_name, make, code) => {
    make(join(folder, DEFAULT_POLICY_FILE));
    const path = policyBeside(join(folder, "ironic-oci.lock.json"));
    expect(problem(path as string).message).toContain(`can't be read (${code})`);
  });
});

describe("a policy file", () => {
  test("names keys and trusted roots relative to itself", () => {
    mkdirSync(join(folder, "keys"));
    write("keys/cosign.pub", pem);
    write("root.json", new Sigstore().trustedRoot());
    const path = write("ironic-oci.policy.json", {
      $schema: "./node_modules/cdktf-ironic-oci/docs/policy.schema.json",
      rules: [{ repositories: ["*"], signedBy: [{ key: "keys/cosign.pub", trustedRoot: "root.json" }] }],
    });
    expect(new Policy(path).lockedFault(image, verdict)).toBeUndefined();
  });

  const rule = { repositories: ["registry.example/*"], unsigned: true };
  test.each([
    ["no JSON", "{", "is not JSON"],
    ["no rules", {}, "at rules: "],
    ["an empty list of rules", { rules: [] }, "at rules: must have a rule"],
    ["an unknown field", { rules: [rule], default: "allow" }, "Unrecognized key"],
    ["a rule for nothing", { rules: [{ ...rule, repositories: [] }] }, "must name a repository"],
    [
      "a reference for a pattern",
      { rules: [{ ...rule, repositories: ["oci://Registry"] }] },
      "is a pattern of repositories",
    ],
    ["a rule without a kind", { rules: [{ repositories: ["*"] }] }, "one of signedBy, unsigned and deny"],
    ["a rule of two kinds", { rules: [{ ...rule, deny: true }] }, "one of signedBy, unsigned and deny"],
    ["a rule that is switched off", { rules: [{ repositories: ["*"], deny: false }] }, "at rules.0.deny"],
    ["no signers", { rules: [{ repositories: ["*"], signedBy: [] }] }, "must name a signer"],
    [
      "a signer without an issuer",
      { rules: [{ repositories: ["*"], signedBy: [{ identity: "a" }] }] },
      "{ identity, issuer }",
    ],
    ["signedFor without signers", { rules: [{ ...rule, signedFor: ["*"] }] }, "signedFor belongs to signedBy"],
    [
      "a key that is not there",
      { rules: [{ repositories: ["*"], signedBy: [{ key: "no.pub" }] }] },
      "can't be read (ENOENT)",
    ],
  ])("with %s is refused, with the place", (_name, content, message) => {
    const path = write("ironic-oci.policy.json", content);
    const error = problem(path);
    expect(error).toMatchObject({ code: "SIGNING_FILE", hint: expect.any(String) });
    expect(error.message).toContain(message);
    expect(error.message.startsWith(folder)).toBe(true);
  });

  test("that is not there is refused", () => {
    expect(problem(join(folder, "none.json")).message).toContain("can't be read (ENOENT)");
  });

  const { privateKey } = keys;
  test.each([
    ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }).toString(), "is a private key"],
    ["an encrypted private key", "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n", "is a private key"],
    ["any text", "key", "is not a public key"],
    ["a damaged key", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is not a public key"],
  ])("with %s for a public key is refused, and the text is not quoted", (_name, text, message) => {
    const path = write("signer.pub", text);
    const error = problem({ rules: [{ repositories: ["*"], signedBy: [{ key: path }] }] });
    expect(error.message).toBe(`${path}: ${message}${message.includes("public") ? " in PEM form" : ""}`);
    expect(`${error.message}${error.hint}${JSON.stringify(error)}`).not.toContain("AAAA");
  });

  test.each([
    ["RSA of 1024 bits", () => generateKeyPairSync("rsa", { modulusLength: 1024 })],
    ["another curve", () => generateKeyPairSync("ec", { namedCurve: "secp256k1" })],
    ["Ed448", () => generateKeyPairSync("ed448")],
    ["a key agreement", () => generateKeyPairSync("x25519")],
  ])("with %s for a public key is refused, with the kinds that are known", (_name, generate) => {
    const path = write("signer.pub", generate().publicKey.export({ type: "spki", format: "pem" }).toString());
    const error = problem({ rules: [{ repositories: ["*"], signedBy: [{ key: path }] }] });
    expect(error.message).toBe(`${path}: is a key of another kind than those of cosign`);
    expect(error.hint).toContain("RSA of 2048 bits");
  });

  test.each([
    ["a signing configuration", { mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json" }],
    ["an empty object", {}],
    ["null", null],
  ])("with %s for a trusted root is refused", (_name, content) => {
    const trustedRoot = write("root.json", content);
    const error = problem({ rules: [{ repositories: ["*"], signedBy: [{ key: pem, trustedRoot }] }] });
    expect(error.message).toContain("is not a trusted root");
  });
});
