import type { Secrets } from "../text";

/** Names of fields with secret values: the ones that Ironic and oslo mask, of requests to Keystone, and of HTTP headers. */
const SECRET = /pass(word|wd|phrase|_?hash|$)|secret|token|authorization|community|api_?key$|_key$/i;
/** Such as `image_pull_secret_wo_version`, a number. */
const NOT_SECRET = /_version$/;
/** Free text that holds secrets, which may be JSON, as Ignition is. */
const SECRET_TEXT = /^(configdrive|user_data)$/;
/** Names of fields with the user of the password beside them. */
const USER = /user(name)?$/i;

/** Whether a field with this name holds a secret. */
export function isSecretField(name: string): boolean {
  return SECRET_TEXT.test(name) || (SECRET.test(name) && !NOT_SECRET.test(name));
}

/** The user and the password of a URL. */
const IN_URL = /^[a-z][a-z0-9+.-]*:\/\/([^\s/?#@:]*):([^\s/?#@]+)@/i;
/** A parameter of a URL by which its holder is authorized, such as that of a presigned one. */
const IN_QUERY = /[?&;](?:[\w.-]*(?:signature|token|secret|password|credential|api_?key)|sig)=([^&;#\s]+)/gi;

/**
 * Learns the secrets of a request body, of driver_info and their like: the values of fields with the name of a secret, and of patch
 * operations on one; the value of an object with `name` and `value`, as of a BIOS setting; credentials in URLs.
 */
export function learnSecrets(secrets: Secrets, value: unknown): void {
  if (typeof value === "string") learnUrl(secrets, value);
  if (Array.isArray(value)) for (const each of value) learnSecrets(secrets, each);
  if (typeof value !== "object" || value === null) return;
  const entries = Object.entries(value);
  const [, user] = entries.find(([name, each]) => USER.test(name) && typeof each === "string") ?? [];
  for (const [key, each] of entries) {
    const name = key === "value" ? namedField(value) : key;
    if (SECRET_TEXT.test(name)) learnText(secrets, each);
    else if (isSecretField(name)) learnAll(secrets, each, user as string | undefined);
    learnSecrets(secrets, each);
  }
}

function learnAll(secrets: Secrets, value: unknown, user: string | undefined): void {
  if (typeof value === "string" || typeof value === "number") secrets.add(String(value), user);
  if (Array.isArray(value)) for (const each of value) learnAll(secrets, each, user);
}

function learnText(secrets: Secrets, value: unknown): void {
  if (typeof value !== "string") return;
  secrets.add(value);
  try {
    learnSecrets(secrets, JSON.parse(value));
  } catch {
    // Not JSON: its lines are secret.
  }
}

function learnUrl(secrets: Secrets, text: string): void {
  const [, user = "", password] = IN_URL.exec(text) ?? [];
  if (password !== undefined) for (const each of [password, decoded(password)]) secrets.add(each, decoded(user));
  for (const [, value = ""] of text.includes("://") ? text.matchAll(IN_QUERY) : []) secrets.add(value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The field that a patch operation changes, which is the last part of its path; or the name of a setting. */
function namedField({ path, name }: { readonly path?: unknown; readonly name?: unknown }): string {
  if (typeof path === "string") return path.split("/").at(-1) ?? "";
  return typeof name === "string" ? name : "value";
}
