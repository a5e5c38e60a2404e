import { type Digest, digestOf, type Reference } from "../../reference";
import { OCI_INDEX, OCI_MANIFEST } from "../../registry";
import {
  type ArtifactClass,
  type DiskFormat,
  readDocument,
  readManifest,
  type Selection,
  SelectionError,
  selectByDigest,
  selectImage,
} from "../../selection";
import type { Conductor, Target } from "./conductor";
import { ConductorFailure } from "./connection";

/** Ironic's reading of a reference: the facts that a deployment depends on. */
export interface Identified {
  readonly kind: ArtifactClass;
  /** What Ironic writes into `image_disk_format`; undefined for the `None` of a tag without a disktype. */
  readonly diskFormat: DiskFormat | undefined;
  /** Bytes that a machine gets: the one layer's, as it is in the registry; of a container the sum of its layers. */
  readonly size: number;
  readonly layerCount: number;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  /** What podman finds at the same reference, going by the marks of an artifact; undefined for an index, from which it picks itself. */
  readonly containerKind: ArtifactClass | undefined;
  /** Class of the same manifest when it is referenced by digest. */
  readonly kindByDigest: ArtifactClass;
  /** The failure by digest, if any. */
  readonly digestFault: string | undefined;
}

/** Ironic reads the registry's responses and fails on their content. */
export interface Unidentified {
  /** The reason, in a clause. */
  readonly fault: string;
}

/** A manifest or index as the registry served it. */
export interface FetchedDocument {
  /** A JSON object. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The `Docker-Content-Digest` header; Ironic computes no digest of its own. */
  readonly digest: string | undefined;
  readonly body: Buffer;
}

/** Registry access with the conductor's credentials; each method throws a ConductorFailure on refusal. */
export interface Documents {
  /** `tags/list`, all pages. */
  tags(): Promise<readonly string[]>;
  /** A manifest or index by tag or digest. */
  manifest(tagOrDigest: string, accept: readonly string[]): Promise<FetchedDocument>;
}

/**
 * Ironic's reading of a disk image's reference.
 * Source: Ironic, `OciImageService.identify_specific_image` and `show` (29.0.5, 34.0.0, 39.0.0).
 * @throws {ConductorFailure} when something can't be read
 */
export async function identify(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  documents: Documents,
): Promise<Identified | Unidentified> {
  try {
    return reference.digest === undefined
      ? await identifyTag(reference, conductor, target, documents)
      : await identifyDigest(reference, reference.digest, conductor, documents);
  } catch (error) {
    if (error instanceof SelectionError) return { fault: withoutReference(error.message, reference) };
    throw error;
  }
}

async function identifyDigest(
  reference: Reference,
  digest: Digest,
  { release }: Conductor,
  documents: Documents,
): Promise<Identified> {
  const { content } = await documents.manifest(digest, [OCI_MANIFEST]);
  const manifest = readManifest(content);
  const selection = selectByDigest(digest, manifest, release.profile, reference);
  return toIdentified(selection, "unknown", manifest.lists === undefined);
}

async function identifyTag(
  reference: Reference,
  conductor: Conductor,
  target: Target,
  documents: Documents,
): Promise<Identified | Unidentified> {
  const tags = await documents.tags();
  if (!tags.includes(reference.effectiveTag)) {
    throw new ConductorFailure(
      "the registry's list of tags does not have this one, and Ironic has no other lookup",
      "check the tag; if the registry has it without listing it, use its digest, which ironic-oci resolve prints",
    );
  }
  const { content, digest, body } = await documents.manifest(reference.effectiveTag, [OCI_INDEX, OCI_MANIFEST]);
  const document = readDocument(content, (digest ?? digestOf(body)) as Digest);
  const node = { architecture: target.architecture, imageDownloadSource: sourceOf(conductor, target) };
  const steps = selectImage(document, node, conductor.release.profile, reference);
  let step = steps.next();
  while (!step.done) {
    step = steps.next(readManifest((await documents.manifest(step.value.digest, [OCI_MANIFEST])).content));
  }
  const { tagFailure, diskFormat } = step.value;
  if (tagFailure !== undefined) return { fault: `Ironic fails on this tag, because ${tagFailure}` };
  if (document.kind === "manifest" && digest === undefined && content.digest === undefined) {
    return { fault: "the registry names no Docker-Content-Digest, and Ironic computes none" };
  }
  return toIdentified(step.value, diskFormat === "unknown" ? undefined : diskFormat, document.kind === "manifest");
}

function toIdentified(selection: Selection, diskFormat: DiskFormat | undefined, isManifest: boolean): Identified {
  const { asPinned, readings, size = 0, mediaType, manifest, pinFailure } = selection;
  const { kind } = readings.byTag ?? readings.byDigest;
  return {
    kind,
    diskFormat: kind === "bootc" ? "bootc" : diskFormat,
    size,
    layerCount: manifest.layers?.length ?? 0,
    mediaType,
    containerKind: isManifest ? (manifest.marked ? "disk" : "bootc") : undefined,
    kindByDigest: asPinned.kind,
    digestFault: pinFailure,
  };
}

/** Effective `image_download_source` of the node. */
export function sourceOf({ settings }: Conductor, { imageDownloadSource }: Target): string {
  return imageDownloadSource ?? settings.imageDownloadSource;
}

/** A selection's error says which reference it is about; a diagnosis does that already. */
function withoutReference(message: string, reference: Reference): string {
  const prefix = `${reference}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
