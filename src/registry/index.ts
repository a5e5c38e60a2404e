/**
 * Reading from OCI registries.
 *
 * A *registry* is an HTTP server at `host[:port]` that keeps *repositories*: `images/fedora`. A repository holds *blobs*, which are
 * named by the digest of their bytes (`sha256:…`), and *manifests*: small JSON documents, named likewise, that list blobs. A
 * *tag* is a name for a manifest that its owner may move. An *index* is a manifest that lists other manifests, one for each
 * platform or kind of image. Whatever lists something does so by a *descriptor*: media type, digest and size, so that content can
 * be checked against what listed it. (OCI image-spec; distribution-spec 1.1, "Pull" and "Content Discovery".)
 *
 * A registry may refuse a request with 401 and a *challenge* (`WWW-Authenticate`): `Basic` asks for a user and password; `Bearer`
 * names a *realm*, the URL of a token endpoint that gives tokens for a *scope* such as `repository:images/fedora:pull`, to anonymous
 * clients or for credentials. A registry names its realm itself, so a hostile one may name any: see realm.ts for the rules.
 *
 * A read goes, from top to bottom:
 *
 * - client.ts `RegistryClient.getManifest`, `getBlob`, `listTags`: the URL, on the mirror where there is one; afterwards digest
 *   and size are checked (verify.ts);
 * - auth/authenticator.ts: the Authorization that the registry's challenges ask for. Tokens are cached and shared;
 * - auth/default-keychain.ts: the user's credentials, from Docker's and podman's files and credential helpers;
 * - redirect.ts: redirects, which credentials do not follow to another origin;
 * - src/net: retries and one attempt, with the certificates of host-certificates.ts;
 * - response-error.ts and network-error.ts: a response that is not a success, or none, as an error with advice.
 *
 * Every read is bounded, in bytes, time and attempts, and nothing that a registry sends is believed before it is checked.
 */
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
export type { TlsPolicy } from "./host-certificates";
export { OCI_INDEX, OCI_MANIFEST } from "./media-types";
