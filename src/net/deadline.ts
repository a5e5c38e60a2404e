import { MAX_TIMER } from "./abort";

/** A request used up its time. Each user of this module turns it into an error of its own. */
export class DeadlineExceeded extends Error {
  readonly code = "ETIMEDOUT";

  constructor(readonly milliseconds: number) {
    super(`no complete response within ${milliseconds} ms`);
  }
}

/**
 * Runs `task` with a signal that fires when the caller's does or when the time is up.
 *
 * Not AbortSignal.any: one caller's signal may live through ten thousand requests, and each must leave it clean.
 * @param ignoreAbort asked when the caller's signal fires: true lets the task go on. The deadline counts all the same
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
