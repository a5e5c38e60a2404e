import * as z from "zod";
import { type AddressScope, type HttpRequest, type HttpResponse, lifetimeOf, SingleFlight } from "../../net";
import { type Credential, tokenEndpointHeader } from "./keychain";

/** A bearer token and when to stop using it. */
export interface BearerToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** A refresh token that takes the place of the one shown. */
  readonly refreshToken: string | undefined;
}

/** Where tokens are to be had, as a registry's challenge names it. */
export interface TokenSource {
  readonly realm: URL;
  readonly service: string | undefined;
  /** Where the registry is that names the realm; undefined where the realm is the registry itself. */
  readonly leadFrom: AddressScope | undefined;
}

const Answer = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().nullish(),
  refresh_token: z.string().nullish(),
});

/** The token spec: a server that gives no lifetime means 60 seconds. Milliseconds. */
const DEFAULT_LIFETIME = 60_000;
/** Renewed this much before its end, so that no request sets out with a token that expires on the way. */
const MARGIN = 5_000;
const MAX_TOKEN_ANSWER = 1024 * 1024;
const CLIENT_ID = "cdktf-ironic-oci";

/**
 * Asks for a token: with POST where there is a refresh token to show (distribution: "OAuth2 Token Authentication"), else
 * with GET ("Token Authentication Specification").
 */
export function tokenQuestion(
  { realm, service, leadFrom }: TokenSource,
  scopes: readonly string[],
  credential: Credential | undefined,
): HttpRequest {
  const accept = "application/json";
  const common = { maxBytes: MAX_TOKEN_ANSWER, ...(leadFrom && { leadFrom }) };
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

/** Reads a token endpoint's answer; undefined when there is no usable token in it. */
export function readToken(answer: HttpResponse, now: number): BearerToken | undefined {
  let content: unknown;
  try {
    content = JSON.parse(answer.body.toString("utf8"));
  } catch {
    return undefined;
  }
  const parsed = Answer.safeParse(content);
  if (!parsed.success) return undefined;
  const value = parsed.data.token || parsed.data.access_token;
  // A token goes into a header: one that could break out of it is none.
  if (!value || !isHeaderSafe(value)) return undefined;
  const lifetime = lifetimeOf(parsed.data.expires_in) ?? DEFAULT_LIFETIME;
  const refreshToken = parsed.data.refresh_token || undefined;
  return { value, expires: now + Math.max(lifetime - MARGIN, lifetime / 2), refreshToken };
}

/** Visible ASCII without spaces: nothing that could end a header or begin another. */
export function isHeaderSafe(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/** The tokens of one client: cached until they expire, and fetched once however many ask at the same time. */
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

  /** Forgets a token that a registry refused; one that has replaced it meanwhile stays. */
  forget(key: string, value: string): void {
    if (this.#tokens.get(key)?.value === value) this.#tokens.delete(key);
  }
}
