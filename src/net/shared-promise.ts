import { SingleFlight } from "./single-flight";

/**
 * Work that is done once for all callers: its result is kept, a failure is not.
 *
 * A caller's signal ends only that caller's waiting. The work itself is aborted when no caller waits for it any more.
 */
export class SharedPromise<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  readonly #flight = new SingleFlight<T>();
  #settled: { readonly value: T } | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** The result. Rejects with what the work rejects with, or with the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#settled) return this.#settled.value;
    return this.#flight.run("", signal, async (shared) => {
      const value = await this.#work(shared);
      // Work that was aborted and ended all the same has no caller, and a newer flight may be under way.
      if (!shared.aborted) this.#settled = { value };
      return value;
    });
  }

  /** The result, where the work has ended. */
  get value(): T | undefined {
    return this.#settled?.value;
  }

  /** Lets the work be done again for the next caller, unless the result is a newer one by now. */
  invalidate(value: T): void {
    if (this.#settled?.value === value) this.#settled = undefined;
  }
}
