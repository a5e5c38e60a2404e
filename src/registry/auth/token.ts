import * as z from "zod";
import { type AddressScope, type HttpRequest, type HttpResponse, lifetimeOf, SingleFlight } from "../../net";
import { type Credential, tokenEndpointHeader } from "./keychain";

/** A bearer token and when to stop using it. */
export interface BearerToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** A refresh token that replaces the one that was sent. */
  readonly refreshToken: string | undefined;
}

/** A token endpoint, as a registry's challenge names it. */
export interface TokenSource {
  readonly realm: URL;
  readonly service: string | undefined;
  /** Where the registry is that names the realm; undefined where the realm is the registry itself. */
  readonly leadFrom: AddressScope | undefined;
}

const TokenResponse = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().nullish(),
  refresh_token: z.string().nullish(),
});

/** The token spec: a server that gives no lifetime means 60 seconds. Milliseconds. */
const DEFAULT_LIFETIME = 60_000;
/** Milliseconds before its end at which a token is renewed, so that it does not expire on the way. */
const MARGIN = 5_000;
const MAX_TOKEN_RESPONSE = 1024 * 1024;
const CLIENT_ID = "cdktf-ironic-oci";

/**
 * The request for a token: with POST where there is a refresh token to send (distribution: "OAuth2 Token Authentication"), else
 * with GET ("Token Authentication Specification").
 */
export function tokenRequest(
  { realm, service, leadFrom }: TokenSource,
  scopes: readonly string[],
  credential: Credential | undefined,
): HttpRequest {
  const accept = "application/json";
  const common = { maxBytes: MAX_TOKEN_RESPONSE, ...(leadFrom && { leadFrom }) };
  if (credential?.kind === "identityToken") {
    const form = new URLSearchParams({
      grant_type: "refresh_token",
      client_id: CLIENT_ID,
      ...(service !== undefined && { service }),
      scope: scopes.join(" "),
      refresh_token: credential.token,
    });
    const headers = { accept, "content-type": "application/x-www-form-urlencoded" };
    return { url: realm, method: "POST", headers, body: form.toString(), ...common };
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  const authorization = tokenEndpointHeader(credential);
  return { url, headers: { accept, ...(authorization && { authorization }) }, ...common };
}

/** The token in a token endpoint's response; undefined when there is no usable one. */
export function readToken(response: HttpResponse, now: number): BearerToken | undefined {
  let content: unknown;
  try {
    content = JSON.parse(response.body.toString("utf8"));
  } catch {
    return undefined;
  }
  const parsed = TokenResponse.safeParse(content);
  if (!parsed.success) return undefined;
  const value = parsed.data.token || parsed.data.access_token;
  // A token becomes a header's value: one that could break out of it is refused.
  if (!value || !isHeaderSafe(value)) return undefined;
  const lifetime = lifetimeOf(parsed.data.expires_in) ?? DEFAULT_LIFETIME;
  const refreshToken = parsed.data.refresh_token || undefined;
  return { value, expires: now + Math.max(lifetime - MARGIN, lifetime / 2), refreshToken };
}

/** Visible ASCII without spaces: nothing that could end a header or begin another. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** The tokens of one client: cached until they expire, and fetched once for all requests that need one at the same time. */
export class TokenCache {
  readonly #tokens = new Map<string, BearerToken>();
  readonly #fetching = new SingleFlight<BearerToken>();

  async get(
    key: string,
    signal: AbortSignal | undefined,
    fetchToken: (signal: AbortSignal) => Promise<BearerToken>,
  ): Promise<BearerToken> {
    const known = this.#tokens.get(key);
    if (known && known.expires > Date.now()) return known;
    return this.#fetching.run(key, signal, async (shared) => {
      const token = await fetchToken(shared);
      this.#tokens.set(key, token);
      return token;
    });
  }

  /** Drops a token that a registry refused; one that has replaced it meanwhile stays. */
  invalidate(key: string, value: string): void {
    if (this.#tokens.get(key)?.value === value) this.#tokens.delete(key);
  }
}
