import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OCI_INDEX, RegistryClient } from "../../../src/registry";
import {
  expectKey,
  type ImageToVerify,
  readSigningKey,
  type SigningKey,
  signInRegistry,
  verifyImage,
} from "../../../src/signing";
import { record } from "../../signing/recorded";
import { Cosign } from "../support/cosign";
import { type RealRegistry, startRegistry } from "../support/registry";
import { pushDisk, targetAt } from "./push-disk";

/** Keys of every kind that the real cosign takes: it signs and we verify, we sign and it verifies. */
let registry: RealRegistry;
let cosign: Cosign;
let client: RegistryClient;
const publicKeys: Record<string, string> = {};

beforeAll(async () => {
  [registry, cosign] = await Promise.all([startRegistry("open", { plainHttp: true }), Cosign.start()]);
  client = new RegistryClient({ plainHttp: [registry.host] });
});
afterAll(async () => {
  await client.close();
  cosign.stop();
  await registry.stop();
});

const KINDS = {
  p384: () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  p521: () => generateKeyPairSync("ec", { namedCurve: "P-521" }),
  rsa2048: () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  rsa4096: () => generateKeyPairSync("rsa", { modulusLength: 4096 }),
  ed25519: () => generateKeyPairSync("ed25519"),
} as const;
const index = ({ reference, tagDigest }: ImageToVerify) => `${reference.name}@${tagDigest}`;

/** A key pair in cosign's files `KIND.key` and `KIND.pub`. */
async function imported(kind: keyof typeof KINDS): Promise<{ key: SigningKey; publicKey: string }> {
  const { privateKey } = KINDS[kind]();
  writeFileSync(join(cosign.folder.outside, `${kind}.pem`), privateKey.export({ type: "pkcs8", format: "pem" }));
  await cosign.run("import-key-pair", "-y", "--key", `${kind}.pem`, "--output-key-prefix", kind);
  const key = await readSigningKey(join(cosign.folder.outside, `${kind}.key`), { COSIGN_PASSWORD: Cosign.password });
  publicKeys[kind] = cosign.read(`${kind}.pub`);
  return { key, publicKey: join(cosign.folder.outside, `${kind}.pub`) };
}

test.each(Object.keys(KINDS) as (keyof typeof KINDS)[])("%s", async (kind) => {
  const { key, publicKey } = await imported(kind);
  const expected = [expectKey(publicKey)];
  const options = ["--key", `${kind}.pub`, "--insecure-ignore-tlog"];
  for (const form of ["sign", "signOlder"] as const) {
    const subject = await pushDisk(registry.host, `disks/${kind}-${form === "sign" ? "bundle" : "older"}`);
    await cosign[form](index(subject), {}, "--key", `${kind}.key`);
    if (kind === "ed25519") {
      // It signs by Ed25519ph, and does not verify that itself.
      const form3 = form === "sign" ? [] : ["--new-bundle-format=false"];
      expect(await cosign.verifies(index(subject), ...options, ...form3)).toMatchObject({ accepted: false });
      await expect(verifyImage(client, subject, { expected })).rejects.toThrow("Ed25519ph");
      continue;
    }
    expect(await verifyImage(client, subject, { expected })).toMatchObject({ digest: subject.tagDigest });
  }
  const ours = await pushDisk(registry.host, `disks/${kind}-ours`);
  const toSign = { mediaType: OCI_INDEX, digest: ours.tagDigest, size: ours.size };
  expect(await signInRegistry(client, targetAt(registry.host), key, ours.reference, toSign)).toBe(true);
  expect(await cosign.verifies(index(ours), ...options)).toMatchObject({ accepted: true });
  expect(await verifyImage(client, ours, { expected })).toMatchObject({ signer: { key: key.fingerprint } });
});

// The fixture of the unit tests: RECORD_SIGNATURES=1 npm run test:e2e -- signing/keys
test("what was signed is recorded", async () => {
  const recorded = await record(registry.host, { publicKeys });
  expect(Object.keys(recorded.repositories)).toContain("disks/p384-older");
  if (process.env.RECORD_SIGNATURES) {
    const path = join(__dirname, "..", "..", "fixtures", "signing", "cosign-3.1-keys.json");
    writeFileSync(path, JSON.stringify(recorded, null, 1));
  }
});
