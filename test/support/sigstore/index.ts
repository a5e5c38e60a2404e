/**
 * Sigstore in small, for tests of signatures: keys, certificates, log entries and bundles as cosign makes them, and the services that
 * the real cosign signs with.
 */
export { type KeyPair, keyPair, pem, sha256, spki } from "./certificates";
export { identityToken, SigstoreServices } from "./services";
export { BUNDLE, type Bundle, canonical, Sigstore, signBy, statementOf } from "./sigstore";
export { TimestampAuthority } from "./timestamps";
