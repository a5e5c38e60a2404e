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
