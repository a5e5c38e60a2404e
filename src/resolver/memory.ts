import { SingleFlight } from "../registry";

/** Answers that are kept, and worked out once however many wait for them. A failure is not kept: ask again, try again. */
export class Memory<T> {
  readonly #kept = new Map<string, T>();
  readonly #working = new SingleFlight<T>();

  async get(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    return this.#working.run(key, signal, async (shared) => {
      const value = await work(shared);
      this.#kept.set(key, value);
      return value;
    });
  }

  /** Drops an answer, unless another one has taken its place. */
  forget(key: string, value: T): void {
    if (this.#kept.get(key) === value) this.#kept.delete(key);
  }
}
