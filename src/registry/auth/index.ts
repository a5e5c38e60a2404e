/**
 * Authentication against registries: challenges, bearer tokens, and credentials of the user (keychains). Entry points:
 * `Authenticator`, which sends requests with an Authorization header, and `defaultKeychain`. It imports src/net and its
 * parent's errors.
 */
export { CredentialsFileError, DOCKER_HUB } from "./auth-file";
export { Authenticator } from "./authenticator";
export { type DefaultKeychainOptions, defaultKeychain, dockerConfig } from "./default-keychain";
export { CredentialHelperError } from "./helper";
export { ANONYMOUS, type Credential, type Keychain, pullSecrets } from "./keychain";
export { realmFault } from "./realm";
