/**
 * Selection of one manifest by Ironic's rules, for each Ironic release. Entry points: `readDocument` and `readManifest`, which parse;
 * `selectImage` (tag), `selectByDigest` and `selectBootFile`, which select; `parseRelease` and `profileFor` for releases.
 *
 * It sends no requests: `selectImage` is a generator that yields each manifest it needs, and the caller fetches it.
 * It imports reference only.
 */

export { didYouMean, sameArchitecture } from "./architecture";
export { isArchive } from "./archive";
export { selectBootFile } from "./boot-file";
export { type ImageDocument, readDocument, readManifest } from "./document";
export {
  AmbiguousArtifactError,
  ArchitectureMismatchError,
  ClassMismatchError,
  InvalidImageError,
  NoMatchingImageError,
  SelectionError,
  TooManyCandidatesError,
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
export { shortList } from "./short-list";
export {
  ARTIFACT_CLASSES,
  type ArtifactClass,
  type ArtifactFacts,
  type AsPinned,
  aRole,
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
export { undecidedArchitecture } from "./undecided-architecture";
