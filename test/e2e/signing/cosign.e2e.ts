import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { OCI_INDEX, RegistryClient } from "../../../src/registry";
import {
  type Expected,
  expectIdentity,
  expectKey,
  type ImageToVerify,
  readSigningKey,
  readTrustedRoot,
  signInRegistry,
  verifyImage,
} from "../../../src/signing";
import { record } from "../../signing/recorded";
import { Sigstore, SigstoreServices } from "../../support/sigstore";
import { Cosign } from "../support/cosign";
import { type RealRegistry, startRegistry } from "../support/registry";
import { type PushedDisk, pushDisk, targetAt } from "./push-disk";

const ALICE = { identity: "alice@example.com", issuer: "https://accounts.example" } as const;
const sigstore = new Sigstore();
let registry: RealRegistry;
let cosign: Cosign;
let services: SigstoreServices;
let client: RegistryClient;
let root: ReturnType<typeof readTrustedRoot>;
let key: Expected;
let alice: Expected;

beforeAll(async () => {
  [registry, cosign, services] = await Promise.all([
    startRegistry("open", { plainHttp: true }),
    Cosign.start(),
    SigstoreServices.start(sigstore),
  ]);
  client = new RegistryClient({ plainHttp: [registry.host] });
  root = readTrustedRoot(join(cosign.folder.outside, cosign.write("root.json", sigstore.trustedRoot())));
  key = expectKey(cosign.publicKey, root);
  alice = expectIdentity(ALICE.identity, ALICE.issuer, root);
});
afterAll(async () => {
  await client.close();
  await services.stop();
  cosign.stop();
  await registry.stop();
});

const image = (repository: string): Promise<PushedDisk> => pushDisk(registry.host, repository);
const index = ({ reference, tagDigest }: ImageToVerify) => `${reference.name}@${tagDigest}`;
const verify = (subject: ImageToVerify, expected: Expected) => verifyImage(client, subject, { expected: [expected] });
const refusal = (subject: ImageToVerify, expected: Expected) =>
  verify(subject, expected).then(
    () => "it was accepted",
    (error: Error) => error.message,
  );

describe("what the real cosign signs is verified", () => {
  test("by a key, in both forms, of the index", async () => {
    const newer = await image("disks/by-key");
    await cosign.sign(index(newer), {}, ...cosign.byKey);
    expect(await verify(newer, key)).toMatchObject({ digest: newer.tagDigest });

    const older = await image("disks/by-key-older");
    await cosign.signOlder(index(older), {}, ...cosign.byKey);
    expect(await verify(older, key)).toMatchObject({ digest: older.tagDigest });
    expect(await refusal(older, alice)).toContain("it is by a key, not by a certificate");
  });

  test("by a key, of the manifest", async () => {
    const subject = await image("disks/manifest-by-key");
    await cosign.sign(`${subject.reference.name}@${subject.digest}`, {}, ...cosign.byKey);
    expect(await verify(subject, key)).toMatchObject({ digest: subject.digest });
  });

  test("by a key, with an entry in a log: it is verified, too", async () => {
    const subject = await image("disks/logged");
    await cosign.sign(index(subject), { rekor: services.url }, ...cosign.byKey);
    expect(await verify(subject, key)).toMatchObject({ digest: subject.tagDigest });
    expect(await refusal(subject, expectKey(cosign.publicKey))).toContain("inclusion");
    const options = ["--key", "cosign.pub", "--trusted-root", "root.json"];
    expect(await cosign.verifies(index(subject), ...options)).toMatchObject({ accepted: true });
  });

  test("by an identity, in both forms", async () => {
    const at = { fulcio: services.url, rekor: services.url };
    const as = cosign.byIdentity(ALICE.identity, ALICE.issuer);
    const options = [
      ...["--certificate-identity", ALICE.identity, "--certificate-oidc-issuer", ALICE.issuer],
      ...["--trusted-root", "root.json"],
    ];
    const newer = await image("disks/by-identity");
    await cosign.sign(index(newer), at, ...as);
    expect(await verify(newer, alice)).toMatchObject({ digest: newer.tagDigest, signer: ALICE });
    expect(await cosign.verifies(index(newer), ...options)).toMatchObject({ accepted: true });
    expect(await refusal(newer, expectIdentity("mallory@example.com", ALICE.issuer, root))).toContain("another signer");
    expect(await refusal(newer, expectIdentity(ALICE.identity, ALICE.issuer))).toContain("certificate");

    const older = await image("disks/by-identity-older");
    await cosign.signOlder(index(older), at, ...as, "--insecure-skip-verify");
    expect(await verify(older, alice)).toMatchObject({ digest: older.tagDigest, signer: ALICE });
    const inOlderForm = ["--new-bundle-format=false", ...options];
    expect(await cosign.verifies(index(older), ...inOlderForm)).toMatchObject({ accepted: true });
  });
});

test("what is signed here is verified by the real cosign, once it is pushed, and is signed once", async () => {
  const subject = await image("disks/ours");
  const signingKey = await readSigningKey(join(cosign.folder.outside, "cosign.key"), {
    COSIGN_PASSWORD: Cosign.password,
  });
  const target = targetAt(registry.host);
  const toSign = { mediaType: OCI_INDEX, digest: subject.tagDigest, size: subject.size };
  expect(await signInRegistry(client, target, signingKey, subject.reference, toSign)).toBe(true);
  const options = ["--key", "cosign.pub", "--insecure-ignore-tlog"];
  expect(await cosign.verifies(index(subject), ...options)).toMatchObject({ accepted: true });
  expect(await verify(subject, key)).toMatchObject({ digest: subject.tagDigest });
  expect(await signInRegistry(client, target, signingKey, subject.reference, toSign)).toBe(false);
});

test("an image that the real cosign has not signed, and a signature that was moved to another image, are refused", async () => {
  const signed = await image("disks/signed");
  const unsigned = await image("disks/unsigned");
  await cosign.sign(index(signed), {}, ...cosign.byKey);
  expect(await refusal(unsigned, key)).toContain("has no signature");
  expect(await cosign.verifies(index(unsigned), "--key", "cosign.pub", "--insecure-ignore-tlog")).toMatchObject({
    accepted: false,
  });
});

// The fixture of the unit tests: RECORD_SIGNATURES=1 npm run test:e2e -- cosign
test("what was signed is recorded", async () => {
  const recorded = await record(registry.host, {
    publicKey: cosign.read("cosign.pub"),
    privateKey: cosign.read("cosign.key"),
    password: Cosign.password,
    ...ALICE,
  });
  expect(Object.keys(recorded.repositories)).toContain("disks/by-identity-older");
  if (process.env.RECORD_SIGNATURES) {
    const folder = join(__dirname, "..", "..", "fixtures", "signing");
    writeFileSync(join(folder, "cosign-3.1.json"), JSON.stringify(recorded, null, 1));
    writeFileSync(join(folder, "trusted-root.json"), JSON.stringify(root.content, null, 1));
  }
});
