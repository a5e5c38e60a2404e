import { type AddressScope, type HttpRequest, type HttpResponse, lifetimeOf, SingleFlight } from "../../net";
import { type Credential, tokenEndpointHeader } from "./keychain";

/** A bearer token with its expiry. */
export interface BearerToken {
  readonly value: string;
  /** Milliseconds since the epoch; earlier than the token's expiry by a margin. */
  readonly expires: number;
  /** A refresh token that replaces the sent one. */
  readonly refreshToken: string | undefined;
}

/** A token endpoint from a registry's challenge. */
export interface TokenSource {
  readonly realm: URL;
  readonly service: string | undefined;
  /** The registry's address scope; undefined where the realm has the registry's origin. */
  readonly leadFrom: AddressScope | undefined;
}

/** Milliseconds; the token spec's default lifetime is 60 seconds. */
const DEFAULT_LIFETIME = 60_000;
/** Milliseconds before its expiry at which a token is renewed, so that it does not expire in transit. */
const MARGIN = 5_000;
const MAX_TOKEN_RESPONSE = 1024 * 1024;
const CLIENT_ID = "cdktf-ironic-oci";

/**
 * A token request: POST with a refresh token (distribution: "OAuth2 Token Authentication"), else GET ("Token Authentication
 * Specification").
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

/** The token in a token endpoint's response; undefined without a usable one. */
export function readToken(response: HttpResponse, now: number): BearerToken | undefined {
  let content: unknown;
  try {
    content = JSON.parse(response.body.toString("utf8"));
  } catch {
    return undefined;
  }
  const { TokenResponse } = require("./schemas") as typeof import("./schemas");
  const parsed = TokenResponse.safeParse(content);
  if (!parsed.success) return undefined;
  const value = parsed.data.token || parsed.data.access_token;
  // A token becomes a header's value: it must not end the header.
  if (!value || !isHeaderSafe(value)) return undefined;
  const lifetime = lifetimeOf(parsed.data.expires_in) ?? DEFAULT_LIFETIME;
  const refreshToken = parsed.data.refresh_token || undefined;
  return { value, expires: now + Math.max(lifetime - MARGIN, lifetime / 2), refreshToken };
}

/** Visible ASCII without spaces: can't end a header or begin another. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** Tokens cached until they expire; one fetch for all requests that need the same token. */
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

  /** Drops a refused token; a newer one stays. */
  invalidate(key: string, value: string): void {
    if (this.#tokens.get(key)?.value === value) this.#tokens.delete(key);
  }
}
