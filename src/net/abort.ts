/** Node fires a timer of more milliseconds than this at once. */
export const MAX_TIMER = 2 ** 31 - 1;

/**
 * Waits. Rejects with the signal's reason when the signal fires first.
 * @param milliseconds more than 24 days are 24 days
 */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(milliseconds, MAX_TIMER));
  });
  return unlessAborted(waiting, signal).finally(() => clearTimeout(timer));
}

/**
 * The result of work that other callers may wait for too: an abort ends this caller's waiting, with the signal's reason, and
 * leaves the work alone.
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
