import { basicAuth } from "../../net";

/**
 * Credentials for one registry.
 *
 * - `basic`: user name and password;
 * - `ironicSecret`: a pull secret without a colon, which Ironic sends undecoded as the password of an empty user name;
 * - `identityToken`: a refresh token for the registry's token endpoint;
 * - `registryToken`: a bearer token for the registry.
 */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: string }
  | { readonly kind: "ironicSecret"; readonly secret: string }
  | { readonly kind: "identityToken"; readonly token: string }
  | { readonly kind: "registryToken"; readonly token: string };

/** A source of credentials. */
export interface Keychain {
  /**
   * The credential for a repository; undefined for anonymous access.
   * @param registry `host[:port]`, compared as a whole
   */
  resolve(registry: string, repository: string): Promise<Credential | undefined>;
  /** Awaited before the first request: rejects when a configured source can't be used, even where it is not needed. */
  ready?(): Promise<void>;
}

/** Anonymous access to every registry. */
export const ANONYMOUS: Keychain = { resolve: async () => undefined };

/**
 * One pull secret per registry, in the form of Ironic's `image_pull_secret`: `user:password`, or the `auth` string of a Docker
 * configuration (no colon).
 * Source: Ironic, get_image_service_auth_override.
 * @param secrets by `host[:port]`
 */
export function pullSecrets(secrets: Readonly<Record<string, string>>): Keychain {
  const byRegistry = new Map(Object.entries(secrets).map(([registry, secret]) => [registry.toLowerCase(), secret]));
  return {
    async resolve(registry) {
      const secret = byRegistry.get(registry);
      return secret === undefined || secret === "" ? undefined : fromPullSecret(secret);
    },
  };
}

function fromPullSecret(secret: string): Credential {
  const colon = secret.indexOf(":");
  if (colon < 0) return { kind: "ironicSecret", secret };
  return { kind: "basic", username: secret.slice(0, colon), password: secret.slice(colon + 1) };
}

/** The Basic `Authorization` header of a credential; undefined for tokens. */
export function basicHeader(credential: Credential): string | undefined {
  if (credential.kind === "basic") return basicAuth(credential.username, credential.password);
  // Ironic can't respond to a Basic challenge with such a secret. Decoded, it is the original user name and password.
  if (credential.kind === "ironicSecret") {
    const decoded = decodeAuth(credential.secret);
    return decoded && basicAuth(decoded.username, decoded.password);
  }
  return undefined;
}

/** The `Authorization` header for a token endpoint, as sent by Ironic. */
export function tokenEndpointHeader(credential: Credential | undefined): string | undefined {
  if (credential?.kind === "ironicSecret") return basicAuth("", credential.secret);
  return credential && basicHeader(credential);
}

/** Decodes the `auth` string of a Docker configuration: base64 of `user:password`. */
export function decodeAuth(auth: string): { readonly username: string; readonly password: string } | undefined {
  // Buffer skips characters that are not base64, and would decode a damaged secret to another one.
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(auth.trim())) return undefined;
  const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = decoded.indexOf(":");
  if (colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
