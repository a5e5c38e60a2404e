/**
 * Selection of the manifest that Ironic deploys from an OCI index or manifest, and Ironic's reading of that manifest's digest.
 *
 * Ironic selects by the node's architecture and download source, and by rules that changed with release 34 (`SelectionProfile`). By
 * digest it reads the manifest alone, so that a pin can be deployed as another class than the tag. Entry points: `selectImage`,
 * `selectBootFile` and `selectByDigest`; the Ironic releases are in `releases.ts`. Pure: a selection is a generator that yields each
 * candidate whose manifest it needs. May import `src/reference` only.
 */

export { sameArchitecture } from "./architecture";
export { selectBootFile } from "./boot-file";
export { type ImageDocument, readDocument, readManifest } from "./document";
export {
  AmbiguousArtifactError,
  ArchitectureMismatchError,
  ClassMismatchError,
  InvalidImageError,
  NoMatchingImageError,
  SelectionError,
  UnsupportedDownloadSourceError,
  UnusablePinError,
} from "./errors";
export { type Named, refuseSwift, selectByDigest, selectImage } from "./image";
export {
  BOOTC_SUPPORT,
  describeRelease,
  type IronicRelease,
  NEWEST_RELEASE,
  parseRelease,
  profileFor,
  RELEASES,
  SELECTION_PROFILES,
  type SelectionProfile,
  type TlsVersion,
  UnknownReleaseError,
} from "./releases";
export {
  ARTIFACT_CLASSES,
  type ArtifactClass,
  type ArtifactFacts,
  type AsPinned,
  artifactFacts,
  type Candidate,
  type ClassReading,
  COMPRESSIONS,
  type Compression,
  type Considered,
  DISK_FORMATS,
  type DiskFormat,
  type ManifestFacts,
  type NodeFacts,
  type Outcome,
  ROLES,
  type Role,
  type Selection,
} from "./types";
