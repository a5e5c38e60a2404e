/** Milliseconds; Node fires longer timers immediately. */
export const MAX_TIMER = 2 ** 31 - 1;

/**
 * Waits. Rejects with the signal's reason when the signal fires first.
 * @param milliseconds limited to 24 days
 */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, MAX_TIMER));
  });
  return unlessAborted(waiting, signal).finally(() => clearTimeout(timer));
}

/**
 * The result of work that is shared by several callers: an abort rejects this caller with the signal's reason, and does not end the
 * work.
 */
export function unlessAborted<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
