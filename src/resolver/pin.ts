import type { Digest, Reference } from "../reference";
import {
  type ArtifactFacts,
  type AsPinned,
  artifactFacts,
  type Considered,
  type Role,
  type Selection,
  type SelectionProfile,
} from "../selection";

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

/** A reference resolved for one kind of node: the exact bytes, and their facts. */
export interface Pin extends ArtifactFacts {
  /** The reference as requested, in canonical form. */
  readonly reference: string;
  /** `image`, `kernel` or `ramdisk`. */
  readonly role: Role;
  /** The selection profile that decided, which follows from the Ironic release. */
  readonly profile: SelectionProfile;
  /** The pinned URL for Ironic: `oci://host/path@<manifest digest>`. */
  readonly url: string;
  /** The digest that the tag itself points to: the index, or the same single manifest. */
  readonly tagDigest: Digest;
  /**
   * Ironic's reading of `url`, which follows other rules than that of a tag: the class that it deploys, and the disk format that it
   * reports. A kernel or ramdisk is a file whatever its class: `disk`, `unknown`.
   */
  readonly asPinned: AsPinned;
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
  const { digest, asPinned, considered } = selection;
  const url = reference.withDigest(digest).toString();
  const facts = artifactFacts(selection);
  return { reference: reference.canonical(), role, profile, url, tagDigest, asPinned, ...facts, considered, warnings };
}
