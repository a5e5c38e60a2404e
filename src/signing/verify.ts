import { X509Certificate } from "node:crypto";
import type { Digest, Reference } from "../reference";
import { ManifestNotFoundError, OCI_INDEX } from "../registry";
import { type Claim, claimOfSimpleSigning, claimOfStatement } from "./claims";
import { type RefusedSignature, UnverifiedImageError } from "./errors";
import { type FoundSignature, findSignatures, type SignatureSource } from "./found";
import { detachedSignature } from "./older";
import { matchesRepository } from "./pattern";
import { PUBLIC_GOOD_ROOT } from "./public-good-root";
import { describeSigner, type Expected, isExpected, type Signer, type TrustedRootFile } from "./signer";
import type { CertifiedIdentity, Trust } from "./sigstore";

/** An image to verify. */
export interface ImageToVerify {
  /** The reference, by tag or digest. */
  readonly reference: Reference;
  /** What the tag points to: the index, or the manifest itself. */
  readonly tagDigest: Digest;
  /** The manifest that is deployed. */
  readonly digest: Digest;
}

/** A signature that was verified. */
export interface Verified {
  /** What was signed: the index, or the manifest. */
  readonly digest: Digest;
  readonly signer: Signer;
  /** The trusted root of the signer that was expected; undefined for the one of sigstore's public services. */
  readonly trustedRoot: TrustedRootFile | undefined;
}

export interface VerifyOptions {
  /** Who must have signed; one is enough. */
  readonly expected: readonly Expected[];
  /** Patterns of repositories whose signatures count, besides those of the image's own repository. */
  readonly signedFor?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Verifies that an image was signed by one of the expected signers: a signature of the index counts, if the index lists the manifest, and so
 * does one of the manifest. Sends requests to the registry only.
 *
 * Signatures are sigstore bundles v0.3 among the referrers, as cosign 3 writes them, and cosign's older ones at the tag
 * `sha256-….sig`; both have to meet the same requirements. A signature that names a repository counts for that repository only: cosign
 * itself does not check that name.
 * @throws {UnverifiedImageError} which lists the signatures that were found, with the reason against each
 * @throws {RegistryError} when the registry can't be read
 */
export async function verifyImage(
  source: SignatureSource,
  image: ImageToVerify,
  options: VerifyOptions,
): Promise<Verified> {
  const { reference, tagDigest, digest } = image;
  const digests = [...new Set([tagDigest, digest])];
  const refused: RefusedSignature[] = [];
  for (const subject of digests) {
    for await (const found of findSignatures(source, reference, subject, options.signal)) {
      const outcome = "form" in found ? check(found, subject, reference, options) : found;
      if ("reason" in outcome) refused.push(outcome);
      else {
        const fault =
          subject === digest ? undefined : await listFault(source, reference, subject, digest, options.signal);
        if (fault === undefined) return { digest: subject, ...outcome };
        const reason = `it is of the index ${subject}, ${fault}`;
        refused.push({ manifest: found.manifest, signer: describeSigner(outcome.signer), reason });
      }
    }
  }
  const expected = options.expected.map(({ description }) => description);
  throw new UnverifiedImageError(reference.canonical(), digests, expected, refused, advice(image, options, refused));
}

/** Why an index is not known to list a manifest; undefined if it does. A pin of the lock file says so, and may have been edited. */
async function listFault(
  source: SignatureSource,
  repository: Reference,
  index: Digest,
  manifest: Digest,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const { content } = await source.getManifest(repository.withDigest(index), { accept: [OCI_INDEX], signal });
    const manifests = Array.isArray(content.manifests) ? (content.manifests as { digest?: unknown }[]) : [];
    return manifests.some((entry) => entry?.digest === manifest) ? undefined : `which does not list ${manifest}`;
  } catch (error) {
    // A copy without the index: of the manifest alone, with the signatures of both.
    if (error instanceof ManifestNotFoundError) return "which the registry does not have";
    throw error;
  }
}

/** The signer, or the reason why the signature does not count: that of the signer who comes closest. */
function check(
  found: FoundSignature,
  subject: Digest,
  { name }: Reference,
  { expected, signedFor = [] }: VerifyOptions,
): Omit<Verified, "digest"> | RefusedSignature {
  const { OtherKindError } = sigstore();
  const claimed = claimedSigner(found);
  let reason: string | undefined;
  for (const each of expected) {
    try {
      const { signer, claim } = verified(found, each);
      const fault =
        claimFault(claim, subject, [name, ...signedFor]) ?? (isExpected(each, signer) ? undefined : "another signer");
      if (fault === undefined) return { signer, trustedRoot: each.trustedRoot };
      reason = fault;
    } catch (error) {
      reason = error instanceof OtherKindError ? (reason ?? error.message) : describe(error);
      if (
        each.kind === "key" &&
        claimed !== undefined &&
        claimed !== each.fingerprint &&
        !(error instanceof OtherKindError)
      ) {
        reason = "it is by another key";
      }
    }
  }
  const signer = claimed === undefined ? undefined : claimed.startsWith("sha256:") ? `key ${claimed}` : claimed;
  return { manifest: found.manifest, signer, reason: reason ?? "no signer is expected" };
}

/** @throws {Error} the reason why the signature is not valid */
function verified(found: FoundSignature, expected: Expected): { readonly signer: Signer; readonly claim: Claim } {
  const trust = trustIn(expected);
  if (found.form === "bundle") {
    const { signer, payloadType, payload } = sigstore().verifyBundle(found.bundle, trust);
    return { signer: signerOf(expected, signer), claim: claimOfStatement(payloadType, payload) };
  }
  const signer = sigstore().verifyDetached(detachedSignature(found.payload, found.annotations), trust);
  return { signer: signerOf(expected, signer), claim: claimOfSimpleSigning(found.payload) };
}

function signerOf(expected: Expected, certified: CertifiedIdentity | undefined): Signer {
  if (certified) return certified;
  if (expected.kind === "key") return { key: expected.fingerprint };
  throw new Error("it is by a key, not by a certificate");
}

function claimFault(
  { digests, repository }: Claim,
  subject: Digest,
  repositories: readonly string[],
): string | undefined {
  if (!digests.includes(subject)) return `it is a signature of ${digests.join(", ") || "no digest"}`;
  if (repository === undefined || repositories.some((each) => matchesRepository(each, repository))) return undefined;
  return `it is a signature for the repository ${repository}`;
}

/** The verifier's reasons are sentences about the signature. Of other errors, it is only reported that they happened. */
function describe(error: unknown): string {
  const { message, name, code, cause } = error as NodeJS.ErrnoException;
  if (/^(Type|Syntax|Range)Error$/.test(name) || String(code).startsWith("ERR_")) return "it is malformed";
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function trustIn(expected: Expected): Trust {
  return {
    publicKey: expected.kind === "key" ? expected.publicKey : undefined,
    trustedRoot: expected.trustedRoot?.content ?? PUBLIC_GOOD_ROOT,
  };
}

/** The signer that a signature names, not verified: a key's fingerprint, or the names in a certificate. */
function claimedSigner(found: FoundSignature): string | undefined {
  try {
    if (found.form === "simple signing") {
      const { certificate } = detachedSignature(found.payload, found.annotations);
      return certificate && namesIn(certificate);
    }
    const { publicKey, certificate } = (
      found.bundle as Record<string, Record<string, { hint?: string; rawBytes?: string }>>
    ).verificationMaterial as Record<string, { hint?: string; rawBytes?: string } | undefined>;
    if (certificate?.rawBytes) return namesIn(Buffer.from(certificate.rawBytes, "base64"));
    // cosign's hint is the digest of the public key.
    const hint = Buffer.from(publicKey?.hint ?? "", "base64");
    return hint.length === 32 ? `sha256:${hint.toString("hex")}` : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(certificate: Buffer): string | undefined {
  return new X509Certificate(certificate).subjectAltName?.replaceAll(/(?:email|URI):/g, "");
}

function advice(
  { reference, tagDigest }: ImageToVerify,
  { expected }: VerifyOptions,
  refused: readonly RefusedSignature[],
): string {
  const byKey = expected.some(({ kind }) => kind === "key");
  const sign = `cosign sign${byKey ? " --key cosign.key" : ""} ${reference.name}@${tagDigest}`;
  if (refused.length === 0)
    return `have it signed: ${sign}; a copy of it has to be made with its signatures, and those of its index: ironic-oci copy --whole`;
  return `do not use the image unless you know why; if one of these signers is to be trusted, name it as an expected one; if the image is right, have it signed: ${sign}`;
}

function sigstore(): typeof import("./sigstore") {
  return require("./sigstore") as typeof import("./sigstore");
}
