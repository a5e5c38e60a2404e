import { MASK } from "./patch";

/** Names of fields whose values are secrets: as Ironic and oslo mask them, and what Keystone is sent. */
const SECRET = /pass(word|wd|phrase)|secret|token|_key$/i;
/** A field that holds nothing but what may be secret, however deep. */
const ALL_SECRET = /^(configdrive|user_data)$/;
/** Shorter ones would be found inside innocent words. */
const SHORTEST = 4;

/**
 * A service's own words without the secrets that the request held. Validation errors repeat what they refuse, and proxies
 * repeat headers.
 */
export function redact(words: string, body: unknown, headers: Readonly<Record<string, string>>): string {
  const secrets = [
    ...secretsIn(body, false),
    // Of `Basic abc` the second word alone gives it away.
    ...Object.values(headers).map((value) => value.replace(/^Basic /, "")),
  ].filter((secret) => secret.length >= SHORTEST);
  // The longest first: one may be part of another.
  return secrets.sort((a, b) => b.length - a.length).reduce((text, secret) => text.replaceAll(secret, MASK), words);
}

/** The texts of fields with the name of a secret, and the value of a patch operation on one. */
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
