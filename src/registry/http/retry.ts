import { sleep } from "./deadline";
import type { HttpHeaders } from "./transport";

/** How often, and after how long, a read is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubles with every further one, with jitter. */
  readonly baseDelay: number;
  /** The longest wait in milliseconds that is our own choice. */
  readonly maxDelay: number;
  /** The longest wait in milliseconds that a Retry-After may ask for: one that asks for more ends the tries. */
  readonly maxRetryAfter: number;
}

/**
 * Ten tries get a thousand tags out of a registry that fails every third request; a registry that is down altogether
 * is told after some 15 seconds, one that refuses connections within one.
 */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 10, baseDelay: 100, maxDelay: 4_000, maxRetryAfter: 30_000 };

/** What one try came to: a value to keep, or a reason to try again. */
export type Attempt<T> =
  | { readonly done: T }
  | {
      /** What to end with when no try is left. */
      readonly last: () => T | never;
      /** Milliseconds that the server asks to wait. */
      readonly retryAfter?: number | undefined;
      /** More tries than this, the first one included, are not worth it for what went wrong here. */
      readonly atMost?: number | undefined;
    };

/**
 * Tries until a try is done, the attempts are used up or the wait that the server asks for is too long; then the last
 * try's own `last()` decides what that means. Only idempotent reads may come here.
 */
export async function withRetry<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Attempt<T>>,
): Promise<T> {
  for (let made = 1; ; made += 1) {
    const outcome = await attempt();
    if ("done" in outcome) return outcome.done;
    const { retryAfter = 0, atMost = Number.POSITIVE_INFINITY } = outcome;
    if (made >= Math.min(policy.attempts, atMost) || retryAfter > policy.maxRetryAfter) return outcome.last();
    // Never sooner than asked, and not all at the same moment either.
    await sleep(Math.max(retryAfter, 0) + backoff(policy, retryAfter > 0 ? 1 : made), signal);
  }
}

/** Jitter over the upper half: spread enough to break up a herd, never so short that it makes one. */
function backoff(policy: RetryPolicy, made: number): number {
  const ceiling = Math.min(policy.maxDelay, policy.baseDelay * 2 ** (made - 1));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

export function isRetryableStatus(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status <= 504 && status !== 501);
}

/** Milliseconds that a Retry-After header asks for (RFC 9110 section 10.2.3: seconds, or a date); undefined if none. */
export function retryAfter(headers: HttpHeaders, now: number): number | undefined {
  const value = headers["retry-after"]?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // Date.parse reads much more than the three forms of a date in HTTP, all of which begin with the day's name.
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
