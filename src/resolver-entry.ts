/**
 * `cdktf-ironic-oci/resolver`: references to pins, for programs without CDKTF. Neither `cdktf` nor `constructs` is loaded.
 *
 * {@link OciResolver} turns a reference into a {@link Pin}: what Ironic would choose for a node, by digest. The lock file is read
 * and written by the command line `ironic-oci` and by the constructs.
 */
export {
  type LockConflict,
  type LockedPin,
  LockFileBusyError,
  LockFileConflictError,
  LockFileDamagedError,
  LockFileNewerError,
  LockFileUnreadableError,
  LockFileUnwritableError,
  LockFrozenError,
  type LockMode,
  LockModeError,
} from "./lock";
export { CertificateFileError, ProxyConfigurationError } from "./net";
export {
  type Digest,
  type DigestAlgorithm,
  InvalidDigestError,
  InvalidReferenceError,
  IronicOciError,
  Reference,
} from "./reference";
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
  InvalidOptionsError,
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
  type ArtifactFacts,
  type AsPinned,
  ClassMismatchError,
  type Compression,
  type Considered,
  type DiskFormat,
  InvalidImageError,
  type NodeFacts,
  NoMatchingImageError,
  type Outcome,
  type Role,
  SelectionError,
  type SelectionProfile,
  TooManyCandidatesError,
  UnknownReleaseError,
  UnsupportedDownloadSourceError,
  UnusablePinError,
} from "./selection";
export {
  DeniedImageError,
  type ImageToVerify,
  LockedVerdictError,
  type PolicyRule,
  type PolicyRules,
  type PolicySigner,
  type RefusedSignature,
  SigningError,
  SigningFileError,
  UnverifiedImageError,
  type Verdict,
} from "./signing";
export { version } from "./version";
