import { sleep } from "./abort";

/** How often, and after how long, a request is sent again. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; grows with every further one, with jitter. */
  readonly baseDelay: number;
  /** The longest pause in milliseconds that is our own choice. */
  readonly maxDelay: number;
  /** The longest pause in milliseconds that a Retry-After may ask for: one that asks for more ends the attempts. */
  readonly maxRetryAfter: number;
  /** Each pause is this many times the one before. Default 2. */
  readonly growth?: number;
  /** No attempt begins later than this many milliseconds after the first. Default: no bound but `attempts`. */
  readonly within?: number;
  /** Milliseconds of jitter on top of a Retry-After, so that clients do not come back together. Default: `baseDelay`. */
  readonly retryAfterJitter?: number;
}

/** What one attempt came to: a value to keep, or a reason to try again. */
export type Attempt<T> =
  | { readonly value: T }
  | {
      /** The result when no attempt is left: returns a value or throws. */
      readonly onExhausted: () => T | never;
      /** Milliseconds that the server asks to wait. */
      readonly retryAfterMs?: number | undefined;
      /** Attempts in all that this failure is worth, the first one included. Default: those of the policy. */
      readonly maxAttempts?: number | undefined;
    };

/**
 * Tries until an attempt has a value, attempts or time are used up, or the server asks for a longer pause than the policy
 * allows; then the last attempt's `onExhausted()` decides. The caller sees to it that a request which must not be carried out
 * twice allows one attempt.
 */
export async function withRetry<T>(
  policy: RetryPolicy,
  signal: AbortSignal | undefined,
  attempt: () => Promise<Attempt<T>>,
): Promise<T> {
  const deadline = Date.now() + (policy.within ?? Number.POSITIVE_INFINITY);
  for (let made = 1; ; made += 1) {
    const outcome = await attempt();
    if ("value" in outcome) return outcome.value;
    const { retryAfterMs = 0, maxAttempts = Number.POSITIVE_INFINITY } = outcome;
    const pause = pauseAfter(policy, made, retryAfterMs);
    const exhausted = made >= Math.min(policy.attempts, maxAttempts) || retryAfterMs > policy.maxRetryAfter;
    if (exhausted || Date.now() + pause > deadline) return outcome.onExhausted();
    await sleep(pause, signal);
  }
}

/** Never shorter than the server asks for, and never without a pause. */
function pauseAfter(policy: RetryPolicy, made: number, retryAfterMs: number): number {
  if (retryAfterMs > 0)
    return retryAfterMs + jitter(policy.retryAfterJitter ?? Math.min(policy.maxDelay, policy.baseDelay));
  return jitter(Math.min(policy.maxDelay, policy.baseDelay * (policy.growth ?? 2) ** (made - 1)));
}

/** Over the upper half: spread enough to break up a herd of clients, never so short that it makes one. */
function jitter(ceiling: number): number {
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Whether the server may answer the same read otherwise a moment later. */
export function isRetryableStatus(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status <= 504 && status !== 501);
}
