import { SharedPromise, timeBetween } from "../net";
import { type IronicAuth, noAuth, secretsOf } from "./auth";
import { IronicApiError, KeystoneError } from "./errors";
import { type HttpOptions, OpenStackHttp } from "./http";
import { fields, listOf, nullable, text } from "./shape";
import { apiRoot } from "./url";

/** Settings for Keystone tokens (Identity API v3, "Password authentication", "Token authentication", "Application credentials"). */
export interface KeystoneSettings extends HttpOptions {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string;
  /** Credentials and scope. */
  readonly method: KeystonePassword | KeystoneToken | KeystoneApplicationCredential;
  /** The region of the catalog's endpoint. Default: any. */
  readonly region?: string | undefined;
  /** The interface of the catalog's endpoint: `public`, `internal` or `admin`. Default `public`. */
  readonly interface?: string | undefined;
  /** The API's type in the catalog. Default `baremetal`. */
  readonly serviceType?: string | undefined;
  /** The API's name in the catalog. Default: any. */
  readonly serviceName?: string | undefined;
}

export interface KeystonePassword {
  readonly kind: "password";
  readonly user: KeystoneUser;
  readonly password: string;
  /** The token's scope. Default: the user's default project, where there is one. */
  readonly scope?: KeystoneScope | undefined;
}

/** A token that is exchanged for a token with this scope. */
export interface KeystoneToken {
  readonly kind: "token";
  readonly token: string;
  readonly scope?: KeystoneScope | undefined;
}

/** The token's scope is the project in which the application credential was created. */
export interface KeystoneApplicationCredential {
  readonly kind: "applicationCredential";
  /** By ID, or by name and user: names are unique per user. */
  readonly credential: { readonly id: string } | { readonly name: string; readonly user: KeystoneUser };
  readonly secret: string;
}

export type NamedOrId = { readonly name: string } | { readonly id: string };
export type KeystoneUser = { readonly id: string } | { readonly name: string; readonly domain: NamedOrId };

/** As the Identity API spells it. */
export type KeystoneScope =
  | { readonly project: { readonly id: string } | { readonly name: string; readonly domain: NamedOrId } }
  | { readonly domain: NamedOrId }
  | { readonly system: { readonly all: true } }
  | { readonly "OS-TRUST:trust": { readonly id: string } };

interface Token {
  readonly value: string;
  /** Milliseconds since the epoch, by this machine's clock; the next request after that renews the token. */
  readonly renewAt: number;
  readonly catalog: readonly CatalogEntry[];
}

interface CatalogEntry {
  readonly type: string;
  readonly name?: unknown;
  readonly endpoints?: readonly {
    readonly interface: string;
    readonly region?: string | null;
    readonly region_id?: string | null;
    readonly url: string;
  }[];
}

const ENDPOINT = fields({ interface: text, url: text, region: nullable(text), region_id: nullable(text) }, [
  "interface",
  "url",
]);
/** The bare-metal entry of the catalog; other entries are not checked. */
const ENTRY = fields({ endpoints: listOf(ENDPOINT) });
/** The used part of a token response (Identity API v3). */
const TOKEN = fields({ token: fields({ catalog: listOf(fields({ type: text }, ["type"])) }) }, ["token"]);

/** Milliseconds before its expiry at which a token is renewed, so that it does not expire in transit. */
const MARGIN = 60_000;
/** Milliseconds, for a token without a lifetime. */
const SHORT_LIFE = 5 * MARGIN;

/**
 * Authorization with Keystone tokens: one token for all requests, renewed when it expires or is refused. Its methods reject with
 * KeystoneError, SettingsError (`authUrl`), IronicUnavailableError, CertificateFileError or ProxyConfigurationError.
 */
export function keystone(settings: KeystoneSettings): IronicAuth {
  const secrets = secretsOf(secretOf(settings.method));
  const token = new SharedPromise((signal) => fetchToken({ ...settings, secrets }, signal));
  const current = async (signal?: AbortSignal): Promise<Token> => {
    const known = await token.get(signal);
    if (known.renewAt > Date.now()) return known;
    token.invalidate(known);
    return token.get(signal);
  };
  return {
    secrets,
    async headers(signal) {
      return { "x-auth-token": (await current(signal)).value };
    },
    refused(headers) {
      const current = token.value;
      if (current && current.value === headers["x-auth-token"]) token.invalidate(current);
      return true;
    },
    async endpoint(signal) {
      return findEndpoint((await current(signal)).catalog, settings);
    },
  };
}

async function fetchToken(settings: KeystoneSettings, signal: AbortSignal): Promise<Token> {
  const root = apiRoot(settings.authUrl, "auth_url").replace(/\/v3$/, "");
  const http = new OpenStackHttp(root, noAuth(), settings);
  try {
    const body = { auth: authOf(settings.method) };
    const request = { method: "POST", path: "/v3/auth/tokens", body, signal, idempotent: true } as const;
    const { headers, content } = await http.send(request);
    const value = headers["x-subject-token"];
    const fault = value === undefined ? "it has no X-Subject-Token" : TOKEN(content ?? null);
    if (value === undefined || fault !== undefined) {
      throw new KeystoneError(`${root}: this is not Keystone: its response is not a token: ${fault}`, {
        hint: "check auth_url",
      });
    }
    const { token } = content as { token: { issued_at?: unknown; expires_at?: unknown; catalog?: CatalogEntry[] } };
    return { value, renewAt: Date.now() + lifeOf(token), catalog: token.catalog ?? [] };
  } catch (error) {
    if (!(error instanceof IronicApiError)) throw error;
    throw new KeystoneError(`${root}: Keystone refused: ${error.fault} (it responded with ${error.status})`, {
      hint: hintFor(error.status),
    });
  } finally {
    await http.close();
  }
}

/** Milliseconds until the token is renewed, by Keystone's clock alone: this machine's clock may be wrong. */
function lifeOf(token: { readonly issued_at?: unknown; readonly expires_at?: unknown }): number {
  return (timeBetween(token.issued_at, token.expires_at) ?? SHORT_LIFE) - MARGIN;
}

function hintFor(status: number): string {
  if (status === 401 || status === 403) {
    return "check the user or application credential, its secret, the domains, and the project or other scope";
  }
  if (status === 404) return "check auth_url: it is Keystone's root, such as https://keystone.example:5000/v3";
  return "see Keystone's log";
}

function secretOf(method: KeystoneSettings["method"]): string {
  if (method.kind === "password") return method.password;
  return method.kind === "token" ? method.token : method.secret;
}

function authOf(method: KeystoneSettings["method"]): unknown {
  if (method.kind === "password") {
    const { user, password, scope } = method;
    return {
      identity: { methods: ["password"], password: { user: { ...user, password } } },
      ...(scope && { scope }),
    };
  }
  if (method.kind === "token") {
    const { token, scope } = method;
    return { identity: { methods: ["token"], token: { id: token } }, ...(scope && { scope }) };
  }
  const { credential, secret } = method;
  return { identity: { methods: ["application_credential"], application_credential: { ...credential, secret } } };
}

/** Ironic's types in service catalogs (service-types-authority). */
const BARE_METAL = ["baremetal", "bare-metal"];

function findEndpoint(
  catalog: readonly CatalogEntry[],
  { region, interface: configured = "public", serviceType = "baremetal", serviceName }: KeystoneSettings,
): string {
  const wanted = configured.replace(/URL$/, "");
  const types = BARE_METAL.includes(serviceType) ? BARE_METAL : [serviceType];
  const entries = catalog.filter(
    ({ type, name }) => types.includes(type) && (serviceName === undefined || name === serviceName),
  );
  const fault = listOf(ENTRY)(entries);
  if (fault !== undefined) {
    throw new KeystoneError(`the service catalog's entry for bare metal can't be read: ${fault}`, {
      hint: "see openstack catalog show baremetal",
    });
  }
  const offered = entries.flatMap(({ endpoints = [] }) =>
    endpoints.map((each) => ({ ...each, region: each.region_id ?? each.region })),
  );
  const found = offered.find((each) => each.interface === wanted && (region === undefined || each.region === region));
  if (found) return found.url;
  const seen = offered.map((each) => `${each.interface} in ${each.region}`).join(", ");
  const where = region === undefined ? "" : ` in region ${region}`;
  throw new KeystoneError(`the service catalog has no ${wanted} bare-metal endpoint${where}`, {
    hint: hintForEndpoints(seen, catalog.length > 0),
  });
}

function hintForEndpoints(seen: string, hasCatalog: boolean): string {
  if (seen !== "") return `it has: ${seen}`;
  if (hasCatalog) return "Ironic is not registered there, or not for this user: give its URL";
  return "it is empty, as for a token without scope: name a project, or system_scope all, or give Ironic's URL";
}
