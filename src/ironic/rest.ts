import { sleep } from "../net";

/** A rest is slept in steps of this many milliseconds, so that whoever comes in the middle of a long one can end it. */
const STEP = 50;

/**
 * Rests between two looks.
 * @param pause milliseconds; asked again at each step
 * @param atLeast milliseconds that the last look took: an API that takes long for one gets as long a rest
 */
export async function rest(pause: () => number, atLeast: number, signal: AbortSignal): Promise<void> {
  for (let rested = 0; rested < Math.max(pause(), atLeast); rested += STEP) await sleep(STEP, signal);
}
