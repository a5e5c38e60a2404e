import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

export type AuthMode =
  | { readonly mode: "none" }
  | { readonly mode: "basic"; readonly username: string; readonly password: string }
  | {
      readonly mode: "bearer";
      /** The user name for tokens. Default: anonymous tokens. */
      readonly username?: string;
      readonly password?: string;
      /** A refresh token for tokens (OAuth2, POST). */
      readonly refreshToken?: string;
      /** Refresh tokens are valid once: each token response has the next one. */
      readonly rotate?: boolean;
      /** Repositories for which tokens never get a scope. */
      readonly withheld?: readonly string[];
      /** The token's field in the response. Default `token`. */
      readonly field?: "token" | "access_token";
      /** Seconds. Default: not in the response. */
      readonly expiresIn?: number;
    };

/** Access control of the in-process registry: checks Authorization headers, and issues bearer tokens. */
export class Gate {
  readonly #mode: AuthMode;
  readonly #issued = new Map<string, { readonly scopes: readonly string[]; readonly expires: number }>();
  readonly #demands = new Map<string, string>();
  #lifetime: number | undefined;
  #refreshToken: string | undefined;
  /** The registry's origin for clients, which is also the token endpoint's. Default: the server's. */
  origin: string | undefined;

  constructor(mode: AuthMode) {
    this.#mode = mode;
    if (mode.mode !== "bearer") return;
    this.#lifetime = mode.expiresIn;
    this.#refreshToken = mode.refreshToken;
  }

  /** The challenge of the response; undefined when the request is authorized. */
  challenge(
    request: IncomingMessage,
    repository: string | undefined,
    origin: string,
    mountFrom: string | null = null,
  ): string | undefined {
    const authorization = request.headers.authorization;
    const mode = this.#mode;
    if (mode.mode === "none") return undefined;
    if (mode.mode === "basic") {
      return authorization === basic(mode.username, mode.password) ? undefined : 'Basic realm="in-process registry"';
    }
    const writes = request.method !== "GET" && request.method !== "HEAD";
    const mounted = mountFrom === null ? [] : [`repository:${mountFrom}:pull`];
    const wanted = [...this.#wanted(repository, writes ? "pull,push" : "pull"), ...mounted];
    const token = this.#issued.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
    const alive = token !== undefined && token.expires > Date.now();
    if (alive && wanted.every((scope) => isGranted(scope, token.scopes))) return undefined;
    const reason = alive ? "insufficient_scope" : "invalid_token";
    const parameters = [
      `realm="${this.origin ?? origin}/token"`,
      'service="in-process"',
      ...(wanted.length > 0 ? [`scope="${wanted.join(" ")}"`] : []),
      ...(authorization === undefined ? [] : [`error="${reason}"`]),
    ];
    return `Bearer ${parameters.join(",")}`;
  }

  /** The token endpoint, GET or POST: the JSON of the response; undefined for a refusal. */
  issue(request: IncomingMessage, parameters: URLSearchParams): Record<string, unknown> | undefined {
    const mode = this.#mode;
    if (mode.mode !== "bearer" || !this.#isPermitted(mode, request, parameters)) return undefined;
    const requested = parameters.getAll("scope").flatMap((scope) => scope.split(" "));
    const value = this.mint(requested.filter((scope) => !mode.withheld?.includes(scope.split(":")[1] ?? "")));
    if (mode.rotate) this.#refreshToken = randomUUID();
    return {
      [mode.field ?? "token"]: value,
      ...(this.#lifetime !== undefined && { expires_in: this.#lifetime }),
      ...(mode.rotate && { refresh_token: this.#refreshToken }),
    };
  }

  /** A bearer token for these scopes. */
  mint(scopes: readonly string[]): string {
    const value = randomUUID();
    this.#issued.set(value, { scopes, expires: Date.now() + (this.#lifetime ?? 3600) * 1000 });
    return value;
  }

  /** Revokes all issued tokens. */
  revokeAll(): void {
    this.#issued.clear();
  }

  /** Sets the lifetime of further tokens, in seconds. */
  extend(seconds: number): void {
    this.#lifetime = seconds;
  }

  /** Requires a further scope for a repository, like a registry that serves parts of it from another one. */
  demand(repository: string, scope: string): void {
    this.#demands.set(repository, scope);
  }

  #wanted(repository: string | undefined, actions: string): string[] {
    if (repository === undefined) return [];
    const more = this.#demands.get(repository);
    return [`repository:${repository}:${actions}`, ...(more === undefined ? [] : [more])];
  }

  #isPermitted(
    mode: Extract<AuthMode, { mode: "bearer" }>,
    request: IncomingMessage,
    parameters: URLSearchParams,
  ): boolean {
    if (request.method === "POST") {
      const granted = parameters.get("grant_type") === "refresh_token" && parameters.get("client_id") !== null;
      return granted && this.#refreshToken !== undefined && parameters.get("refresh_token") === this.#refreshToken;
    }
    if (mode.username === undefined) return mode.refreshToken === undefined;
    return request.headers.authorization === basic(mode.username, mode.password ?? "");
  }
}

/** Whether the actions of a scope, `type:name:action,action`, are all among those of granted scopes for the same name. */
function isGranted(scope: string, granted: readonly string[]): boolean {
  const [, name = "", actions = ""] = /^(.*):([^:]*)$/.exec(scope) ?? [];
  const given = granted
    .filter((each) => each.startsWith(`${name}:`))
    .flatMap((each) => each.slice(name.length + 1).split(","));
  return actions.split(",").every((action) => given.includes(action));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
