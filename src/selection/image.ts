import { type Digest, hexOf, type Reference } from "../reference";
import { didYouMean } from "./architecture";
import { readByDigest } from "./as-pinned";
import type { ImageDocument } from "./document";
import {
  InvalidImageError,
  NoMatchingImageError,
  TooManyCandidatesError,
  UnsupportedDownloadSourceError,
} from "./errors";
import { consider, diskFormatOf, rank } from "./rank";
import { BOOTC_SUPPORT, type SelectionProfile } from "./releases";
import type {
  ArtifactFacts,
  Candidate,
  ClassReading,
  Considered,
  Layer,
  ManifestFacts,
  NodeFacts,
  Selection,
} from "./types";

/** A candidate that can be fetched. */
export type Named = Candidate & { readonly digest: Digest };

/**
 * Manifests that a selection reads at most, one after the other. Real indexes have some dozens of entries; one of the 4 MB that a
 * manifest may have has 35,000, and reading those takes hours.
 */
export const MAX_MANIFESTS = 200;

/** The facts that follow from the layers of the selected manifest. */
type Content = Omit<ArtifactFacts, "digest">;

/**
 * Which manifest Ironic would choose from what a tag points to (Ironic, OciImageService.identify_specific_image), and what it
 * would then make of that manifest's digest.
 *
 * Pure: it yields each candidate whose manifest it needs to see, in the order in which Ironic fetches them, and is
 * given the manifest back. What Ironic itself fails on is read as if it were missing, and reported as `tagFailure`.
 * @throws {UnsupportedDownloadSourceError} for swift
 * @throws {NoMatchingImageError} when every candidate loses
 * @throws {TooManyCandidatesError} when {@link MAX_MANIFESTS} manifests were read, and none of them has one layer
 * @throws {InvalidImageError} when it is no image by Ironic's rules, or when the candidate that is next has no digest, or its layer has none
 */
export function* selectImage(
  document: ImageDocument,
  node: NodeFacts,
  profile: SelectionProfile,
  reference: Reference,
): Generator<Named, Selection, ManifestFacts> {
  if (document.refusal) {
    const { why, hint } = document.refusal;
    throw new InvalidImageError(`${reference}: ${why}`, { hint });
  }
  refuseSwift(node, reference);
  const { ranked, dropped, fault } = rank(document.candidates, node);
  const outcomes = new Map(dropped.map(({ position, considered }) => [position, considered]));
  let tagFailure = document.fault ?? fault;
  const layerCounts: number[] = [];

  let read = 0;
  for (const [place, { candidate, position, weight }] of ranked.entries()) {
    const plain = profile === "ironic-34" && candidate.disktype === undefined;
    if (plain) tagFailure ??= candidate.faults.config;
    const bootc = plain && !candidate.marked;
    let manifest: ManifestFacts | undefined = isDocument(candidate, document) ? candidate : undefined;
    // Ironic fetches a manifest only where it has no layers at hand; a single manifest it has read already.
    if (!candidate.layersAtHand && manifest === undefined) {
      if (read === MAX_MANIFESTS) throw tooMany(reference, ranked.length - place, inIndexOrder(outcomes));
      read += 1;
      manifest = yield named(candidate, reference);
    }
    const { layers = [], faults } = candidate.layersAtHand ? candidate : (manifest ?? candidate);
    tagFailure ??= faults.layers;
    if (layers.length !== 1 && !bootc) {
      const reason = `has ${layers.length} layers; a disk image has exactly one`;
      outcomes.set(position, consider(candidate, weight, "layer-count", reason));
      layerCounts.push(layers.length);
      continue;
    }
    const winner = named(candidate, reference);
    const content = bootc ? container(winner, layers) : file(winner, layers, reference);
    tagFailure ??= bootc ? containerFault(winner, layers) : fileFault(layers, profile);
    // Layers in an index's entry are not the manifest's, which alone counts by digest.
    manifest ??= yield winner;
    outcomes.set(position, consider(candidate, weight, "won", whyWon(candidate, weight, bootc)));
    for (const loser of ranked.slice(place + 1)) {
      const reason =
        loser.weight > weight
          ? `weight ${loser.weight} comes after ${weight}`
          : `weight ${weight} too, but later in the index`;
      outcomes.set(loser.position, consider(loser.candidate, loser.weight, "outranked", reason));
    }
    const { asPinned, why, failure } = readByDigest(manifest, profile);
    return {
      ...content,
      digest: winner.digest,
      asPinned,
      considered: inIndexOrder(outcomes),
      readings: { byTag: readingByTag(candidate, bootc, profile), byDigest: { kind: asPinned.kind, why } },
      tagFailure,
      pinFailure: failure,
      manifest,
    };
  }

  throw new NoMatchingImageError(`${reference}: nothing here for ${describeNode(node)}`, {
    considered: inIndexOrder(outcomes),
    hint: didYouMean(node) ?? whatToPublish(layerCounts, profile),
  });
}

function tooMany(reference: Reference, left: number, considered: readonly Considered[]): TooManyCandidatesError {
  return new TooManyCandidatesError(
    `${reference}: none of the first ${MAX_MANIFESTS} candidates has one layer, as a disk image has; ${left} more are not read, because the limit is ${MAX_MANIFESTS} manifests`,
    {
      considered,
      hint: "publish an index of the images for Ironic alone, and annotate its entries: disktype=qcow2 or disktype=raw come first",
    },
  );
}

/** What to do where nothing is chosen, by the layers of every candidate that the node could have had; none: it could have none. */
function whatToPublish(layerCounts: readonly number[], profile: SelectionProfile): string {
  if (layerCounts.length === 0) {
    return "annotate the artifact with disktype=qcow2 or disktype=raw, and name its architecture in the index";
  }
  const one = "push the disk image as an artifact with one layer: oras push HOST/PATH:TAG FILE";
  if (layerCounts.every((count) => count === 0)) return `there is no layer, so nothing to deploy: ${one}`;
  if (profile === "ironic-29")
    return `what has several layers is a container, not a disk image: ${one}; ${BOOTC_SUPPORT}`;
  return `what has several layers is a container, and its disktype or artifact marks say that it is a disk image: ${one}; or push the bootc container without them (podman push) and expect it: \`--expect bootc\` on the command line, \`expect: "bootc"\` in a program`;
}

/**
 * What Ironic takes a digest URL for: that very manifest, whose disk format it can't know
 * (Ironic, OciImageService.show). It does not look at the node, and at first takes what it will not be able to download.
 * @throws {InvalidImageError} where Ironic itself fails at once
 */
export function selectByDigest(
  digest: Digest,
  manifest: ManifestFacts,
  profile: SelectionProfile,
  reference: Reference,
): Selection {
  const { asPinned, why, failure } = readByDigest(manifest, profile);
  const layers = manifest.layers ?? [];
  if (failure !== undefined && layers.length === 0 && asPinned.kind === "disk") {
    throw new NoMatchingImageError(
      `${reference}: Ironic fails on this manifest at once, because ${failure}: there is nothing to deploy`,
      { hint: "name a manifest with one layer: oras push HOST/PATH:TAG FILE prints its digest" },
    );
  }
  if (failure !== undefined) {
    throw new InvalidImageError(`${reference}: Ironic fails on this manifest, because ${failure}`, {
      hint: "push the artifact again with a tool that follows the OCI image-spec, such as oras",
    });
  }
  const candidate: Named = { ...manifest, digest, size: undefined, architecture: undefined };
  const content = asPinned.kind === "bootc" ? container(candidate, layers) : fileAt(layers[0]);
  return {
    ...content,
    digest,
    diskFormat: asPinned.diskFormat,
    asPinned,
    considered: [consider(candidate, undefined, "won", "named by its digest")],
    readings: { byTag: undefined, byDigest: { kind: asPinned.kind, why } },
    tagFailure: undefined,
    pinFailure: undefined,
    manifest,
  };
}

/** @throws {UnsupportedDownloadSourceError} */
export function refuseSwift(node: NodeFacts, reference: Reference): void {
  if (node.imageDownloadSource !== "swift") return;
  throw new UnsupportedDownloadSourceError(
    `${reference}: image_download_source swift does not go with an OCI reference`,
    {
      hint: "use local or http",
    },
  );
}

/**
 * A candidate as one that can be fetched.
 * @throws {InvalidImageError} when it has no digest: Ironic fails as well, when it comes to it
 */
export function named(candidate: Candidate, reference: Reference): Named {
  const { digest } = candidate;
  if (digest !== undefined) return { ...candidate, digest };
  throw new InvalidImageError(
    `${reference}: not what the OCI image-spec describes: an entry of the index has no digest`,
    {
      hint: "push the index again with a tool that follows the OCI image-spec, such as oras",
    },
  );
}

/**
 * The blob of a manifest with one layer.
 * @throws {InvalidImageError} when it has no digest: Ironic fails as well, by tag at once and by digest when it downloads it
 */
export function file(candidate: Named, layers: readonly Layer[], reference: Reference): Content {
  const [layer] = layers;
  const fault = layer ? (layer.faults.whole ?? layer.faults.digest) : "layers is empty";
  if (fault !== undefined) {
    throw new InvalidImageError(`${reference}: there is nothing to boot in ${candidate.digest}: ${fault}`, {
      hint: "push the artifact again with a tool that follows the OCI image-spec, such as oras",
    });
  }
  return { ...fileAt(layer), diskFormat: diskFormatOf(candidate.disktype) };
}

function fileAt(layer: Layer | undefined): Content {
  return {
    diskFormat: "unknown",
    blobDigest: layer?.digest,
    checksum: layer?.checksum,
    size: layer?.size,
    fileName: layer?.title,
    mediaType: layer?.mediaType,
    compression: compressionOf(layer?.mediaType),
  };
}

/** A bootc container: its checksum is the manifest's own, its size what Ironic adds up from what it has at hand. */
function container(candidate: Named, layers: readonly Layer[]): Content {
  return {
    diskFormat: "bootc",
    blobDigest: undefined,
    checksum: hexOf(candidate.digest),
    size: layers.reduce((sum, layer) => sum + (layer.size ?? 0), candidate.config?.size ?? 0),
    fileName: undefined,
    mediaType: undefined,
    compression: undefined,
  };
}

/** Whether a candidate is the document itself: a single manifest, and under its own digest. */
function isDocument(candidate: Candidate, document: ImageDocument): boolean {
  return document.kind === "manifest" && candidate.digest === document.digest;
}

/** What Ironic fails on in the layer of a disk image; up to release 33 a media type has to be there. */
function fileFault(layers: readonly Layer[], profile: SelectionProfile): string | undefined {
  const { faults, mediaType } = layers[0] ?? { faults: {}, mediaType: undefined };
  const missing = profile === "ironic-29" && mediaType === undefined ? "layers[0].mediaType is missing" : undefined;
  return faults.annotations ?? faults.mediaType ?? missing;
}

function containerFault({ config }: Candidate, layers: readonly Layer[]): string | undefined {
  const sizes = layers.map(({ faults }) => faults.whole ?? faults.size);
  return [layers.length > 0 ? config?.sizeFault : undefined, ...sizes].find((fault) => fault !== undefined);
}

function compressionOf(mediaType: string | undefined): Selection["compression"] {
  if (mediaType?.endsWith("zstd")) return "zstd";
  return mediaType?.endsWith("gzip") ? "gzip" : undefined;
}

function readingByTag({ disktype }: Candidate, bootc: boolean, profile: SelectionProfile): ClassReading {
  if (bootc) return { kind: "bootc", why: "it has neither a disktype nor artifact marks" };
  if (disktype !== undefined) return { kind: "disk", why: `it has disktype ${disktype}` };
  const why = profile === "ironic-29" ? "up to release 33 everything is one" : "it has artifact marks";
  return { kind: "disk", why };
}

function whyWon(candidate: Candidate, weight: number, bootc: boolean): string {
  if (bootc) return `weight ${weight}: no disktype and no artifact marks, so Ironic takes it for a bootc container`;
  const { disktype } = candidate;
  return `weight ${weight}: ${disktype === undefined ? "no disktype, format unknown" : `disktype ${disktype}`}`;
}

function describeNode(node: NodeFacts): string {
  const architecture = node.architecture ? `a ${node.architecture} node` : "a node of any architecture";
  return node.imageDownloadSource
    ? `${architecture} with image_download_source ${node.imageDownloadSource}`
    : architecture;
}

function inIndexOrder(outcomes: ReadonlyMap<number, Considered>): Considered[] {
  return [...outcomes].sort(([a], [b]) => a - b).map(([, considered]) => considered);
}
