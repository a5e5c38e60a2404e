import type { IronicRelease } from "../../selection";
import { hasUserAndPassword } from "./conductor";

/** User name and password that Ironic sends. The user name is empty for a secret that is only a password. */
export interface ConductorCredential {
  readonly username: string;
  readonly password: string;
}

/** The two forms of a pull secret: `user:password`, and the `auth` string of a Docker configuration, base64 of the same. */
export type SecretForm = "user:password" | "auth";

/**
 * The credential that Ironic derives from an `image_pull_secret`. From 34 on one with a colon is `user:password`; every other one, and before
 * 34 all of them, are the password of an empty user name, as they stand: Ironic decodes nothing.
 *
 * From 34 on an empty secret counts as unset: undefined. Before, it is an empty credential, which hides the sources after it.
 * Source: Ironic, get_image_service_auth_override (29.0.5, 34.0.0).
 */
export function fromPullSecret(secret: string, release: IronicRelease): ConductorCredential | undefined {
  if (!hasUserAndPassword(release)) return { username: "", password: secret };
  if (secret === "") return undefined;
  const colon = secret.indexOf(":");
  if (colon < 0) return { username: "", password: secret };
  return { username: secret.slice(0, colon), password: secret.slice(colon + 1) };
}

/** The same secret in its other form, or undefined when it has only one. */
export function otherForm(secret: string): { readonly form: SecretForm; readonly secret: string } | undefined {
  if (secret.includes(":")) {
    return { form: "auth", secret: Buffer.from(secret, "utf8").toString("base64") };
  }
  const decoded = decodeAuthString(secret);
  return decoded === undefined
    ? undefined
    : { form: "user:password", secret: `${decoded.username}:${decoded.password}` };
}

/** `user:password` out of an `auth` string; undefined for any other text. */
export function decodeAuthString(auth: string): ConductorCredential | undefined {
  if (!isBase64(auth)) return undefined;
  const decoded = Buffer.from(auth, "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 0 || /[^\x20-\x7e\u00a0-\uffff]/.test(decoded)) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Whether a Go program would decode it: padded base64 of the standard alphabet. */
export function isBase64(text: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
}

/**
 * The secret that `[oci]authentication_config` has for a host, or undefined. Ironic ignores a file that it can't parse; JSON
 * that is not an object ends in a TypeError: `unusable`.
 * Source: Ironic, get_token_from_config.
 * @param text the file's content: `{"auths": {"host[:port]": {"auth": "…"}}}`
 * @param host as it stands in a URL, matched whole
 */
export function fromAuthenticationConfig(text: string, host: string): ConductorCredential | "unusable" | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) return "unusable";
  const secret = member(member(member(content, "auths"), host), "auth");
  return typeof secret === "string" && secret !== "" ? { username: "", password: secret } : undefined;
}

function member(value: unknown, name: string): unknown {
  const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return isObject ? (value as Record<string, unknown>)[name] : undefined;
}
