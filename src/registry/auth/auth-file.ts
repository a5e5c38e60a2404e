import { readFile } from "node:fs/promises";
import { IronicOciError } from "../../net";
import { CONTENT_FOR_PATH, isFileContent, OPTIONS } from "../../reference";
import type { CredentialHelpers } from "./helper";
import { type Credential, decodeAuth } from "./keychain";
import type { Content, Entry } from "./schemas";
import { isHeaderSafe } from "./token";

/** The environment variable with the content of a Docker configuration. */
export const DOCKER_AUTH_CONFIG = "DOCKER_AUTH_CONFIG";

/** Credentials that can't be read or are not in Docker's format. The message never quotes their content. */
export class CredentialsFileError extends IronicOciError {
  readonly code = "CREDENTIALS_FILE";

  constructor(
    /** The file, or `DOCKER_AUTH_CONFIG`. */
    readonly path: string,
    what: string,
    options: { readonly cause?: unknown; readonly hint?: string } = {},
  ) {
    super(`${path === DOCKER_AUTH_CONFIG || path === CONTENT_FOR_PATH ? "" : "credentials file "}${path}: ${what}`, {
      hint: 'expected Docker\'s format: {"auths": {"registry.example": {"auth": "…"}}}',
      ...options,
    });
  }
}

/** Names of Docker Hub. Docker's tools write {@link DOCKER_HUB_KEY}, and pass it to credential helpers. */
export const DOCKER_HUB: readonly string[] = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/**
 * One credentials file: Docker's `config.json`, or podman's `auth.json`, which has the same format.
 * Source: docker login; containers-auth.json(5).
 */
export class AuthFile {
  readonly #path: string;
  readonly #auths: ReadonlyMap<string, NonNullable<Entry>>;
  readonly #helpers: ReadonlyMap<string, string>;
  readonly #store: string | undefined;

  private constructor(path: string, content: Content) {
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
    if (isFileContent(path)) {
      throw new CredentialsFileError(CONTENT_FOR_PATH, "it is the content of a file", {
        hint: `write it into a file, and name that; or set ${DOCKER_AUTH_CONFIG} to it`,
      });
    }
    let bytes: string;
    try {
      bytes = await readFile(path, "utf8");
    } catch (error) {
      const { code = "unknown cause" } = error as NodeJS.ErrnoException;
      const missing = ["ENOENT", "ENOTDIR"].includes(code);
      if (missing && !mustExist) return new AuthFile(path, {});
      throw new CredentialsFileError(path, missing ? "no such file" : `can't be read (${code})`, {
        cause: error,
        hint: missing
          ? `check the path: ${OPTIONS.authFile}, or REGISTRY_AUTH_FILE; docker login and podman login write such files`
          : "check that it is a file, its owner and its mode",
      });
    }
    return new AuthFile(path, parse(bytes, path));
  }

  /**
   * A configuration from another source than a file.
   * @param name the source's name in errors
   * @throws {CredentialsFileError}
   */
  static parse(content: string, name: string): AuthFile {
    return new AuthFile(name, parse(content, name));
  }

  /**
   * The most specific credential for a repository: podman's keys of `host/path` from the longest to the shortest, then the
   * registry's: from its credential helper, the helper for all registries, the file.
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
    const helper = hosts.map((host) => this.#helpers.get(host)).find((name) => name !== undefined);
    // Where the registry has a helper, its entry in the file is outdated.
    if (helper) return helpers.get(helper, server, this.#path);
    // An empty name exempts a registry from the helper for all registries: docker login then writes into the file.
    if (helper === "") return this.#inline(hosts);
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

  #toCredential(entry: NonNullable<Entry>, key: string): Credential | undefined {
    if (entry.identitytoken) return { kind: "identityToken", token: entry.identitytoken };
    if (entry.registrytoken) {
      if (!isHeaderSafe(entry.registrytoken)) throw this.#unusable(key, "registrytoken", "is not a token");
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

function parse(bytes: string, path: string): Content {
  let content: unknown;
  try {
    content = JSON.parse(bytes);
  } catch {
    // JSON.parse quotes text, which may be a secret: its error is not passed on as a cause.
    throw new CredentialsFileError(path, "is not JSON");
  }
  const { Content } = require("./schemas") as typeof import("./schemas");
  const parsed = Content.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || "the whole file").join(", ");
  throw new CredentialsFileError(path, `is not a Docker configuration (at ${where})`);
}

/** Entries by `host[:port]` or `host[:port]/path`. Of several keys for the same registry, the one in this form takes precedence. */
function byRegistry<From, To>(entries: Readonly<Record<string, From>>, to: (entry: From) => To): Map<string, To> {
  const all = new Map<string, To>();
  for (const [key, entry] of Object.entries(entries)) {
    const name = normalize(key);
    if (name === key || !all.has(name)) all.set(name, to(entry));
  }
  return all;
}

/**
 * Old Docker versions wrote URLs as keys: `https://host/v1/` means `host`. Only a key without a scheme can be podman's `host/path`.
 * Source: Docker and containers/image, which both drop a URL's path.
 */
function normalize(key: string): string {
  const lower = key.toLowerCase();
  const withoutScheme = lower.replace(/^https?:\/\//, "");
  return withoutScheme === lower ? lower.replace(/\/+$/, "") : withoutScheme.replace(/\/.*$/, "");
}
