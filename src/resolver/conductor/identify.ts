import { type Digest, digestOf, type Reference } from "../../reference";
import { OCI_MANIFEST } from "../../registry";
import {
  type Candidate,
  type DiskFormat,
  type ManifestFacts,
  readDocument,
  readManifest,
  SelectionError,
  selectImage,
} from "../../selection";
import { type Conductor, hasUserAndPassword, type Target } from "./conductor";
import { ConductorFailure } from "./connection";

/** How a conductor deploys an artifact: its one layer is the disk, or it is a container that installs itself. */
export type ArtifactKind = "disk" | "bootc";

/** What Ironic makes of a reference, as far as a deployment depends on it. */
export interface Identified {
  readonly kind: ArtifactKind;
  /** What Ironic writes into `image_disk_format`; undefined for the `None` of a tag without a disktype. */
  readonly diskFormat: DiskFormat | undefined;
  /** Bytes that a machine gets: the one layer's, as it is in the registry; of a container the sum of its layers. */
  readonly size: number;
  readonly layerCount: number;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  /** What Ironic makes of the same manifest when it is named by its digest. */
  readonly kindByDigest: ArtifactKind;
}

/** One document of the registry's. */
export interface FetchedDocument {
  readonly content: unknown;
  /** The `Docker-Content-Digest` header; Ironic computes no digest of its own. */
  readonly digest: string | undefined;
  readonly body: Buffer;
}

/** The registry, as the conductor is let in; each method throws a ConductorFailure when it is not. */
export interface Documents {
  /** `tags/list`, all pages. */
  tags(): Promise<readonly string[]>;
  /** A manifest or index by tag or digest. */
  manifest(tagOrDigest: string, accept: readonly string[]): Promise<FetchedDocument>;
}

const ACCEPT_TAG = ["application/vnd.oci.image.index.v1+json", OCI_MANIFEST];
const EMPTY_CONFIG = "application/vnd.oci.empty.v1+json";

/**
 * What Ironic makes of a disk image's reference.
 * Source: Ironic, `OciImageService.identify_specific_image` and `show` (29.0.5, 34.0.0, 39.0.0).
 * @returns the identification, or why there is none although everything could be read
 * @throws {ConductorFailure} when something can't be read
 */
export async function identify(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  documents: Documents,
): Promise<Identified | { readonly fault: string }> {
  if (reference.digest !== undefined) {
    const { content } = await documents.manifest(reference.digest, [OCI_MANIFEST]);
    return faultOr(() => showByDigest(content, conductor));
  }
  const tags = await documents.tags();
  if (!tags.includes(reference.effectiveTag)) {
    throw new ConductorFailure("the registry's list of tags does not have this one, and Ironic looks nowhere else");
  }
  const document = await documents.manifest(reference.effectiveTag, ACCEPT_TAG);
  return identifyByTag(reference, document, conductor, target, documents);
}

async function identifyByTag(
  reference: Reference,
  { content, digest, body }: FetchedDocument,
  conductor: Conductor,
  target: Target,
  documents: Documents,
): Promise<Identified | { readonly fault: string }> {
  const crash = crashOnIndex(content, target);
  if (crash !== undefined) return { fault: crash };
  const contentDigest = (digest ?? digestOf(body)) as Digest;
  const manifests = new Map<string, unknown>();
  let selection: ReturnType<typeof selectImage> extends Generator<infer _C, infer S, infer _M> ? S : never;
  let isIndex: boolean;
  try {
    const parsed = readDocument(content, contentDigest, reference);
    isIndex = parsed.kind === "index";
    if (!isIndex) manifests.set(contentDigest, content);
    const node = { architecture: target.architecture, imageDownloadSource: sourceOf(conductor, target) };
    const steps = selectImage(parsed, node, conductor.release.profile, reference);
    let step = steps.next();
    while (!step.done) {
      const fetched = await fetchCandidate(step.value, reference, documents);
      manifests.set(step.value.digest, fetched.content);
      step = steps.next(fetched.facts);
    }
    selection = step.value;
  } catch (error) {
    if (error instanceof SelectionError) return { fault: messageWithout(error, reference) };
    throw error;
  }
  if (!isIndex && digest === undefined) {
    return { fault: "the registry names no Docker-Content-Digest, and Ironic computes none" };
  }
  return faultOr(async () => {
    const kind = selection.diskFormat === "bootc" ? "bootc" : "disk";
    const manifest =
      manifests.get(selection.digest) ?? (await documents.manifest(selection.digest, [OCI_MANIFEST])).content;
    if (kind === "disk") crashOnLayer(manifest, conductor);
    return {
      kind,
      diskFormat: selection.diskFormat === "unknown" ? undefined : selection.diskFormat,
      size: selection.size,
      layerCount: selection.layerCount,
      mediaType: selection.mediaType,
      kindByDigest: kindByDigest(manifest, conductor),
    };
  });
}

async function fetchCandidate(
  { digest }: Candidate,
  reference: Reference,
  documents: Documents,
): Promise<{ readonly content: unknown; readonly facts: ManifestFacts }> {
  const { content } = await documents.manifest(digest, [OCI_MANIFEST]);
  return { content, facts: readManifest(content, reference) };
}

/**
 * What Ironic makes of a manifest that is named by its digest. It looks at nothing but the manifest, and can't know the format.
 * Source: Ironic, `OciImageService.show`.
 */
export function showByDigest(content: unknown, conductor: Conductor): Identified {
  const kind = kindByDigest(content, conductor);
  const { config, layers: given } = asObject(content, "the manifest");
  const layers = given === undefined ? [{}] : asArray(given, "layers");
  const sizes = layers.map((layer) => numberIn(asObject(layer, "a layer").size));
  if (kind === "disk" && layers.length === 0)
    throw new ConductorFailure("the manifest has no layers, and Ironic fails on it");
  const [first] = layers as readonly Record<string, unknown>[];
  return {
    kind,
    diskFormat: kind === "bootc" ? "bootc" : "unknown",
    size:
      kind === "disk"
        ? (sizes[0] ?? 0)
        : sizes.reduce((sum, size) => sum + size, numberIn(asObject(config ?? {}, "config").size)),
    layerCount: given === undefined ? 0 : layers.length,
    mediaType: kind === "disk" && typeof first?.mediaType === "string" ? first.mediaType : undefined,
    kindByDigest: kind,
  };
}

/**
 * The class of a manifest by its digest: up to 33 everything is a disk image; from 34 on only what carries the marks of an artifact.
 * @throws {ConductorFailure} where Ironic fails on it
 */
export function kindByDigest(content: unknown, { release }: Conductor): ArtifactKind {
  return hasUserAndPassword(release) ? kindByMarks(content) : "disk";
}

/**
 * Whether a manifest carries the marks of an artifact: `artifactType`, or an empty config.
 * @throws {ConductorFailure} for what is no manifest
 */
export function kindByMarks(content: unknown): ArtifactKind {
  const manifest = asObject(content, "the manifest");
  if (manifest.artifactType) return "disk";
  const config = manifest.config === undefined ? {} : asObject(manifest.config, "config");
  return config.mediaType === EMPTY_CONFIG ? "disk" : "bootc";
}

/** `image_download_source` as it counts for the node. */
export function sourceOf({ settings }: Conductor, { imageDownloadSource }: Target): string {
  return imageDownloadSource ?? settings.imageDownloadSource;
}

/** Nulls in an index that end in an AttributeError or TypeError, before anything is chosen. */
function crashOnIndex(content: unknown, { architecture }: Target): string | undefined {
  if (typeof content !== "object" || content === null || Array.isArray(content))
    return "what the tag points to is no JSON object";
  const { manifests } = content as Record<string, unknown>;
  if (manifests === null) return isNull("manifests");
  const entries = Array.isArray(manifests) && manifests.length > 0 ? manifests : [content];
  for (const entry of entries as readonly Record<string, unknown>[]) {
    if (typeof entry !== "object" || entry === null) return "the index lists something that is no object";
    if (entry.platform === null && architecture) return isNull("platform");
    if (entry.annotations === null) return isNull("annotations");
  }
  return undefined;
}

/** What Ironic fails on in the layer that it has chosen. */
function crashOnLayer(content: unknown, { release }: Conductor): void {
  const [layer] = asArray(asObject(content, "the manifest").layers, "layers");
  const { annotations, mediaType } = asObject(layer, "a layer");
  if (annotations === null) throw new ConductorFailure(isNull("a layer's annotations"));
  if (!mediaType && !hasUserAndPassword(release)) {
    throw new ConductorFailure(`the layer has no mediaType, and Ironic ${release.version} fails on that by tag`);
  }
}

async function faultOr<T>(identification: () => T | Promise<T>): Promise<T | { readonly fault: string }> {
  try {
    return await identification();
  } catch (error) {
    if (error instanceof ConductorFailure) return { fault: error.message };
    throw error;
  }
}

function isNull(what: string): string {
  return `${what} is null, and Ironic fails on that`;
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ConductorFailure(value === null ? isNull(what) : `${what} is no JSON object, and Ironic fails on that`);
}

function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new ConductorFailure(value === null ? isNull(what) : `${what} is no list, and Ironic fails on that`);
}

function numberIn(value: unknown): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  throw new ConductorFailure("a size is no number, and Ironic fails on that");
}

/** A selection's error says which reference it is about; a diagnosis does that already. */
function messageWithout(error: Error, reference: Reference): string {
  const prefix = `${reference}: `;
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}
