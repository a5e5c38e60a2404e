import { SingleFlight } from "../net";

/** So many are kept: enough for any one rack or site, and no more memory for ten thousand tags than for a thousand. */
const MAX_ENTRIES = 1_000;

/**
 * Answers that are kept, and worked out once however many wait for them. A failure is not kept: ask again, try again. Of
 * very many answers those that were requested last are kept.
 */
export class LruMemo<T> {
  readonly #entries = new Map<string, T>();
  readonly #inFlight = new SingleFlight<T>();

  async get(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const known = this.#entries.get(key);
    if (known !== undefined) {
      this.#keep(key, known);
      return known;
    }
    return this.#inFlight.run(key, signal, async (shared) => {
      const value = await work(shared);
      this.#keep(key, value);
      return value;
    });
  }

  /** Drops an answer, unless another one has taken its place. */
  delete(key: string, value: T): void {
    if (this.#entries.get(key) === value) this.#entries.delete(key);
  }

  /** A map keeps the order of insertion: the first key is the one that nobody has requested the longest. */
  #keep(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= MAX_ENTRIES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
