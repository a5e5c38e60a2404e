export {
  type Credential,
  CredentialHelperError,
  CredentialsFileError,
  type DefaultKeychainOptions,
  defaultKeychain,
  dockerConfig,
  type Keychain,
  pullSecrets,
  realmFault,
} from "./auth";
export { type FetchedManifest, RegistryClient, type RegistryClientOptions } from "./client";
export {
  AuthenticationError,
  DigestMismatchError,
  IndexMismatchError,
  ManifestNotFoundError,
  RateLimitedError,
  RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  RegistryUnreachableError,
  SizeMismatchError,
  TagNotFoundError,
  type TlsFault,
  UnexpectedResponseError,
} from "./errors";
export { Limiter } from "./http/limiter";
export { ProxyConfigurationError } from "./http/proxy";
export type { HttpAnswer, HttpQuestion } from "./http/transport";
export { CertificateFileError, type TlsPolicy } from "./http/trust";
export { OCI_INDEX, OCI_MANIFEST } from "./media-types";
export { SingleFlight } from "./single-flight";
