/** Thrown inside this room when a request used up its time; callers meet it as a RegistryTimeoutError. */
export class DeadlineExceeded extends Error {
  constructor(readonly milliseconds: number) {
    super(`no complete answer within ${milliseconds} ms`);
  }
}

/**
 * Runs `task` with a signal that fires when the caller's does or when the time is up.
 *
 * Not AbortSignal.any: one caller's signal may live through ten thousand requests, and each must leave it clean.
 */
export async function withDeadline<T>(
  milliseconds: number,
  caller: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  caller?.throwIfAborted();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded(milliseconds)), milliseconds);
  const onAbort = () => controller.abort(caller?.reason);
  caller?.addEventListener("abort", onAbort, { once: true });
  try {
    return await task(controller.signal);
  } finally {
    clearTimeout(timer);
    caller?.removeEventListener("abort", onAbort);
  }
}

/** Waits, unless the signal fires first: then throws its reason. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  return abortable(waiting, signal).finally(() => clearTimeout(timer));
}

/** Waits for work that others may wait for too, and leaves it alone when the signal fires: then throws its reason. */
export function abortable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
