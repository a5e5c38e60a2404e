import { sleep } from "./deadline";
import type { HttpHeaders } from "./transport";

/** How often, and after how long, a read is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second try; doubles with every further one, with jitter. */
  readonly baseDelay: number;
  /** The longest wait in milliseconds, also for a Retry-After: one that asks for more ends the tries. */
  readonly maxDelay: number;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 5, baseDelay: 200, maxDelay: 20_000 };

/** What one try came to: a value to keep, or a reason to try again. */
export type Attempt<T> =
  | { readonly done: T }
  | { readonly again: unknown; readonly retryAfter?: number | undefined; readonly last: () => T | never };

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
    const wait = outcome.retryAfter ?? backoff(policy, made);
    if (made >= policy.attempts || wait > policy.maxDelay) return outcome.last();
    await sleep(wait, signal);
  }
}

/** Full jitter over the upper half: spread enough to break up a herd, never so short that it makes one. */
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
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
