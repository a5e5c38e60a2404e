interface Flight<T> {
  readonly value: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
  landed: { readonly value: T } | undefined;
}

/**
 * Work that is done once for everybody who asks; its result is kept, its failure is not.
 *
 * A caller's signal ends only that caller's waiting. The work itself is ended when nobody waits for it any more.
 */
export class Once<T> {
  readonly #work: (signal: AbortSignal) => Promise<T>;
  #flight: Flight<T> | undefined;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#work = work;
  }

  /** The result; rejects with what the work rejects with, or with the signal's reason. */
  async get(signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#flight ??= this.#start();
    const flight = this.#flight;
    flight.waiting += 1;
    try {
      return await unlessAborted(flight.value, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && !flight.landed) {
        if (this.#flight === flight) this.#flight = undefined;
        flight.controller.abort();
      }
    }
  }

  /** The result, where it is there already. */
  get known(): T | undefined {
    return this.#flight?.landed?.value;
  }

  /** Has the work done anew for the next who asks, unless the result is another one by now. */
  forget(value: T): void {
    if (this.#flight?.landed?.value === value) this.#flight = undefined;
  }

  #start(): Flight<T> {
    const controller = new AbortController();
    const flight: Flight<T> = { value: this.#work(controller.signal), controller, waiting: 0, landed: undefined };
    flight.value.then(
      (value) => {
        flight.landed = { value };
      },
      // Whoever waits is told, and the last of them drops it.
      () => undefined,
    );
    return flight;
  }
}

function unlessAborted<T>(value: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return value;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    value.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
