import { hexOf, type Reference } from "../reference";
import type { ImageDocument } from "./document";
import { NoMatchingImageError, UnsupportedDownloadSourceError } from "./errors";
import { consider, diskFormatOf, disktypeOf, rank } from "./rank";
import type { SelectionProfile } from "./releases";
import type { Candidate, Considered, Layer, ManifestFacts, NodeFacts, Selection } from "./types";

const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";
const TITLE = "org.opencontainers.image.title";

/**
 * Which manifest Ironic would choose from what a tag points to (Ironic, OciImageService.identify_specific_image).
 *
 * Pure: it yields each candidate whose manifest it needs to see, in the order in which Ironic fetches them, and is
 * given the manifest back.
 * @throws {UnsupportedDownloadSourceError} for swift
 * @throws {NoMatchingImageError} when every candidate loses
 */
export function* selectImage(
  document: ImageDocument,
  node: NodeFacts,
  profile: SelectionProfile,
  reference: Reference,
): Generator<Candidate, Selection, ManifestFacts> {
  refuseSwift(node, reference);
  const { ranked, dropped } = rank(document.candidates, node);
  const outcomes = new Map(dropped.map(({ position, considered }) => [position, considered]));

  for (const [place, { candidate, position, weight }] of ranked.entries()) {
    const bootc = profile === "ironic-34" && disktypeOf(candidate) === undefined && !isArtifact(candidate);
    const layers = (hasLayers(candidate, document) ? candidate.layers : (yield candidate).layers) ?? [];
    if (layers.length !== 1 && !bootc) {
      const reason = `has ${layers.length} layers; a disk image has exactly one`;
      outcomes.set(position, consider(candidate, weight, "layer-count", reason));
      continue;
    }
    outcomes.set(position, consider(candidate, weight, "won", whyWon(candidate, weight, bootc)));
    for (const loser of ranked.slice(place + 1)) {
      const reason =
        loser.weight > weight
          ? `weight ${loser.weight} comes after ${weight}`
          : `weight ${weight} too, but later in the index`;
      outcomes.set(loser.position, consider(loser.candidate, loser.weight, "outranked", reason));
    }
    const considered = inIndexOrder(outcomes);
    return bootc ? chooseBootc(candidate, layers, considered) : chooseDisk(candidate, layers, considered);
  }

  throw new NoMatchingImageError(`${reference}: nothing here for ${describeNode(node)}`, {
    considered: inIndexOrder(outcomes),
    hint: "annotate the artifact with disktype=qcow2 or disktype=raw, and name its architecture in the index",
  });
}

/**
 * What Ironic takes a digest URL for: that very manifest, whose disk format it can't know
 * (Ironic, OciImageService.show). It does not look at the node.
 */
export function selectByDigest(candidate: Candidate, profile: SelectionProfile, reference: Reference): Selection {
  const layers = candidate.layers ?? [];
  const won = [consider(candidate, undefined, "won", "named by its digest")];
  if (profile === "ironic-34" && !isArtifact(candidate)) return chooseBootc(candidate, layers, won);
  if (layers.length === 0) {
    throw new NoMatchingImageError(`${reference}: the manifest has no layers, so there is nothing to boot`);
  }
  return { ...chooseDisk(candidate, layers, won), diskFormat: "unknown" };
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

/** Ironic's artifact marks, looked for on what it has at hand: an index's entry normally carries neither. */
function isArtifact(manifest: ManifestFacts): boolean {
  return Boolean(manifest.artifactType) || manifest.config?.mediaType === EMPTY_CONFIG;
}

/** Ironic fetches a manifest only where it has no layers at hand; a single manifest it has read already. */
function hasLayers(candidate: Candidate, document: ImageDocument): boolean {
  return document.kind === "manifest" || (candidate.layers?.length ?? 0) > 0;
}

/** The blob of a manifest with one layer (of its first one, for a digest URL: Ironic looks no further). */
export function chooseDisk(
  candidate: Candidate,
  layers: readonly Layer[],
  considered: readonly Considered[],
): Selection {
  const [layer] = layers;
  if (!layer) throw new RangeError("a manifest without layers can't be chosen");
  return {
    digest: candidate.digest,
    diskFormat: diskFormatOf(disktypeOf(candidate)),
    blobDigest: layer.digest,
    checksum: hexOf(layer.digest),
    size: layer.size,
    fileName: layer.annotations[TITLE],
    mediaType: layer.mediaType,
    compression: compressionOf(layer.mediaType),
    considered,
    layerCount: layers.length,
    config: candidate.config,
  };
}

/** A bootc container: its checksum is the manifest's own, its size what Ironic adds up from what it has at hand. */
function chooseBootc(candidate: Candidate, layers: readonly Layer[], considered: readonly Considered[]): Selection {
  return {
    digest: candidate.digest,
    diskFormat: "bootc",
    blobDigest: undefined,
    checksum: hexOf(candidate.digest),
    size: layers.reduce((sum, layer) => sum + layer.size, candidate.config?.size ?? 0),
    fileName: undefined,
    mediaType: undefined,
    compression: undefined,
    considered,
    layerCount: layers.length,
    config: candidate.config,
  };
}

function compressionOf(mediaType: string | undefined): Selection["compression"] {
  if (mediaType?.endsWith("zstd")) return "zstd";
  return mediaType?.endsWith("gzip") ? "gzip" : undefined;
}

function whyWon(candidate: Candidate, weight: number, bootc: boolean): string {
  if (bootc) return `weight ${weight}: no disktype and no artifact marks, so Ironic takes it for a bootc container`;
  const disktype = disktypeOf(candidate);
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
