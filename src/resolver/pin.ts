import type { Digest, Reference } from "../reference";
import type { AsPinned, Considered, DiskFormat, Role, Selection, SelectionProfile } from "../selection";

/** A warning about a pin: a fact with consequences that is not an error. */
export interface PinWarning {
  /**
   * - `tag-fails`: Ironic fails on the tag itself; the pin works.
   * - `class`: Ironic deploys the pinned image as another class than the tag, or, with the check off, than expected.
   * - `unusable`: Ironic fails on the pinned URL.
   * - `bootc`: a machine with a pinned bootc container follows a digest, so `bootc upgrade` finds nothing newer.
   * - `raw-http`: a pinned raw image that the agent fetches itself (`image_download_source` `http` or unset) and fails to write.
   * - `compression`, `layers`, `layer-size`, `layer-digest`, `media-type`: an irregularity of the artifact, and its consequence.
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
  /** The text of the warning. It may contain text from a registry. */
  readonly message: string;
}

/** A reference resolved for one kind of node: the digest, and the facts of its manifest. */
export interface Pin {
  /** The requested reference, in canonical form. */
  readonly reference: string;
  /** `image`, `kernel` or `ramdisk`. */
  readonly role: Role;
  /** The selection profile that was applied; it follows from the Ironic release. */
  readonly profile: SelectionProfile;
  /** The pinned URL for Ironic: `oci://host/path@<manifest digest>`. */
  readonly url: string;
  /** Digest of the selected manifest. */
  readonly digest: Digest;
  /** The tag's digest: that of the index, or of the same single manifest. */
  readonly tagDigest: Digest;
  /** The disk format that Ironic reports for the requested reference. For the pinned URL see `asPinned`. */
  readonly diskFormat: DiskFormat;
  /**
   * Class that Ironic deploys from `url`, and disk format that it reports; Ironic reads a digest by other rules than a tag. A
   * kernel or ramdisk is a file whatever its class: `disk`, `unknown`.
   */
  readonly asPinned: AsPinned;
  /** The one layer's digest; undefined for a bootc container, and where the layer has none that can be verified. */
  readonly blobDigest: Digest | undefined;
  /** Hex of the blob's digest; for a bootc container that of the manifest's; undefined where there is no blob. */
  readonly checksum: string | undefined;
  /** Bytes; undefined where the manifest has no size. */
  readonly size: number | undefined;
  /** The annotation `org.opencontainers.image.title` of the layer: the file's name as it was pushed. */
  readonly fileName: string | undefined;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  /** Compression by the layer's media type; undefined for an uncompressed layer or a media type without a suffix. */
  readonly compression: "zstd" | "gzip" | undefined;
  /** Every candidate in the index's order, with its weight, outcome and reason. */
  readonly considered: readonly Considered[];
  /** Warnings in order of detection. */
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
