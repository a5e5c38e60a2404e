import { sleep } from "./abort";

/** How often, and after how long, a request is sent again. */
export interface RetryPolicy {
  /** Attempts in all, the first one included. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; grows with every further one, with jitter. */
  readonly baseDelay: number;
  /** Milliseconds; the longest pause without a Retry-After. */
  readonly maxDelay: number;
  /** Milliseconds; a longer Retry-After ends the attempts. */
  readonly maxRetryAfter: number;
  /** Each pause is this many times the one before. Default 2. */
  readonly growth?: number;
  /** No attempt begins later than this many milliseconds after the first. Default: no bound but `attempts`. */
  readonly within?: number;
  /** Milliseconds of jitter added to a Retry-After, so that clients do not return at the same time. Default: `baseDelay`. */
  readonly retryAfterJitter?: number;
}

/** The outcome of one attempt: a value, or a failure that may be retried. */
export type Attempt<T> =
  | { readonly value: T }
  | {
      /**
       * The result when no attempt is left: returns a value or throws.
       * @param attempts made in all
       */
      readonly onExhausted: (attempts: number) => T | never;
      /** Milliseconds of the response's Retry-After. */
      readonly retryAfterMs?: number | undefined;
      /** The limit of attempts for this failure, the first one included. Default: the policy's. */
      readonly maxAttempts?: number | undefined;
    };

/**
 * Makes attempts until one has a value, attempts or time are used up, or a Retry-After is longer than the policy
 * allows; the last attempt's `onExhausted` then decides. For a request that must not be carried out twice, the caller allows one
 * attempt.
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
    if (exhausted || Date.now() + pause > deadline) return outcome.onExhausted(made);
    await sleep(pause, signal);
  }
}

/** At least the Retry-After, and never 0. */
function pauseAfter(policy: RetryPolicy, made: number, retryAfterMs: number): number {
  if (retryAfterMs > 0)
    return retryAfterMs + jitter(policy.retryAfterJitter ?? Math.min(policy.maxDelay, policy.baseDelay));
  return jitter(Math.min(policy.maxDelay, policy.baseDelay * (policy.growth ?? 2) ** (made - 1)));
}

/** Between half the ceiling and the ceiling: spreads clients out, and never makes a pause too short. */
function jitter(ceiling: number): number {
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Whether the response to the same read may be a success later: 408, 429, and 5xx other than 501 and 505. */
export function isRetryableStatus(status: number): boolean {
  return status === 429 || status === 408 || (status >= 500 && status <= 504 && status !== 501);
}
