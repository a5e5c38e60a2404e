import { type Digest, digestOf } from "../reference";
import { OCI_INDEX, OCI_MANIFEST } from "../registry";
import type { ArtifactKind, CheckedArtifact } from "./artifact";

/** A manifest or index as it is pushed. */
export interface Document {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly content: Readonly<Record<string, unknown>>;
}

/** The empty configuration of artifacts (OCI image-spec 1.1, "Guidance for an Empty Descriptor"): two bytes. */
export const EMPTY_CONFIG = Buffer.from("{}");
const EMPTY_DESCRIPTOR = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(EMPTY_CONFIG),
  size: EMPTY_CONFIG.length,
} as const;

/** The artifactType of an artifact that is published here. */
export function artifactType(kind: ArtifactKind): string {
  return `application/vnd.ironic-oci.${kind}.v1`;
}

/**
 * The manifest of one file: one layer, the empty configuration, an artifactType, and for a disk its type, so that Ironic reads tag and
 * digest alike. No time is in it: the same file has the same digest.
 */
export function artifactManifest(
  { kind, disktype, mediaType, title }: CheckedArtifact,
  blob: { readonly digest: Digest; readonly size: number },
): Document {
  return document(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: artifactType(kind),
    config: EMPTY_DESCRIPTOR,
    layers: [
      {
        mediaType,
        digest: blob.digest,
        size: blob.size,
        annotations: { "org.opencontainers.image.title": title },
      },
    ],
    ...(disktype !== undefined && { annotations: { disktype } }),
  });
}

/** An entry of an index. */
export interface IndexEntry {
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly architecture: string | undefined;
  readonly disktype: string | undefined;
}

export function imageIndex(entries: readonly IndexEntry[]): Document {
  return document(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: entries.map((entry) => ({
      mediaType: OCI_MANIFEST,
      ...(entry.artifactType !== undefined && { artifactType: entry.artifactType }),
      digest: entry.digest,
      size: entry.size,
      ...(entry.disktype !== undefined && { annotations: { disktype: entry.disktype } }),
      ...(entry.architecture !== undefined && { platform: { architecture: entry.architecture, os: "linux" } }),
    })),
  });
}

export function document(mediaType: string, content: Readonly<Record<string, unknown>>): Document {
  const bytes = Buffer.from(JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), bytes, content };
}
