import { sign } from "node:crypto";
import { type Digest, digestOf, hexOf, type Reference } from "../reference";
import { OCI_INDEX, OCI_MANIFEST, type Referrer, referrersTag } from "../registry";
import { COSIGN_SIGN, STATEMENT, STATEMENT_TYPE, subjectOf } from "./claims";
import { preAuthenticationEncoding } from "./dsse";
import { UnverifiedImageError } from "./errors";
import { BUNDLE, type SignatureSource } from "./found";
import type { SigningKey } from "./private-key";
import { verifyImage } from "./verify";

/** The manifest or index to sign. */
export interface ToSign {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** The writes that signing needs. */
export interface SignatureTarget {
  /** Makes a blob be in the repository. */
  putBlob(repository: Reference, bytes: Buffer): Promise<unknown>;
  /** Puts a manifest or index under the digest or tag of `at`. */
  putManifest(at: Reference, mediaType: string, bytes: Buffer): Promise<unknown>;
}

/** A signature as it is pushed: two blobs, and a manifest that names the signed one as its subject. */
export interface Signature {
  readonly blobs: readonly Buffer[];
  readonly manifest: Buffer;
  readonly digest: Digest;
}

const EMPTY = Buffer.from("{}");
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
/** How often the fallback tag is written again, where others write it at the same time. */
const MAX_ATTEMPTS = 5;

/**
 * Signs a manifest or index, as `cosign sign --key` does without a transparency log: a sigstore bundle v0.3. Unlike cosign's, the statement names
 * the repository, so that the signature does not count for another one.
 */
export function signatureOf(key: SigningKey, repository: Reference, subject: ToSign): Signature {
  const statement = {
    _type: STATEMENT,
    subject: [subjectOf(subject.digest, repository.name)],
    predicateType: COSIGN_SIGN,
    predicate: {},
  };
  const payload = Buffer.from(JSON.stringify(statement));
  // By every kind of key, this is what cosign expects without further options.
  const hash = key.privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
  const sig = sign(hash, preAuthenticationEncoding(STATEMENT_TYPE, payload), key.privateKey).toString("base64");
  const hint = Buffer.from(key.fingerprint.slice("sha256:".length), "hex").toString("base64");
  const bundle = Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE,
      verificationMaterial: { publicKey: { hint } },
      dsseEnvelope: { payload: payload.toString("base64"), payloadType: STATEMENT_TYPE, signatures: [{ sig }] },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE,
      config: { mediaType: EMPTY_TYPE, digest: digestOf(EMPTY), size: EMPTY.length },
      layers: [
        {
          mediaType: BUNDLE,
          digest: digestOf(bundle),
          size: bundle.length,
          annotations: { "org.opencontainers.image.title": `sha256-${hexOf(digestOf(bundle))}.sigstore.json` },
        },
      ],
      subject,
      annotations: ANNOTATIONS,
    }),
  );
  return { blobs: [EMPTY, bundle], manifest, digest: digestOf(manifest) };
}

const ANNOTATIONS = {
  "dev.sigstore.bundle.content": "dsse-envelope",
  "dev.sigstore.bundle.predicateType": COSIGN_SIGN,
};

/**
 * Signs a manifest or index in the registry, unless this key has signed it already: signatures of one key differ each time.
 * @returns whether it was signed now
 */
export async function signInRegistry(
  source: SignatureSource,
  target: SignatureTarget,
  key: SigningKey,
  repository: Reference,
  subject: ToSign,
): Promise<boolean> {
  if (await isSigned(source, key, repository, subject.digest)) return false;
  const { blobs, manifest, digest } = signatureOf(key, repository, subject);
  for (const blob of blobs) await target.putBlob(repository, blob);
  await target.putManifest(repository.withDigest(digest), OCI_MANIFEST, manifest);
  const referrer = {
    mediaType: OCI_MANIFEST,
    digest,
    size: manifest.length,
    artifactType: BUNDLE,
    annotations: ANNOTATIONS,
  };
  await list(source, target, repository, subject.digest, referrer);
  return true;
}

async function isSigned(
  source: SignatureSource,
  { publicKey, fingerprint }: SigningKey,
  repository: Reference,
  digest: Digest,
): Promise<boolean> {
  const description = `key ${fingerprint}`;
  const expected = [{ kind: "key", publicKey, fingerprint, description, trustedRoot: undefined }] as const;
  try {
    await verifyImage(source, { reference: repository, tagDigest: digest, digest }, { expected });
    return true;
  } catch (error) {
    if (error instanceof UnverifiedImageError) return false;
    throw error;
  }
}

/**
 * Makes a referrer be listed. A registry with the API for referrers lists it by itself; for another one, the index at the fallback tag is
 * written (distribution-spec, "Pushing Manifests with Subject").
 */
async function list(
  source: SignatureSource,
  target: SignatureTarget,
  repository: Reference,
  subject: Digest,
  referrer: Referrer,
): Promise<void> {
  const at = repository.withTag(referrersTag(subject));
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const listed = await source.getReferrers(repository, subject);
    if (listed.some(({ digest }) => digest === referrer.digest)) return;
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...listed, referrer] };
    await target.putManifest(at, OCI_INDEX, Buffer.from(JSON.stringify(index)));
  }
  const listed = await source.getReferrers(repository, subject);
  if (listed.some(({ digest }) => digest === referrer.digest)) return;
  throw new Error(`the registry does not list the signature ${repository.withDigest(referrer.digest)}`);
}
