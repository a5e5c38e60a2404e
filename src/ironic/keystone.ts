import { type IronicAuth, noAuth } from "./auth";
import { IronicApiError, KeystoneError } from "./errors";
import { type HttpOptions, OpenStackHttp } from "./http";

/** How to get a Keystone token (Identity API v3, "Password authentication" and "Application credentials"). */
export interface KeystoneSettings extends HttpOptions {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  readonly method: KeystonePassword | KeystoneApplicationCredential;
  readonly region?: string | undefined;
  /** Which of the catalog's URLs. Default `public`. */
  readonly interface?: string | undefined;
}

export interface KeystonePassword {
  readonly kind: "password";
  readonly username?: string | undefined;
  readonly userId?: string | undefined;
  readonly password: string;
  readonly userDomain?: NamedOrId | undefined;
  readonly project?: NamedOrId | undefined;
  readonly projectDomain?: NamedOrId | undefined;
  /** `all` for a token with system scope. */
  readonly systemScope?: string | undefined;
}

export interface KeystoneApplicationCredential {
  readonly kind: "applicationCredential";
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly secret: string;
  /** Needed with a name. */
  readonly username?: string | undefined;
  readonly userDomain?: NamedOrId | undefined;
}

export type NamedOrId = { readonly name: string } | { readonly id: string };

interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  readonly catalog: readonly CatalogEntry[];
}

interface CatalogEntry {
  readonly type: string;
  readonly endpoints: readonly {
    readonly interface: string;
    readonly region?: string;
    readonly region_id?: string;
    readonly url: string;
  }[];
}

/** Renewed this long before its end, so that no request sets out with a token that expires on the way. */
const MARGIN = 60_000;

/** Authorization by Keystone tokens, renewed when they expire or are refused. */
export function keystone(settings: KeystoneSettings): IronicAuth {
  let token: Promise<Token> | undefined;
  const current = async (signal?: AbortSignal): Promise<Token> => {
    const known = await token?.catch(() => undefined);
    if (known && known.expires - MARGIN > Date.now()) return known;
    token = fetchToken(settings, signal);
    return token;
  };
  return {
    async headers(signal) {
      return { "x-auth-token": (await current(signal)).value };
    },
    refused() {
      token = undefined;
      return true;
    },
    async endpoint(signal) {
      return findEndpoint((await current(signal)).catalog, settings);
    },
  };
}

async function fetchToken(settings: KeystoneSettings, signal: AbortSignal | undefined): Promise<Token> {
  const root = settings.authUrl.replace(/\/+$/, "").replace(/\/v3$/, "");
  const http = new OpenStackHttp(root, noAuth(), settings);
  try {
    const body = { auth: { identity: identityOf(settings.method), ...scopeOf(settings.method) } };
    const { headers, content } = await http.ask({ method: "POST", path: "/v3/auth/tokens", body, signal });
    const value = headers["x-subject-token"];
    const { token } = (content ?? {}) as { token?: { expires_at?: string; catalog?: CatalogEntry[] } };
    if (typeof value !== "string" || !token) throw new KeystoneError(`${root}: Keystone gave no token`);
    const expires = Date.parse(token.expires_at ?? "");
    return { value, expires: Number.isNaN(expires) ? Date.now() + 5 * MARGIN : expires, catalog: token.catalog ?? [] };
  } catch (error) {
    if (!(error instanceof IronicApiError)) throw error;
    throw new KeystoneError(`${root}: Keystone refused: ${error.fault} (it answered ${error.status})`, {
      hint: "check the user or application credential, its secret, and the project",
    });
  } finally {
    await http.close();
  }
}

function identityOf(method: KeystoneSettings["method"]): unknown {
  if (method.kind === "password") {
    const { username, userId, password, userDomain } = method;
    const user = userId !== undefined ? { id: userId, password } : { name: username, domain: userDomain, password };
    return { methods: ["password"], password: { user } };
  }
  const { id, name, secret, username, userDomain } = method;
  const credential = id !== undefined ? { id, secret } : { name, secret, user: { name: username, domain: userDomain } };
  return { methods: ["application_credential"], application_credential: credential };
}

function scopeOf(method: KeystoneSettings["method"]): { readonly scope?: unknown } {
  if (method.kind !== "password") return {};
  if (method.systemScope !== undefined) return { scope: { system: { all: true } } };
  if (method.project === undefined) return {};
  return {
    scope: { project: "id" in method.project ? method.project : { ...method.project, domain: method.projectDomain } },
  };
}

function findEndpoint(catalog: readonly CatalogEntry[], settings: KeystoneSettings): string {
  const wanted = (settings.interface ?? "public").replace(/URL$/, "");
  const offered = catalog.filter(({ type }) => type === "baremetal").flatMap(({ endpoints }) => endpoints);
  const found = offered.find(
    (endpoint) =>
      endpoint.interface === wanted &&
      (settings.region === undefined || (endpoint.region_id ?? endpoint.region) === settings.region),
  );
  if (found) return found.url;
  const seen = offered
    .map((endpoint) => `${endpoint.interface} in ${endpoint.region_id ?? endpoint.region}`)
    .join(", ");
  throw new KeystoneError(
    `the service catalog has no ${wanted} bare-metal endpoint${settings.region === undefined ? "" : ` in region ${settings.region}`}`,
    { hint: seen ? `it has: ${seen}` : "Ironic is not registered there, or not for this user: give its URL" },
  );
}
