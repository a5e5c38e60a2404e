export { CredentialsFileError } from "./auth-file";
export { Authenticator } from "./authenticator";
export { type DefaultKeychainOptions, defaultKeychain, dockerConfig } from "./default-keychain";
export { CredentialHelperError } from "./helper";
export { ANONYMOUS, type Credential, type Keychain, pullSecrets } from "./keychain";
export { realmFault } from "./realm";
