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
  type SelectionProfile,
  type TlsVersion,
  UnknownReleaseError,
} from "./releases";
export type {
  ArtifactClass,
  AsPinned,
  Candidate,
  ClassReading,
  Considered,
  DiskFormat,
  ManifestFacts,
  NodeFacts,
  Outcome,
  Role,
  Selection,
} from "./types";
