import { readFile } from "node:fs/promises";
import * as z from "zod";
import { IronicOciError } from "../../net";
import type { CredentialHelpers } from "./helper";
import { type Credential, decodeAuth } from "./keychain";
import { isHeaderSafe } from "./token";

/** The environment variable that holds a Docker configuration itself, and not its path. */
export const DOCKER_AUTH_CONFIG = "DOCKER_AUTH_CONFIG";

/** Credentials that can't be read or aren't in the form that Docker writes. The message never holds any of their content. */
export class CredentialsFileError extends IronicOciError {
  readonly code = "CREDENTIALS_FILE";

  constructor(
    /** The file, or `DOCKER_AUTH_CONFIG`. */
    readonly path: string,
    what: string,
    cause?: unknown,
  ) {
    super(`${path === DOCKER_AUTH_CONFIG ? "" : "credentials file "}${path}: ${what}`, {
      cause,
      hint: 'expected Docker\'s form: {"auths": {"registry.example": {"auth": "…"}}}',
    });
  }
}

const text = z.string().nullish();
const Entry = z
  .object({ auth: text, username: text, password: text, identitytoken: text, registrytoken: text })
  .nullish();
const Content = z.object({
  auths: z.record(z.string(), Entry).nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
  credsStore: text,
});

/** Names of Docker Hub; its own tools write {@link DOCKER_HUB_KEY}, and give that to credential helpers. */
const DOCKER_HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * One credentials file: Docker's `config.json`, or podman's `auth.json`, which has the same form.
 * Source: docker login; containers-auth.json(5).
 */
export class AuthFile {
  readonly #path: string;
  readonly #auths: ReadonlyMap<string, NonNullable<z.infer<typeof Entry>>>;
  readonly #helpers: ReadonlyMap<string, string>;
  readonly #store: string | undefined;

  private constructor(path: string, content: z.infer<typeof Content>) {
    this.#path = path;
    this.#auths = byRegistry(content.auths ?? {}, (entry) => entry ?? {});
    this.#helpers = byRegistry(content.credHelpers ?? {}, (name) => name);
    this.#store = content.credsStore || undefined;
  }

  /**
   * @param mustExist whether a missing file is an error; otherwise it has no entries
   * @throws {CredentialsFileError}
   */
  static async read(path: string, mustExist: boolean): Promise<AuthFile> {
    let bytes: string;
    try {
      bytes = await readFile(path, "utf8");
    } catch (error) {
      const missing = ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
      if (missing && !mustExist) return new AuthFile(path, {});
      throw new CredentialsFileError(path, missing ? "no such file" : "can't be read", error);
    }
    return new AuthFile(path, parse(bytes, path));
  }

  /**
   * A file's content from elsewhere.
   * @param name what to call it in errors
   * @throws {CredentialsFileError}
   */
  static parse(content: string, name: string): AuthFile {
    return new AuthFile(name, parse(content, name));
  }

  /**
   * The credential for a repository, the most specific one: podman's keys of `host/path` from the longest to the
   * shortest, then the registry's own: its credential helper, the one for all registries, the file itself.
   * @throws {CredentialsFileError | CredentialHelperError}
   */
  async find(registry: string, repository: string, helpers: CredentialHelpers): Promise<Credential | undefined> {
    const hosts = DOCKER_HUB.includes(registry) ? DOCKER_HUB : [registry];
    const components = repository.split("/");
    for (let length = components.length; length > 0; length -= 1) {
      const path = components.slice(0, length).join("/");
      const credential = this.#inline(hosts.map((host) => `${host}/${path}`));
      if (credential) return credential;
    }
    const server = DOCKER_HUB.includes(registry) ? DOCKER_HUB_KEY : registry;
    const own = hosts.map((host) => this.#helpers.get(host)).find((name) => name !== undefined);
    // A registry with a helper of its own: what the file still holds for it is out of date.
    if (own) return helpers.get(own, server, this.#path);
    // An empty name exempts a registry from the helper for all: docker login then writes into the file itself.
    if (own === "") return this.#inline(hosts);
    const stored = this.#store === undefined ? undefined : await helpers.get(this.#store, server, this.#path);
    return stored ?? this.#inline(hosts);
  }

  #inline(keys: readonly string[]): Credential | undefined {
    for (const key of keys) {
      const entry = this.#auths.get(key);
      const credential = entry && this.#toCredential(entry, key);
      if (credential) return credential;
    }
    return undefined;
  }

  #toCredential(entry: NonNullable<z.infer<typeof Entry>>, key: string): Credential | undefined {
    if (entry.identitytoken) return { kind: "identityToken", token: entry.identitytoken };
    if (entry.registrytoken) {
      if (!isHeaderSafe(entry.registrytoken)) throw this.#unusable(key, "registrytoken", "is no token");
      return { kind: "registryToken", token: entry.registrytoken };
    }
    if (entry.username && entry.password) {
      return { kind: "basic", username: entry.username, password: entry.password };
    }
    if (!entry.auth) return undefined;
    const decoded = decodeAuth(entry.auth);
    if (!decoded) throw this.#unusable(key, "auth", "is not base64 of user:password");
    return { kind: "basic", ...decoded };
  }

  #unusable(key: string, field: string, what: string): CredentialsFileError {
    return new CredentialsFileError(this.#path, `auths[${JSON.stringify(key)}].${field} ${what}`);
  }
}

function parse(bytes: string, path: string): z.infer<typeof Content> {
  let content: unknown;
  try {
    content = JSON.parse(bytes);
  } catch {
    // JSON.parse quotes the text around the fault, which may be a secret: its error is not passed on as a cause.
    throw new CredentialsFileError(path, "is not JSON");
  }
  const parsed = Content.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole file").join(", ");
  throw new CredentialsFileError(path, `is not a Docker configuration (at ${where})`);
}

/** Entries by `host[:port]` or `host[:port]/path`. Where several keys mean the same, the one in that form wins. */
function byRegistry<From, To>(entries: Readonly<Record<string, From>>, to: (entry: From) => To): Map<string, To> {
  const all = new Map<string, To>();
  for (const [key, entry] of Object.entries(entries)) {
    const name = normalize(key);
    if (name === key || !all.has(name)) all.set(name, to(entry));
  }
  return all;
}

/**
 * Old Docker versions wrote whole URLs as keys: `https://host/v1/` stands for `host`. Only a key without a scheme can be
 * podman's `host/path`.
 * Source: Docker and containers/image, which both cut a URL at its path.
 */
function normalize(key: string): string {
  const lower = key.toLowerCase();
  const withoutScheme = lower.replace(/^https?:\/\//, "");
  return withoutScheme === lower ? lower.replace(/\/+$/, "") : withoutScheme.replace(/\/.*$/, "");
}
