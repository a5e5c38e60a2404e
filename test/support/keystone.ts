import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Body = {
  readonly auth: {
    readonly identity: {
      readonly methods: readonly string[];
      readonly password?: { readonly user: Named & { readonly password: string } };
      readonly application_credential?: Named & { readonly secret: string; readonly user?: Named };
    };
    readonly scope?: unknown;
  };
};
type Named = { readonly id?: string; readonly name?: string; readonly domain?: { id?: string; name?: string } };

export const USER = { name: "operator", password: "keystone-stand-in-password" };
export const CREDENTIAL = { id: "credential-id", name: "terraform", secret: "keystone-stand-in-secret" };

/** An endpoint in the catalog. */
export interface Endpoint {
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

/**
 * As much of Keystone's API as getting tokens needs, with one user and one application credential. A real Keystone takes the
 * same requests in test/e2e/ironic/keystone.e2e.ts.
 */
export class InProcessKeystone {
  /** What was sent to it, in order. */
  readonly bodies: Body[] = [];
  readonly tokens = new Set<string>();
  /** Milliseconds from issue to expiry, by its clock. */
  life = 3_600_000;
  /** Milliseconds that its clock is ahead of this machine's. */
  ahead = 0;
  /** Of the service type `baremetal`. */
  endpoints: Endpoint[] = [];
  /** Answers instead of it, or returns false to let it answer. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<InProcessKeystone> {
    const keystone = new InProcessKeystone();
    await new Promise<void>((resolve) => keystone.#server.listen(0, "127.0.0.1", resolve));
    return keystone;
  }

  /** With `/v3`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v3`;
  }

  /** `OS_*` variables of its user. */
  get variables(): Record<string, string> {
    return {
      OS_AUTH_URL: this.url,
      OS_USERNAME: USER.name,
      OS_PASSWORD: USER.password,
      OS_PROJECT_NAME: "rack",
    };
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const send = (status: number, content: unknown, headers = {}) =>
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(content));
    const refuse = (code: number, title: string, message: string) => send(code, { error: { code, title, message } });
    if (this.intercept?.(request, response)) return;
    if (request.method !== "POST" || request.url !== "/v3/auth/tokens") {
      refuse(404, "Not Found", "The requested URL was not found.");
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    this.bodies.push(body);
    if (!isKnown(body)) {
      refuse(401, "Unauthorized", "The request you have made requires authentication.");
      return;
    }
    const token = `token-${randomUUID()}`;
    this.tokens.add(token);
    const issued = Date.now() + this.ahead;
    const [issued_at, expires_at] = [issued, issued + this.life].map((at) => new Date(at).toISOString());
    const scoped = body.auth.scope !== undefined || body.auth.identity.application_credential !== undefined;
    const endpoints = this.endpoints.map((each) => ({ ...each, region_id: each.region }));
    const catalog = [{ type: "identity" }, { type: "baremetal", endpoints }];
    send(201, { token: { issued_at, expires_at, ...(scoped && { catalog }) } }, { "x-subject-token": token });
  }
}

function isKnown({ auth: { identity } }: Body): boolean {
  const { password, application_credential: credential } = identity;
  if (password) return isUser(password.user) && password.user.password === USER.password;
  if (credential?.secret !== CREDENTIAL.secret) return false;
  if (credential.id !== undefined) return credential.id === CREDENTIAL.id;
  return credential.name === CREDENTIAL.name && credential.user !== undefined && isUser(credential.user);
}

/** By its id, or by its name, and then with a domain. */
function isUser({ id, name, domain }: Named): boolean {
  if (id !== undefined) return id === "user-id";
  return name === USER.name && (domain?.id ?? domain?.name) !== undefined;
}
