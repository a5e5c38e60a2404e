import { NotFoundError } from "./errors";
import { sleep } from "./sleep";
import type { NodeState } from "./types";

/** Milliseconds between two looks: short at first, and never so long that a node is found a second late. */
const FIRST = 150;
const LONGEST = 800;
/** A pause is slept in steps, so that whoever comes in the middle of a long one can end it. */
const STEP = 50;

/** How the watcher looks at nodes. */
export interface Eyes {
  /** One node; rejects with NotFoundError when it is gone. */
  one(uuid: string, signal: AbortSignal): Promise<NodeState>;
  /** All nodes, and how many requests that took. */
  all(signal: AbortSignal): Promise<{ readonly nodes: readonly NodeState[]; readonly requests: number }>;
}

interface Waiter {
  readonly uuid: string;
  readonly done: (node: NodeState) => boolean;
  resolve(node: NodeState): void;
  reject(error: unknown): void;
}

/**
 * Waits for many nodes with few requests: everybody who waits shares one look at a time.
 *
 * A look is a list of all nodes, or a request a node where that is less. It starts short after each change and backs
 * off while nothing happens.
 */
export class NodeWatcher {
  readonly #eyes: Eyes;
  readonly #waiters = new Set<Waiter>();
  #looking: AbortController | undefined;
  /** Requests that the last list took. */
  #pages = 1;
  #pause = FIRST;
  readonly #seen = new Map<string, string>();

  constructor(eyes: Eyes) {
    this.#eyes = eyes;
  }

  /**
   * The node's state once `done` says that it is what was waited for.
   * @throws {NotFoundError} when the node is gone
   * @throws whatever `done` throws
   */
  until(uuid: string, done: (node: NodeState) => boolean, signal?: AbortSignal): Promise<NodeState> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = () => {
        this.#waiters.delete(waiter);
        this.#seen.delete(uuid);
        signal?.removeEventListener("abort", onAbort);
        if (this.#waiters.size === 0) this.#looking?.abort();
      };
      const onAbort = () => {
        leave();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        uuid,
        done,
        resolve: (node) => {
          leave();
          resolve(node);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      // Whoever has just set something in motion wants to see it soon.
      this.#pause = FIRST;
      if (!this.#looking) void this.#look();
    });
  }

  async #look(): Promise<void> {
    const controller = new AbortController();
    this.#looking = controller;
    try {
      while (this.#waiters.size > 0) {
        const began = performance.now();
        const states = await this.#states(controller.signal);
        const took = performance.now() - began;
        this.#tell(states);
        if (this.#waiters.size === 0) break;
        // An API that takes long for a look gets as long a rest.
        for (let rested = 0; rested < Math.max(this.#pause, took); rested += STEP) await sleep(STEP, controller.signal);
        this.#pause = Math.min(LONGEST, this.#pause * 1.3);
      }
    } catch (error) {
      // Aborted, because nobody waited any more: who has come since then gets a look of their own.
      if (!controller.signal.aborted) for (const waiter of [...this.#waiters]) waiter.reject(error);
    } finally {
      if (this.#looking === controller) this.#looking = undefined;
    }
    // Somebody may have come between the last look and here.
    if (this.#waiters.size > 0 && !this.#looking) void this.#look();
  }

  async #states(signal: AbortSignal): Promise<Map<string, NodeState | NotFoundError>> {
    const wanted = [...new Set([...this.#waiters].map(({ uuid }) => uuid))];
    if (wanted.length > this.#pages) {
      const { nodes, requests } = await this.#eyes.all(signal);
      this.#pages = requests;
      const states = new Map<string, NodeState | NotFoundError>(nodes.map((node) => [node.uuid, node]));
      for (const uuid of wanted) if (!states.has(uuid)) states.set(uuid, gone(uuid));
      return states;
    }
    const looks = wanted.map(async (uuid): Promise<[string, NodeState | NotFoundError]> => {
      try {
        return [uuid, await this.#eyes.one(uuid, signal)];
      } catch (error) {
        if (error instanceof NotFoundError) return [uuid, error];
        throw error;
      }
    });
    return new Map(await Promise.all(looks));
  }

  #tell(states: ReadonlyMap<string, NodeState | NotFoundError>): void {
    for (const waiter of [...this.#waiters]) {
      const state = states.get(waiter.uuid);
      // It came after this look began: the next one is for it.
      if (state === undefined) continue;
      if (state instanceof NotFoundError) {
        waiter.reject(state);
        continue;
      }
      const summary = `${state.provision_state} ${state.target_provision_state} ${state.power_state}`;
      if (this.#seen.get(waiter.uuid) !== summary) this.#pause = FIRST;
      this.#seen.set(waiter.uuid, summary);
      try {
        if (waiter.done(state)) waiter.resolve(state);
      } catch (error) {
        waiter.reject(error);
      }
    }
  }
}

function gone(uuid: string): NotFoundError {
  return new NotFoundError({ method: "GET", path: `/v1/nodes/${uuid}` }, 404, `Node ${uuid} could not be found.`);
}
