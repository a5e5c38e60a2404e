import type { Digest, Reference } from "../reference";
import type { AsPinned, Considered, DiskFormat, Role, Selection, SelectionProfile } from "../selection";

/** Something worth knowing about a pin that is no error. */
export interface PinWarning {
  /**
   * - `tag-fails`: Ironic fails on the tag itself; the pin works.
   * - `class`: Ironic takes the pinned image for another class than the tag, or than was expected with the check off.
   * - `unusable`: Ironic fails on the pinned URL.
   * - `bootc`: what a pinned bootc container means for the machine.
   * - `raw-http`: a raw image that the agent is to fetch by itself, and that it fails to write when it is pinned.
   * - `compression`, `layers`, `layer-size`, `layer-digest`, `media-type`: what is odd about the artifact, and what follows.
   */
  readonly code:
    | "tag-fails"
    | "class"
    | "unusable"
    | "bootc"
    | "raw-http"
    | "compression"
    | "layers"
    | "layer-size"
    | "layer-digest"
    | "media-type";
  /** The warning, for people; may hold text that a registry wrote. */
  readonly message: string;
}

/** What a reference came to for one kind of node: the exact bytes, and what is known of them. */
export interface Pin {
  /** The reference as it was requested, in canonical form. */
  readonly reference: string;
  /** `image`, `kernel` or `ramdisk`. */
  readonly role: Role;
  /** The selection profile that decided, which follows from the Ironic release. */
  readonly profile: SelectionProfile;
  /** The pinned URL for Ironic: `oci://host/path@<manifest digest>`. */
  readonly url: string;
  /** The chosen manifest. */
  readonly digest: Digest;
  /** What the tag itself points to: the index, or the same single manifest. */
  readonly tagDigest: Digest;
  /** What Ironic reports for the reference as it was requested. For the pinned URL see `asPinned`. */
  readonly diskFormat: DiskFormat;
  /**
   * What Ironic makes of `url`, which it reads by other rules than a tag: the class that it deploys, and the disk format that it
   * reports. A kernel or ramdisk is a file whatever its class: `disk`, `unknown`.
   */
  readonly asPinned: AsPinned;
  /** The one layer's digest; undefined for a bootc container, and where the layer has none that can be verified. */
  readonly blobDigest: Digest | undefined;
  /** Hex of the blob's digest; for a bootc container that of the manifest's; undefined where there is no blob. */
  readonly checksum: string | undefined;
  /** Bytes; undefined where the manifest does not tell. */
  readonly size: number | undefined;
  /** The annotation `org.opencontainers.image.title` of the layer: the file's name as it was pushed. */
  readonly fileName: string | undefined;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  /** By the layer's media type; undefined where it is not compressed, or does not tell. */
  readonly compression: "zstd" | "gzip" | undefined;
  /** Every candidate in the index's order: its weight, and whether it won or why not. */
  readonly considered: readonly Considered[];
  /** In the order in which they were found; empty for a pin without any. */
  readonly warnings: readonly PinWarning[];
}

export function toPin(
  reference: Reference,
  role: Role,
  profile: SelectionProfile,
  tagDigest: Digest,
  selection: Selection,
  warnings: readonly PinWarning[],
): Pin {
  const { digest, diskFormat, asPinned, blobDigest, checksum, size, fileName, mediaType, compression, considered } =
    selection;
  return {
    reference: reference.canonical(),
    role,
    profile,
    url: reference.withDigest(digest).toString(),
    digest,
    tagDigest,
    diskFormat,
    asPinned,
    blobDigest,
    checksum,
    size,
    fileName,
    mediaType,
    compression,
    considered,
    warnings,
  };
}
