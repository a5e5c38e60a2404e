import type { SelectionProfile } from "../../selection";

/** What Ironic authenticates with. An empty user name is how it sends a secret that is a password alone. */
export interface ConductorCredential {
  readonly username: string;
  readonly password: string;
}

/**
 * What Ironic makes of an `image_pull_secret`. From 34 on one with a colon is `user:password`; every other one, and before
 * 34 all of them, are the password of an empty user name, as they stand: Ironic decodes nothing.
 * Source: Ironic, get_image_service_auth_override (29.0.5, 34.0.0).
 */
export function fromPullSecret(secret: string, profile: SelectionProfile): ConductorCredential {
  const colon = profile === "ironic-29" ? -1 : secret.indexOf(":");
  if (colon < 0) return { username: "", password: secret };
  return { username: secret.slice(0, colon), password: secret.slice(colon + 1) };
}

/**
 * The secret that `[oci]authentication_config` has for a host, or undefined. What Ironic can't read, it goes on without.
 * Source: Ironic, get_token_from_config.
 * @param text the file's content: `{"auths": {"host[:port]": {"auth": "…"}}}`
 * @param host as it stands in a URL, matched whole
 */
export function fromAuthenticationConfig(text: string, host: string): ConductorCredential | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const secret = member(member(member(content, "auths"), host), "auth");
  return typeof secret === "string" && secret !== "" ? { username: "", password: secret } : undefined;
}

function member(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}
