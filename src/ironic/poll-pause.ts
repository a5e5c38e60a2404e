import { sleep } from "../net";

/** The pause is slept in slices of this many milliseconds, so that a new waiter can shorten it. */
const SLICE = 50;

/**
 * The pause between two polls.
 * @param pause milliseconds; read again at each slice
 * @param atLeast milliseconds, the duration of the last poll: a slow API gets as long a pause
 */
export async function pollPause(pause: () => number, atLeast: number, signal: AbortSignal): Promise<void> {
  for (let slept = 0; slept < Math.max(pause(), atLeast); slept += SLICE) await sleep(SLICE, signal);
}
