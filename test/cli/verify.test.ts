import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectKey } from "../../src/signing/signer";
import { closing } from "../registry/support";
import { attach, publicPem, serveImages } from "../signing/support";
import { cli } from "../support/cli";
import { keyPair, Sigstore, signBy, statementOf } from "../support/sigstore";

const keys = keyPair();
const { fingerprint } = expectKey(publicPem(keys));
const sigstore = new Sigstore();
const ALICE = { identity: "alice@example.com", issuer: "https://accounts.example" } as const;

async function bench() {
  const folder = mkdtempSync(join(tmpdir(), "ironic-oci-verify-"));
  closing(async () => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const { registry, one, other } = await serveImages();
  const rest = ["--plain-http", registry.host, "--lock-file", join(folder, "ironic-oci.lock.json")];
  return {
    registry,
    one,
    other,
    write,
    key: write("cosign.pub", publicPem(keys)),
    verify: (...argv: string[]) => cli("verify", ...argv, ...rest),
    lock: (...argv: string[]) => cli("lock", ...argv, ...rest),
  };
}

test("verify REF --key: who has signed what, as text and JSON", async () => {
  const { registry, one, key, verify } = await bench();
  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  const { code, out, err } = await verify(`${one.reference}`, "--key", key);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toBe(
    `${one.reference}\n  → ${one.digest}\n    signed by key ${fingerprint}: the index ${one.tagDigest}\n`,
  );
  const json = await verify(`${one.reference}`, "--key", key, "--json");
  expect(JSON.parse(json.out)).toEqual([
    {
      reference: `${one.reference}`,
      tagDigest: one.tagDigest,
      digest: one.digest,
      verified: { digest: one.tagDigest, of: "index", key: fingerprint, at: expect.any(String) },
    },
  ]);
});

test("verify REF by identity, with a trusted root", async () => {
  const { registry, one, write, verify } = await bench();
  attach(registry, "disks/one", one.digest, sigstore.signAs(ALICE, statementOf(one.digest)));
  const identity = ["--certificate-identity", ALICE.identity, "--certificate-oidc-issuer", ALICE.issuer];
  const root = write("root.json", JSON.stringify(sigstore.trustedRoot()));
  const { code, out } = await verify(`${one.reference}`, ...identity, "--trusted-root", root);
  expect(code).toBe(0);
  expect(out).toContain("signed by alice@example.com (issuer https://accounts.example): the manifest\n");
  const { code: refused, err } = await verify(`${one.reference}`, ...identity);
  expect(refused).toBe(1);
  expect(err).toContain("found: a signature by alice@example.com in sha256:");
});

test("an image that is not signed is an error with exit code 1, beside one that is", async () => {
  const { registry, one, other, key, verify } = await bench();
  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  const { code, out, err } = await verify(`${one.reference}`, `${other.reference}`, "--key", key);
  expect(code).toBe(1);
  expect(out).toContain("signed by key");
  expect(err).toContain(`${other.reference} has no signature`);
  expect(err).toContain(`expected: key ${fingerprint} (${key})`);
  expect(err).toContain("have it signed: cosign sign --key cosign.key");
});

test("a signature of another repository counts with --signed-for", async () => {
  const { registry, one, key, verify } = await bench();
  const subject = [{ name: "registry.example/disks/one", digest: { sha256: one.tagDigest.slice(7) } }];
  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest, { subject })));
  expect((await verify(`${one.reference}`, "--key", key)).err).toContain(
    "for the repository registry.example/disks/one",
  );
  expect((await verify(`${one.reference}`, "--key", key, "--signed-for", "registry.example/disks/*")).code).toBe(0);
});

test("a policy beside the lock file applies to lock, and to verify --lock", async () => {
  const { registry, one, other, write, verify, lock } = await bench();
  expect((await lock(`${one.reference}`)).code).toBe(0);
  const rules = [{ repositories: [`${registry.host}/*`], signedBy: [{ key: "cosign.pub" }] }];
  write("ironic-oci.policy.json", JSON.stringify({ rules }));
  expect((await verify("--lock")).err).toContain(`${one.reference} has no signature`);
  const refused = await lock(`${other.reference}`);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain("has no signature");

  attach(registry, "disks/one", one.tagDigest, signBy(keys, statementOf(one.tagDigest)));
  const { code, out } = await verify("--lock");
  expect(code).toBe(0);
  expect(out).toContain(`signed by key ${fingerprint}`);
  expect((await lock(`${one.reference}`)).out).toContain(`signed by key ${fingerprint}`);
});

test.each([
  [["--lock"], "nothing says who must have signed"],
  [["--deep", "--key", "cosign.pub"], "--deep reads what is locked"],
  [["--arch", "x86_64"], "the lock file says for which nodes"],
  [["--trusted-root", "root.json"], "--trusted-root and --signed-for need --key"],
  [["--certificate-identity", "alice@example.com"], "belong together"],
  [["--key", "cosign.pub", "--policy", "policy.json"], "a policy names the signers"],
  [["--lock", "--arch", "x86_64", "--key", "cosign.pub"], "the lock file says for which nodes"],
])("verify with %j is wrong usage", async (argv, message) => {
  const { one, verify } = await bench();
  const { code, err } = await verify(`${one.reference}`, ...argv);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

test("a key that can't be read is wrong input, before any request", async () => {
  const { registry, one, verify } = await bench();
  const { code, err } = await verify(`${one.reference}`, "--key", "no-such.pub");
  expect(code).toBe(2);
  expect(err).toContain("no-such.pub: can't be read (ENOENT)");
  expect(registry.requests).toEqual([]);
});
