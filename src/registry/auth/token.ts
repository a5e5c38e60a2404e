import { z } from "zod";
import { SingleFlight } from "../single-flight";
import type { HttpAnswer } from "../transport";

/** A bearer token and when to stop using it. */
export interface BearerToken {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

const Answer = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

/** The token spec: a server that gives no lifetime means 60 seconds. */
const DEFAULT_LIFETIME = 60;
/** Renewed this much before its end, so that no request sets out with a token that expires on the way. */
const MARGIN = 5_000;

/** The URL of a token request (distribution: "Token Authentication Specification"). */
export function tokenUrl(realm: URL, service: string | undefined, scope: string): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  url.searchParams.set("scope", scope);
  return url;
}

/** Reads a token endpoint's answer; undefined when there is no usable token in it. */
export function readToken(answer: HttpAnswer, now: number): BearerToken | undefined {
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
  if (!value || !/^[\x21-\x7e]+$/.test(value)) return undefined;
  const lifetime = Math.max(0, parsed.data.expires_in ?? DEFAULT_LIFETIME) * 1000;
  return { value, expires: now + Math.max(lifetime - MARGIN, lifetime / 2) };
}

/** The tokens of one client: cached until they expire, and fetched once however many ask at the same time. */
export class TokenCache {
  readonly #tokens = new Map<string, BearerToken>();
  readonly #fetching = new SingleFlight<BearerToken>();

  async get(
    key: string,
    signal: AbortSignal | undefined,
    fetchToken: (signal: AbortSignal) => Promise<BearerToken>,
  ): Promise<string> {
    const known = this.#tokens.get(key);
    if (known && known.expires > Date.now()) return known.value;
    const fetched = await this.#fetching.run(key, signal, async (shared) => {
      const token = await fetchToken(shared);
      this.#tokens.set(key, token);
      return token;
    });
    return fetched.value;
  }

  /** Forgets a token that a registry refused; one that has replaced it meanwhile stays. */
  forget(key: string, value: string): void {
    if (this.#tokens.get(key)?.value === value) this.#tokens.delete(key);
  }
}
