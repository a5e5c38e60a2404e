import { basicAuth } from "../../net";

/**
 * Credentials for one registry.
 *
 * `ironicSecret` is a pull secret without a colon, kept as it is because Ironic sends it, undecoded, as the password
 * of an empty user name.
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
   * @param registry `host[:port]`, matched whole, never by substring
   */
  resolve(registry: string, repository: string): Promise<Credential | undefined>;
  /** Awaited before the first request: rejects when what the user named can't be used, whether it is needed or not. */
  ready?(): Promise<void>;
}

/** Anonymous access to every registry. */
export const ANONYMOUS: Keychain = { resolve: async () => undefined };

/**
 * One pull secret per registry, as `image_pull_secret` has it in Ironic: `user:password`, or the `auth` string of a
 * Docker configuration as it stands (no colon).
 * Source: Ironic, get_image_service_auth_override.
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

/** The Basic `Authorization` header of a credential; undefined for one of another kind. */
export function basicHeader(credential: Credential): string | undefined {
  if (credential.kind === "basic") return basicAuth(credential.username, credential.password);
  // Ironic can't answer a Basic challenge with such a secret at all; decoded, it is the user and password it was made from.
  if (credential.kind === "ironicSecret") {
    const decoded = decodeAuth(credential.secret);
    return decoded && basicAuth(decoded.username, decoded.password);
  }
  return undefined;
}

/** The `Authorization` header for a token endpoint, as Ironic sends it. */
export function tokenEndpointHeader(credential: Credential | undefined): string | undefined {
  if (credential?.kind === "ironicSecret") return basicAuth("", credential.secret);
  return credential && basicHeader(credential);
}

/** Reads the `auth` string of a Docker configuration: base64 of `user:password`. */
export function decodeAuth(auth: string): { readonly username: string; readonly password: string } | undefined {
  // Buffer skips characters that are not base64, and would make a different secret of a damaged one.
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(auth.trim())) return undefined;
  const decoded = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = decoded.indexOf(":");
  if (colon < 0) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
