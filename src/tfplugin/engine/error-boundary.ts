import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The failure of the work that the current code belongs to. One for the process: Node 20 and 22 keep each storage that was used, and
 * copy the values of all of them for each promise.
 */
const current = new AsyncLocalStorage<(error: unknown) => void>();

/**
 * Runs work so that an uncaught error, thrown in a timer or an event handler that the work started, ends that work as its own
 * error does: otherwise it would end the process, and with it every resource that Terraform is applying.
 */
export class ErrorBoundary {
  readonly #running = new Set<(error: unknown) => void>();
  #idle: (() => void)[] = [];

  /** Whether no work is running. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  run<T>(work: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown) => {
        reject(error);
        this.#running.delete(fail);
        if (this.isIdle) for (const wake of this.#idle.splice(0)) wake();
      };
      this.#running.add(fail);
      current.run(fail, async () => {
        try {
          resolve(await work());
          fail(undefined); // already settled: this only removes the work from the list
        } catch (error) {
          fail(error);
        }
      });
    });
  }

  /**
   * Fails the work that an uncaught error came from, or all work where its origin is unknown. Returns whether any failed: work
   * that has ended cannot, and other work is not concerned.
   */
  handleUncaught(error: unknown): boolean {
    const own = current.getStore();
    const failed = [...this.#running].filter((fail) => own === undefined || fail === own);
    for (const fail of failed) fail(error);
    return failed.length > 0;
  }

  /** Resolves once no work is running. */
  async idle(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
