import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

export type AuthMode =
  | { readonly mode: "none" }
  | { readonly mode: "basic"; readonly username: string; readonly password: string }
  | {
      readonly mode: "bearer";
      /** Who gets tokens; unset: anybody. */
      readonly username?: string;
      readonly password?: string;
      /** Who comes with this refresh token (OAuth2, POST) gets tokens too. */
      readonly refreshToken?: string;
      /** A refresh token is good once: with each token comes the next one. */
      readonly rotate?: boolean;
      /** Repositories that tokens are good for nothing in, whoever asks. */
      readonly withheld?: readonly string[];
      /** Under which of the two names the token is given. Default `token`. */
      readonly field?: "token" | "access_token";
      /** Seconds; unset: not told. */
      readonly expiresIn?: number;
    };

/** What the in-process registry makes of an Authorization header; it hands out its own bearer tokens. */
export class Gate {
  readonly #mode: AuthMode;
  readonly #issued = new Map<string, { readonly scopes: readonly string[]; readonly expires: number }>();
  readonly #demands = new Map<string, string>();
  #lifetime: number | undefined;
  #refreshToken: string | undefined;
  /** Where clients see the registry, and with it the token endpoint; unset: where it is. */
  origin: string | undefined;

  constructor(mode: AuthMode) {
    this.#mode = mode;
    if (mode.mode !== "bearer") return;
    this.#lifetime = mode.expiresIn;
    this.#refreshToken = mode.refreshToken;
  }

  /** The challenge to answer with, or undefined to let the request in. */
  challenge(request: IncomingMessage, repository: string | undefined, origin: string): string | undefined {
    const authorization = request.headers.authorization;
    const mode = this.#mode;
    if (mode.mode === "none") return undefined;
    if (mode.mode === "basic") {
      return authorization === basic(mode.username, mode.password) ? undefined : 'Basic realm="in-process registry"';
    }
    const wanted = this.#wanted(repository);
    const token = this.#issued.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
    const alive = token !== undefined && token.expires > Date.now();
    if (alive && wanted.every((scope) => token.scopes.includes(scope))) return undefined;
    const reason = alive ? "insufficient_scope" : "invalid_token";
    const parameters = [
      `realm="${this.origin ?? origin}/token"`,
      'service="in-process"',
      ...(wanted.length > 0 ? [`scope="${wanted.join(" ")}"`] : []),
      ...(authorization === undefined ? [] : [`error="${reason}"`]),
    ];
    return `Bearer ${parameters.join(",")}`;
  }

  /** The token endpoint, GET or POST: JSON to answer with, or undefined to refuse. */
  issue(request: IncomingMessage, parameters: URLSearchParams): Record<string, unknown> | undefined {
    const mode = this.#mode;
    if (mode.mode !== "bearer" || !this.#mayHave(mode, request, parameters)) return undefined;
    const asked = parameters.getAll("scope").flatMap((scope) => scope.split(" "));
    const value = this.mint(asked.filter((scope) => !mode.withheld?.includes(scope.split(":")[1] ?? "")));
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

  /** Makes every token that was handed out worthless. */
  revokeAll(): void {
    this.#issued.clear();
  }

  /** Lets the tokens to come live for so many seconds. */
  extend(seconds: number): void {
    this.#lifetime = seconds;
  }

  /** From now on a repository wants this scope too, as a registry does that serves parts of it from elsewhere. */
  demand(repository: string, scope: string): void {
    this.#demands.set(repository, scope);
  }

  #wanted(repository: string | undefined): string[] {
    if (repository === undefined) return [];
    const more = this.#demands.get(repository);
    return [`repository:${repository}:pull`, ...(more === undefined ? [] : [more])];
  }

  #mayHave(
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

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
