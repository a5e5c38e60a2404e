export { type Credential, CredentialsFileError, dockerConfig, type Keychain, pullSecrets } from "./auth";
export { type FetchedManifest, RegistryClient, type RegistryClientOptions } from "./client";
export {
  AuthenticationError,
  DigestMismatchError,
  ManifestNotFoundError,
  RateLimitedError,
  RegistryError,
  RegistryTimeoutError,
  RegistryUnavailableError,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./errors";
export { OCI_INDEX, OCI_MANIFEST } from "./media-types";
export { SingleFlight } from "./single-flight";
