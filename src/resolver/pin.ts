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
import type { Verdict } from "../signing";

/** A warning about a pin: a fact with consequences that is not an error. */
export interface PinWarning {
  /**
   * - `architecture`: the node's architecture is spelled in another way than Ironic's, which compares names as they are.
   * - `tag-fails`: Ironic fails on the tag itself; the pin works.
   * - `class`: Ironic deploys the pinned image as another class than the tag, or, with the check off, than expected.
   * - `unusable`: Ironic fails on the pinned URL.
   * - `bootc`: a machine with a pinned bootc container follows a digest, so `bootc upgrade` finds nothing newer.
   * - `raw-http`: a pinned raw image that the agent fetches itself (`image_download_source` `http` or unset) and fails to write.
   * - `archive`: the file is a compressed tar archive, such as a container's file system, which Ironic does not unpack.
   * - `compression`, `layers`, `layer-size`, `layer-digest`, `media-type`: an irregularity of the artifact, and its consequence.
   */
  readonly code:
    | "architecture"
    | "tag-fails"
    | "class"
    | "unusable"
    | "bootc"
    | "raw-http"
    | "archive"
    | "compression"
    | "layers"
    | "layer-size"
    | "layer-digest"
    | "media-type";
  /** The text of the warning. It may contain text from a registry. */
  readonly message: string;
}

/** A reference resolved for one kind of node: the exact bytes, and their facts. */
export interface Pin extends ArtifactFacts {
  /** The reference as requested, in canonical form. */
  readonly reference: string;
  /** `image`, `kernel`, `ramdisk`, `iso` or `bootloader`. */
  readonly role: Role;
  /** The selection profile that was applied; it follows from the Ironic release. */
  readonly profile: SelectionProfile;
  /** The pinned URL for Ironic: `oci://host/path@<manifest digest>`; at the registry of `pinMirrors`, if any. */
  readonly url: string;
  /** The digest that the tag itself points to: the index, or the same single manifest. */
  readonly tagDigest: Digest;
  /**
   * Ironic's reading of `url`, which follows other rules than that of a tag: the class that it deploys, and the disk format that it
   * reports. A boot file is a file whatever its class: `disk`, `unknown`.
   */
  readonly asPinned: AsPinned;
  /** Every candidate in the index's order: its weight, and whether it won or why not. */
  readonly considered: readonly Considered[];
  /** Warnings in order of detection. */
  readonly warnings: readonly PinWarning[];
  /** The signature that the policy requires, as verified. Undefined without a policy, and for images that need no signature. */
  readonly verified?: Verdict | undefined;
}

export function toPin(
  reference: Reference,
  role: Role,
  profile: SelectionProfile,
  tagDigest: Digest,
  selection: Selection,
  warnings: readonly PinWarning[],
  url: string,
  verified: Verdict | undefined,
): Pin {
  const { asPinned, considered } = selection;
  const facts = artifactFacts(selection);
  const pin = { reference: reference.canonical(), role, profile, url, tagDigest, asPinned, ...facts };
  return { ...pin, considered, warnings, ...(verified && { verified }) };
}
