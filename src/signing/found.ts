import { algorithmOf, type Digest, isDigest, type Reference } from "../reference";
import {
  DigestMismatchError,
  ManifestNotFoundError,
  OCI_MANIFEST,
  type RegistryClient,
  TagNotFoundError,
  UnexpectedResponseError,
} from "../registry";
import { COSIGN_SIGN } from "./claims";
import type { RefusedSignature } from "./errors";
import { parseJson } from "./signer";

/** The reads that verification needs. */
export type SignatureSource = Pick<RegistryClient, "getManifest" | "getBlob" | "getReferrers">;

/** A signature in the registry, not verified. */
export type FoundSignature = {
  /** The manifest that carries it. */
  readonly manifest: Digest;
} & (
  | { readonly form: "bundle"; readonly bundle: unknown }
  | {
      readonly form: "simple signing";
      readonly payload: Buffer;
      readonly annotations: Readonly<Record<string, unknown>>;
    }
);

export const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
/** Of each form; an image has one or a few. */
const MAX_SIGNATURES = 64;
/** Bytes: a bundle with a certificate and a log entry has less than 16 kB. */
const MAX_SIGNATURE = 256 * 1024;

/**
 * The tag under which cosign before 3 keeps the signatures of a manifest (SIGNATURE_SPEC.md, "Tag-based Discovery"); undefined for a
 * digest by sha512, which is too long for a tag.
 */
export function signatureTag(subject: Digest): string | undefined {
  return algorithmOf(subject) === "sha256" ? `${subject.replace(":", "-")}.sig` : undefined;
}

/**
 * The signatures of a manifest: bundles among its referrers, then those at cosign's older tag. What can't be used is yielded with
 * the reason; an error that says nothing about the signature, such as a registry that is down, is thrown.
 */
export async function* findSignatures(
  source: SignatureSource,
  repository: Reference,
  subject: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundSignature | RefusedSignature> {
  yield* usable(subject, findBundles(source, repository, subject, signal));
  yield* usable(subject, findOlder(source, repository, subject, signal));
}

async function* findBundles(
  source: SignatureSource,
  repository: Reference,
  subject: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundSignature | RefusedSignature> {
  const referrers = await source.getReferrers(repository, subject, { artifactType: BUNDLE, signal });
  let count = 0;
  for (const { digest, size, annotations } of referrers) {
    if (isAttestation(annotations)) continue;
    count += 1;
    if (count > MAX_SIGNATURES) return yield tooMany(digest);
    yield* usable(digest, bundleAt(source, repository, { digest, size }, subject, signal));
  }
}

async function* findOlder(
  source: SignatureSource,
  repository: Reference,
  subject: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundSignature | RefusedSignature> {
  const tag = signatureTag(subject);
  if (tag === undefined) return;
  const tagged = await source
    .getManifest(repository.withTag(tag), { accept: [OCI_MANIFEST], signal })
    .catch((error: unknown) => {
      if (error instanceof TagNotFoundError) return undefined;
      throw error;
    });
  if (tagged === undefined) return;
  let count = 0;
  for (const layer of layersOf(tagged.content)) {
    if (layer.mediaType !== SIMPLE_SIGNING) continue;
    count += 1;
    if (count > MAX_SIGNATURES) return yield tooMany(tagged.digest);
    yield* usable(tagged.digest, olderIn(source, repository, tagged.digest, layer, signal));
  }
}

async function* olderIn(
  source: SignatureSource,
  repository: Reference,
  manifest: Digest,
  layer: Layer,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundSignature> {
  const payload = await source.getBlob(repository, layer, { maxBytes: MAX_SIGNATURE, signal });
  yield { manifest, form: "simple signing", payload, annotations: layer.annotations };
}

/** The signatures that `found` yields, and the reason where their content, or a list of them, ends it. */
async function* usable(
  manifest: Digest,
  found: AsyncIterable<FoundSignature | RefusedSignature>,
): AsyncGenerator<FoundSignature | RefusedSignature> {
  try {
    yield* found;
  } catch (error) {
    const aboutContent = [ManifestNotFoundError, DigestMismatchError, UnexpectedResponseError, UnusableError];
    if (!aboutContent.some((each) => error instanceof each)) throw error;
    yield { manifest, signer: undefined, reason: (error as Error).message };
  }
}

/** A manifest or blob that is no signature in the form that it should have. */
class UnusableError extends Error {}

async function* bundleAt(
  source: SignatureSource,
  repository: Reference,
  { digest: manifest, size }: Pick<Layer, "digest" | "size">,
  subject: Digest,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundSignature> {
  const at = repository.withDigest(manifest);
  const { content } = await source.getManifest(at, { accept: [OCI_MANIFEST], size, signal });
  if (content.artifactType !== BUNDLE || isAttestation(content.annotations)) return;
  if ((content.subject as { digest?: unknown } | undefined)?.digest !== subject) {
    throw new UnusableError("the registry lists it for another manifest than it was made for");
  }
  const [layer, ...more] = layersOf(content);
  if (layer?.mediaType !== BUNDLE || more.length > 0)
    throw new UnusableError("its manifest has no bundle as its layer");
  const blob = await source.getBlob(repository, layer, { maxBytes: MAX_SIGNATURE, signal });
  const bundle = parseJson(blob.toString("utf8"));
  if (bundle === undefined) throw new UnusableError("its bundle is not JSON");
  if ((bundle as { mediaType?: unknown } | null)?.mediaType !== BUNDLE) {
    throw new UnusableError("its bundle has another format than v0.3");
  }
  yield { manifest, form: "bundle", bundle };
}

/** Whether the annotations say that a bundle is an attestation of another kind: such as a bill of materials, and of any size. */
function isAttestation(annotations: unknown): boolean {
  const predicate = (annotations as Readonly<Record<string, unknown>> | undefined)?.[
    "dev.sigstore.bundle.predicateType"
  ];
  return predicate !== undefined && predicate !== COSIGN_SIGN;
}

interface Layer {
  readonly mediaType: unknown;
  readonly digest: Digest;
  readonly size: number;
  readonly annotations: Readonly<Record<string, unknown>>;
}

function layersOf({ layers }: Readonly<Record<string, unknown>>): readonly Layer[] {
  return (Array.isArray(layers) ? (layers as Partial<Layer>[]) : []).flatMap((layer) => {
    const { mediaType, digest, size, annotations = {} } = layer ?? {};
    return isDigest(digest) && Number.isSafeInteger(size)
      ? [{ mediaType, digest, size: size as number, annotations }]
      : [];
  });
}

function tooMany(manifest: Digest): RefusedSignature {
  return { manifest, signer: undefined, reason: `not read: there are more than ${MAX_SIGNATURES} signatures` };
}
