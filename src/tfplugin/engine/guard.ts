import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Runs work so that an error thrown beside it, in a timer or an event handler that it started, ends it like an error of its
 * own: otherwise such an error would end the process, and with it every resource Terraform is working on.
 */
export class Guard {
  readonly #running = new Set<(error: unknown) => void>();
  readonly #current = new AsyncLocalStorage<(error: unknown) => void>();
  #idle: (() => void)[] = [];

  /** Whether nothing runs. */
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
      this.#current.run(fail, async () => {
        try {
          resolve(await work());
          fail(undefined); // settled already: this only takes the work off the list
        } catch (error) {
          fail(error);
        }
      });
    });
  }

  /** An error nobody caught: fails the work it came from, or, if that can't be told, all of it. */
  crash(error: unknown): void {
    const own = this.#current.getStore();
    const failed = own !== undefined && this.#running.has(own) ? [own] : [...this.#running];
    for (const fail of failed) fail(error);
  }

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    if (!this.isIdle) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }
}
