import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign, X509Certificate } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { readPem, type TestCa } from "./ca";

export interface TokenServerOptions {
  /** `user:password`, as it is shown in basic authentication, of everybody who gets tokens. */
  readonly accounts: readonly string[];
  /** Whether who shows nothing gets tokens, too. */
  readonly anonymous?: boolean;
  /** Good for a token by OAuth2's POST. */
  readonly refreshToken?: string;
  /** Repositories that no token is good for. */
  readonly withheld?: readonly string[];
  /** The address in its URL, where it is not 127.0.0.1: then it listens on all. */
  readonly address?: string;
}

const ISSUER = "e2e token server";
const SERVICE = "e2e registry";

/** What goes into a token. */
interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * A token server of the test's own for Debian's docker-registry, over TLS with the test's CA (distribution: "Token
 * Authentication Specification", "OAuth2 Token Authentication" and "Token Authentication Implementation").
 */
export class TokenServer {
  /** `METHOD path` of every request so far. */
  readonly log: string[] = [];
  readonly #options: TokenServerOptions;
  readonly #server: Server;
  readonly #key: KeyObject;
  readonly #chain: readonly string[];
  #spoil = false;

  private constructor(tls: TestCa, options: TokenServerOptions) {
    this.#options = options;
    const [cert, key] = [readPem(tls.cert), readPem(tls.key)];
    this.#key = createPrivateKey(key);
    this.#chain = [new X509Certificate(cert).raw.toString("base64")];
    this.#server = createServer({ cert, key }, (request, response) => void this.#serve(request, response));
  }

  static async start(tls: TestCa, options: TokenServerOptions): Promise<TokenServer> {
    const server = new TokenServer(tls, options);
    await new Promise<void>((resolve) =>
      server.#server.listen(0, options.address === undefined ? "127.0.0.1" : "0.0.0.0", resolve),
    );
    return server;
  }

  /** `address:port`. */
  get host(): string {
    return `${this.#options.address ?? "127.0.0.1"}:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `auth.token` of docker-registry's configuration. */
  configuration(rootcertbundle: string) {
    return { token: { realm: `https://${this.host}/token`, service: SERVICE, issuer: ISSUER, rootcertbundle } };
  }

  /** Makes the next token worthless: its signature is somebody else's. */
  spoilNext(): void {
    this.#spoil = true;
  }

  /** A token for these scopes (`repository:name:pull,push`), good for five minutes. */
  mint(scopes: readonly string[]): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.flatMap((scope): Access[] => {
      const [type, name, actions] = scope.split(":");
      return type && name && actions ? [{ type, name, actions: actions.split(",") }] : [];
    });
    const claims = {
      iss: ISSUER,
      sub: "e2e",
      aud: SERVICE,
      iat: now,
      nbf: now - 60,
      exp: now + 300,
      jti: randomUUID(),
    };
    const part = (content: unknown) => Buffer.from(JSON.stringify(content)).toString("base64url");
    const signed = `${part({ typ: "JWT", alg: "ES256", x5c: this.#chain })}.${part({ ...claims, access })}`;
    const key = this.#spoil ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : this.#key;
    this.#spoil = false;
    return `${signed}.${sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", `https://${this.host}`);
    this.log.push(`${request.method} ${url.pathname}`);
    let form = "";
    for await (const chunk of request) form += String(chunk);
    const parameters = request.method === "POST" ? new URLSearchParams(form) : url.searchParams;
    response.setHeader("content-type", "application/json");
    if (!this.#mayHave(request, parameters)) {
      response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"no token for you"}]}');
      return;
    }
    const asked = parameters.getAll("scope").flatMap((scope) => scope.split(" "));
    const token = this.mint(asked.filter((scope) => !this.#options.withheld?.includes(scope.split(":")[1] ?? "")));
    response.end(JSON.stringify({ [request.method === "POST" ? "access_token" : "token"]: token, expires_in: 300 }));
  }

  #mayHave(request: IncomingMessage, parameters: URLSearchParams): boolean {
    const { accounts, anonymous, refreshToken } = this.#options;
    if (request.method === "POST") {
      return refreshToken !== undefined && parameters.get("refresh_token") === refreshToken;
    }
    const shown = /^Basic (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (shown === undefined) return anonymous === true;
    return accounts.includes(Buffer.from(shown, "base64").toString("utf8"));
  }
}
