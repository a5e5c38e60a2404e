/**
 * A client for OCI registries. Entry points: `RegistryClient` with its `writer`, and `defaultKeychain` for credentials. It imports src/net
 * and src/reference.
 *
 * A *registry* is an HTTP server at `host[:port]` that keeps *repositories*: `images/fedora`. A repository holds *blobs*, which are
 * named by the digest of their bytes (`sha256:…`), and *manifests*: small JSON documents, named likewise, that list blobs. A *tag*
 * is a name for a manifest that its owner may move. An *index* is a manifest that lists other manifests, one for each platform or
 * kind of image. Lists consist of *descriptors*: media type, digest and size, so that content can be checked against its
 * descriptor. (OCI image-spec; distribution-spec 1.1, "Pull" and "Content Discovery".)
 *
 * A registry may refuse a request with 401 and a *challenge* (`WWW-Authenticate`): `Basic` requires a user and password; `Bearer`
 * names a *realm*, the URL of a token endpoint that issues tokens for a *scope* such as `repository:images/fedora:pull`, to
 * anonymous clients or for credentials. A hostile registry may name any realm: realm.ts has the rules.
 *
 * A read goes, from top to bottom:
 *
 * - client.ts `RegistryClient.getManifest`, `getBlob`, `listTags`, `getReferrers`: the URL, on the mirror if any; afterwards digest and size are
 *   checked (verify.ts);
 * - auth/authenticator.ts: the Authorization for the registry's challenges. Tokens are cached and shared;
 * - auth/default-keychain.ts: the user's credentials, from Docker's and podman's files and credential helpers;
 * - redirect.ts: redirects, without credentials to another origin;
 * - src/net: retries and one attempt, with the certificates of host-certificates.ts;
 * - response-error.ts and network-error.ts: errors with advice for responses that are not a success, and for missing ones.
 *
 * A write goes through writer.ts (blobs that are there already, mounts, manifests, tags) and upload.ts (one blob in chunks that are
 * resumed), and from there the same way.
 *
 * Every read is bounded in bytes, time and attempts, and all content of a registry is checked before it is used.
 */
export {
  type Credential,
  CredentialHelperError,
  CredentialsFileError,
  type DefaultKeychainOptions,
  DOCKER_HUB,
  defaultKeychain,
  dockerConfig,
  type Keychain,
  pullSecrets,
  realmFault,
} from "./auth";
export { type BlobReader, type BlobSource, type Content, measure } from "./blob-source";
export { type FetchedManifest, RegistryClient, type RegistryClientOptions } from "./client";
export {
  AuthenticationError,
  DigestMismatchError,
  IndexMismatchError,
  ManifestNotFoundError,
  PushRefusedError,
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
export { Mirrors } from "./mirrors";
export { type Referrer, referrersTag } from "./referrers";
export { CHUNK, type UploadOutcome } from "./upload";
export { RegistryWriter, type StoredManifest, type UploadOptions } from "./writer";
