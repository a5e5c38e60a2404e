/**
 * The cryptography, by sigstore's own packages. They take 30 ms to load: this file is required on first use, and is a file of its own
 * beside the command line. It imports no class of this project, so that none exists twice.
 */
import { createHash, type KeyObject, verify as verifySignature } from "node:crypto";
import { bundleFromJSON, isBundleWithDsseEnvelope, toMessageSignatureBundle } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { type SignedEntity, toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";
import { preAuthenticationEncoding } from "./dsse";

export { secretbox } from "@noble/ciphers/salsa";

/** What a signature is verified with. */
export interface Trust {
  /** The signer's key; undefined: a certificate of an authority of the trusted root is expected. */
  readonly publicKey: KeyObject | undefined;
  /** The parsed JSON of a trusted root. */
  readonly trustedRoot: unknown;
}

/** The identity in a certificate that was verified; undefined for a signature by key. */
export interface CertifiedIdentity {
  readonly identity: string;
  readonly issuer: string;
}

/** A signature that names no key but has a certificate, or the other way round. */
export class OtherKindError extends Error {}

/** A DSSE envelope whose signature was verified. */
export interface VerifiedEnvelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signer: CertifiedIdentity | undefined;
}

/** An older signature of cosign: the payload is a blob, the remainder is in annotations. */
export interface DetachedSignature {
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The certificate, DER; undefined for a signature by key. */
  readonly certificate: Buffer | undefined;
  readonly logEntry: DetachedLogEntry | undefined;
  /** RFC 3161 responses, DER. */
  readonly timestamps: readonly Buffer[];
}

/** An entry of a transparency log (Rekor), with the log's promise to include it. */
export interface DetachedLogEntry {
  readonly kind: string;
  readonly apiVersion: string;
  readonly body: Buffer;
  /** Seconds since 1970. */
  readonly integratedTime: number;
  readonly logIndex: number;
  readonly logId: Buffer;
  readonly signedEntryTimestamp: Buffer;
}

/**
 * Verifies a sigstore bundle with an envelope.
 * @throws {Error} the reason; OtherKindError before any verification
 */
export function verifyBundle(json: unknown, trust: Trust): VerifiedEnvelope {
  const bundle = bundleFromJSON(json);
  if (!isBundleWithDsseEnvelope(bundle)) throw new Error("it has no envelope with a statement about an image");
  const { payloadType, payload } = bundle.content.dsseEnvelope;
  const signer = verify(entityOf(bundle), preAuthenticationEncoding(payloadType, payload), trust);
  return { payloadType, payload, signer };
}

/**
 * Verifies an older signature.
 * @throws {Error} the reason; OtherKindError before any verification
 */
export function verifyDetached(signed: DetachedSignature, trust: Trust): CertifiedIdentity | undefined {
  const { payload, signature, certificate, logEntry, timestamps } = signed;
  const bundle = toMessageSignatureBundle({
    // Compared with the digest in the log's entry only; the signature is verified with the payload.
    digest: sha256(payload),
    signature,
    ...(certificate && { certificate }),
  });
  bundle.verificationMaterial.timestampVerificationData = {
    rfc3161Timestamps: timestamps.map((signedTimestamp) => ({ signedTimestamp })),
  };
  if (logEntry) {
    bundle.verificationMaterial.tlogEntries = [
      {
        logIndex: String(logEntry.logIndex),
        logId: { keyId: logEntry.logId },
        kindVersion: { kind: logEntry.kind, version: logEntry.apiVersion },
        integratedTime: String(logEntry.integratedTime),
        inclusionPromise: { signedEntryTimestamp: logEntry.signedEntryTimestamp },
        inclusionProof: undefined,
        canonicalizedBody: logEntry.body,
      },
    ];
  }
  return verify(entityOf(bundle, payload), payload, trust);
}

function entityOf(...bundle: Parameters<typeof toSignedEntity>): SignedEntity {
  try {
    return toSignedEntity(...bundle);
  } catch {
    throw new Error("its certificate or timestamp is malformed");
  }
}

/** @param signed what the signature is of */
function verify(
  entity: SignedEntity,
  signed: Buffer,
  { publicKey, trustedRoot }: Trust,
): CertifiedIdentity | undefined {
  if ((entity.key.$case === "public-key") !== (publicKey !== undefined)) {
    throw new OtherKindError(
      publicKey ? "it is by a certificate, not by a key" : "it is by a key, not by a certificate",
    );
  }
  const root = TrustedRoot.fromJSON(trustedRoot);
  const isStamped = entity.timestamps.some(({ $case }) => $case === "timestamp-authority");
  if (isStamped && root.timestampAuthorities.length === 0) {
    throw new Error("it has a timestamp, and the trusted root has no timestamp authority");
  }
  const material = toTrustMaterial(root, () => {
    if (publicKey === undefined) throw new Error("a key is not expected");
    // The bundle's hint at a key proves nothing: the key that is expected decides.
    return { publicKey, validFor: () => true };
  });
  // A certificate is short-lived: a log or a timestamp has to prove when it was used. For a key, they are not required; those that a
  // signature has are verified in both cases.
  const options = publicKey
    ? { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 }
    : { tlogThreshold: root.tlogs.length > 0 ? 1 : 0, ctlogThreshold: root.ctlogs.length > 0 ? 1 : 0 };
  const signature = publicKey ? byAnyHash(entity.signature, signed) : entity.signature;
  const { identity } = new Verifier(material, options).verify({ ...entity, signature });
  if (publicKey) return undefined;
  const { subjectAlternativeName, extensions } = identity ?? {};
  if (!subjectAlternativeName || !extensions?.issuer) throw new Error("its certificate names no identity and issuer");
  return { identity: subjectAlternativeName, issuer: extensions.issuer };
}

/**
 * A signature by a key, which does not say with which hash: cosign 3 takes SHA-384 for P-384 and SHA-512 for P-521, cosign before 3 and
 * `cosign verify` SHA-256 for all, unless an option names another. `@sigstore/verify` knows SHA-256 only.
 */
function byAnyHash(content: SignatureContent, signed: Buffer): SignatureContent {
  return {
    signature: content.signature,
    compareSignature: (signature) => content.compareSignature(signature),
    compareDigest: (digest) => content.compareDigest(digest),
    verifySignature: (key) => {
      const isEd25519 = key.asymmetricKeyType === "ed25519";
      const hashes = isEd25519 ? [null] : ["sha256", "sha384", "sha512"];
      if (hashes.some((hash) => isSignature(hash, signed, key, content.signature))) return true;
      if (isEd25519) throw new Error(ED25519PH);
      return false;
    },
  };
}

/** cosign 3.1 signs with the prehash variant of RFC 8032, which Node's crypto lacks; `cosign verify` 3.1 does not verify it either. */
const ED25519PH =
  "signature verification failed: it is of something else, or by Ed25519ph, which cosign 3 signs with and does not verify itself";

function isSignature(hash: string | null, signed: Buffer, key: KeyObject, signature: Buffer): boolean {
  try {
    return verifySignature(hash, signed, key, signature);
  } catch {
    return false;
  }
}

type SignatureContent = SignedEntity["signature"];

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
