import type { Digest, Reference } from "../reference";
import type { Considered, DiskFormat, Role, Selection, SelectionProfile } from "../selection";

/** Something worth knowing about a pin that is no error. */
export interface PinWarning {
  readonly code: "compression" | "bootc" | "layers";
  readonly message: string;
}

/** What a reference came to for one kind of node: the exact bytes, and what is known of them. */
export interface Pin {
  /** The reference as it was asked for, in canonical form. */
  readonly reference: string;
  readonly role: Role;
  /** The selection profile that decided, which follows from the Ironic release. */
  readonly profile: SelectionProfile;
  /** The pinned URL for Ironic: `oci://host/path@<manifest digest>`. */
  readonly url: string;
  /** The chosen manifest. */
  readonly digest: Digest;
  /** What the tag itself points to: the index, or the same single manifest. */
  readonly tagDigest: Digest;
  readonly diskFormat: DiskFormat;
  /** The one layer's digest; undefined for a bootc container. */
  readonly blobDigest: Digest | undefined;
  /** Hex of the blob's digest; for a bootc container that of the manifest's. */
  readonly checksum: string;
  /** Bytes. */
  readonly size: number;
  readonly fileName: string | undefined;
  /** The layer's media type. */
  readonly mediaType: string | undefined;
  readonly compression: "zstd" | "gzip" | undefined;
  /** Every candidate in the index's order: its weight, and whether it won or why not. */
  readonly considered: readonly Considered[];
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
  const { digest, diskFormat, blobDigest, checksum, size, fileName, mediaType, compression, considered } = selection;
  return {
    reference: reference.canonical(),
    role,
    profile,
    url: reference.withDigest(digest).toString(),
    digest,
    tagDigest,
    diskFormat,
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
