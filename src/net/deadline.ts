import { MAX_TIMER } from "./abort";

/** The deadline of a request has passed. Callers convert it to their error classes. */
export class DeadlineExceeded extends Error {
  readonly code = "ETIMEDOUT";

  constructor(readonly milliseconds: number) {
    super(`no complete response within ${milliseconds} ms`);
  }
}

/**
 * Runs `task` with a signal that fires with the caller's signal or at the deadline.
 *
 * Not AbortSignal.any: one caller's signal may live through ten thousand requests, and each must leave it clean.
 * @param ignoreAbort called when the caller's signal fires: true lets the task continue. The deadline still applies
 */
export async function withDeadline<T>(
  milliseconds: number,
  caller: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
  ignoreAbort: () => boolean = () => false,
): Promise<T> {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const exceeded = () => controller.abort(new DeadlineExceeded(milliseconds));
  const timer = setTimeout(exceeded, Math.min(milliseconds, MAX_TIMER));
  const onAbort = () => {
    if (!ignoreAbort()) controller.abort(caller?.reason);
  };
  caller?.addEventListener("abort", onAbort, { once: true });
  try {
    return await task(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener("abort", onAbort);
  }
}
