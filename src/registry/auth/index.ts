export { Authenticator } from "./authenticator";
export { CredentialsFileError, dockerConfig } from "./docker-config";
export { ANONYMOUS, type Credential, type Keychain, pullSecrets } from "./keychain";
