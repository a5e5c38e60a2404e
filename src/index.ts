export * from "../constructs";
export {
  LockFileBusyError,
  LockFileDamagedError,
  LockFileNewerError,
  LockFileUnwritableError,
  LockFrozenError,
  type LockMode,
  LockModeError,
} from "./lock";
export { CertificateFileError, ProxyConfigurationError } from "./net";
export { type Digest, InvalidDigestError, InvalidReferenceError, IronicOciError, Reference } from "./reference";
export {
  AuthenticationError,
  type Credential,
  CredentialHelperError,
  CredentialsFileError,
  DigestMismatchError,
  dockerConfig,
  IndexMismatchError,
  type Keychain,
  ManifestNotFoundError,
  pullSecrets,
  RateLimitedError,
  RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./registry";
export {
  type ExtraChecks,
  OciResolver,
  type OciResolverOptions,
  type Pin,
  type PinWarning,
  type ResolveOptions,
} from "./resolver";
export {
  AmbiguousArtifactError,
  ArchitectureMismatchError,
  type ArtifactClass,
  type AsPinned,
  ClassMismatchError,
  type Considered,
  type DiskFormat,
  InvalidImageError,
  type NodeFacts,
  NoMatchingImageError,
  type Outcome,
  type Role,
  SelectionError,
  type SelectionProfile,
  UnknownReleaseError,
  UnsupportedDownloadSourceError,
  UnusablePinError,
} from "./selection";
export { version } from "./version";
