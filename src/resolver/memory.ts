import { SingleFlight } from "../net";

/** So many are kept: enough for any one rack or site, and no more memory for ten thousand tags than for a thousand. */
const MOST_KEPT = 1_000;

/**
 * Answers that are kept, and worked out once however many wait for them. A failure is not kept: ask again, try again. Of
 * very many answers those that were asked for last are kept.
 */
export class Memory<T> {
  readonly #kept = new Map<string, T>();
  readonly #working = new SingleFlight<T>();

  async get(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#keep(key, known);
      return known;
    }
    return this.#working.run(key, signal, async (shared) => {
      const value = await work(shared);
      this.#keep(key, value);
      return value;
    });
  }

  /** Drops an answer, unless another one has taken its place. */
  forget(key: string, value: T): void {
    if (this.#kept.get(key) === value) this.#kept.delete(key);
  }

  /** A map keeps the order of insertion: the first key is the one that nobody has asked for the longest. */
  #keep(key: string, value: T): void {
    this.#kept.delete(key);
    this.#kept.set(key, value);
    if (this.#kept.size <= MOST_KEPT) return;
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}
