import { MASK } from "./patch";

/** Names of fields with secret values: the ones that Ironic and oslo mask, and the ones of requests to Keystone. */
const SECRET = /pass(word|wd|phrase)|secret|token|_key$/i;
/** Fields whose content is secret at any depth. */
const ALL_SECRET = /^(configdrive|user_data)$/;
/** Characters. Shorter secrets would match inside ordinary words. */
const MIN_LENGTH = 4;

/**
 * A service's message without the secrets of the request: validation errors quote refused values, and proxies quote headers.
 */
export function redact(message: string, body: unknown, headers: Readonly<Record<string, string>>): string {
  const secrets = [
    ...secretsIn(body, false),
    // The second word of `Basic abc` is the secret.
    ...Object.values(headers).map((value) => value.replace(/^Basic /, "")),
  ].filter((secret) => secret.length >= MIN_LENGTH);
  // The longest first: a secret may be part of another.
  return secrets.sort((a, b) => b.length - a.length).reduce((text, secret) => text.replaceAll(secret, MASK), message);
}

/** The values of fields with the name of a secret, and of patch operations on one. */
function secretsIn(value: unknown, secret: boolean, all = false): string[] {
  if (typeof value === "string" || typeof value === "number") return secret || all ? [String(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  const { path } = value as { path?: unknown };
  const patched = typeof path === "string" ? (path.split("/").at(-1) ?? "") : "";
  return Object.entries(value).flatMap(([key, inner]) => {
    const name = key === "value" && patched !== "" ? patched : key;
    return secretsIn(inner, SECRET.test(name), all || ALL_SECRET.test(name));
  });
}
