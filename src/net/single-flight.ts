interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiters: number;
}

/**
 * Runs work once for all callers with the same key while it runs.
 *
 * Each caller has its own signal: it detaches only that caller, and the work is aborted when the last one has detached.
 */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** The result of the running work with this key, or of `work`. Rejects with its error, or with the caller's signal's reason. */
  async run(key: string, signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiters += 1;
    return new Promise<T>((resolve, reject) => {
      const detach = () => {
        flight.waiters -= 1;
        if (flight.waiters === 0) {
          this.#settle(key, flight);
          flight.controller.abort(signal?.reason);
        }
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", detach, { once: true });
      flight.result.then(resolve, reject).finally(() => signal?.removeEventListener("abort", detach));
    });
  }

  #start(key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { result: work(controller.signal), controller, waiters: 0 };
    this.#flights.set(key, flight);
    const settle = () => this.#settle(key, flight);
    flight.result.then(settle, settle);
    return flight;
  }

  /** Removes the flight, unless a newer one has its key by now. */
  #settle(key: string, flight: Flight<T>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
