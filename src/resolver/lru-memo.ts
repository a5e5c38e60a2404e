import { SingleFlight } from "../net";

/** Cache size: enough for one rack or site; bounds the memory of a run over ten thousand tags. */
const MAX_ENTRIES = 1_000;

/**
 * LRU cache of computed values. Concurrent calls for one key share one computation. Failures are not cached: the next call
 * computes again.
 */
export class LruMemo<T> {
  readonly #entries = new Map<string, T>();
  readonly #inFlight = new SingleFlight<T>();

  async get(key: string, signal: AbortSignal | undefined, compute: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const cached = this.#entries.get(key);
    if (cached !== undefined) {
      this.#insert(key, cached);
      return cached;
    }
    return this.#inFlight.run(key, signal, async (shared) => {
      const value = await compute(shared);
      this.#insert(key, value);
      return value;
    });
  }

  /** Removes `value`, unless another value has replaced it. */
  delete(key: string, value: T): void {
    if (this.#entries.get(key) === value) this.#entries.delete(key);
  }

  /** Inserts as most recently used. A Map keeps insertion order, so its first key is the least recently used one. */
  #insert(key: string, value: T): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= MAX_ENTRIES) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
