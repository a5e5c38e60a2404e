import { SingleFlight } from "./single-flight";

/**
 * Work that runs once for all callers: its result is cached, a failure is not.
 *
 * A caller's signal rejects only that caller. The work is aborted when no caller waits any more.
 */
export class SharedPromise<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  readonly #flight = new SingleFlight<T>();
  #settled: { readonly value: T } | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** The result. Rejects with the work's error, or with the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.#settled) return this.#settled.value;
    return this.#flight.run("", signal, async (shared) => {
      const value = await this.#work(shared);
      // Work that completed after its abort has no caller, and a newer flight may be running.
      if (!shared.aborted) this.#settled = { value };
      return value;
    });
  }

  /** The result; undefined before the work has ended. */
  get value(): T | undefined {
    return this.#settled?.value;
  }

  /** Drops a result, so that the next caller runs the work again; a newer result stays. */
  invalidate(value: T): void {
    if (this.#settled?.value === value) this.#settled = undefined;
  }
}
