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
      /** Under which of the two names the token is given. Default `token`. */
      readonly field?: "token" | "access_token";
      /** Seconds; unset: not told. */
      readonly expiresIn?: number;
    };

/** What the in-process registry makes of an Authorization header; it hands out its own bearer tokens. */
export class Gate {
  readonly #mode: AuthMode;
  readonly #issued = new Map<string, { readonly scope: string; readonly expires: number }>();

  constructor(mode: AuthMode) {
    this.#mode = mode;
  }

  /** The challenge to answer with, or undefined to let the request in. */
  challenge(request: IncomingMessage, repository: string | undefined, origin: string): string | undefined {
    const authorization = request.headers.authorization;
    const mode = this.#mode;
    if (mode.mode === "none") return undefined;
    if (mode.mode === "basic") {
      return authorization === basic(mode.username, mode.password) ? undefined : 'Basic realm="in-process registry"';
    }
    const scope = repository === undefined ? "" : `repository:${repository}:pull`;
    const token = this.#issued.get(/^Bearer (.+)$/.exec(authorization ?? "")?.[1] ?? "");
    if (token && token.expires > Date.now() && (scope === "" || token.scope.split(" ").includes(scope)))
      return undefined;
    const error = authorization === undefined ? "" : ',error="invalid_token"';
    return `Bearer realm="${origin}/token",service="in-process",scope="${scope}"${error}`;
  }

  /** The token endpoint: JSON to answer with, or undefined to refuse. */
  issue(request: IncomingMessage, scope: string): Record<string, unknown> | undefined {
    const mode = this.#mode;
    if (mode.mode !== "bearer") return undefined;
    const { username, password = "" } = mode;
    if (username !== undefined && request.headers.authorization !== basic(username, password)) return undefined;
    const value = randomUUID();
    this.#issued.set(value, { scope, expires: Date.now() + (mode.expiresIn ?? 3600) * 1000 });
    return { [mode.field ?? "token"]: value, ...(mode.expiresIn !== undefined && { expires_in: mode.expiresIn }) };
  }

  /** Makes every token that was handed out worthless. */
  revokeAll(): void {
    this.#issued.clear();
  }
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
