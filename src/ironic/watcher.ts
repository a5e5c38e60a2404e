import { UnexpectedAnswerError } from "./errors";
import { pollPause } from "./poll-pause";
import type { NodeState } from "./types";

/** Milliseconds between two polls: short at first, and never so long that a change is seen a second late. */
const FIRST_PAUSE = 150;
const MAX_PAUSE = 600;
const BACKOFF = 1.3;
/** Malformed responses are mostly a proxy's, and transient: a wait fails after at least this many in a row. */
const MALFORMED_POLLS = 3;

/** The requests that the watcher polls with. */
export interface NodeSource {
  /** One node; rejects with NotFoundError when it was deleted. */
  get(uuid: string, signal: AbortSignal): Promise<NodeState>;
  /** All nodes, and how many requests that took. */
  list(signal: AbortSignal): Promise<{ readonly nodes: readonly NodeState[]; readonly requests: number }>;
}

interface Waiter {
  readonly uuid: string;
  /** The current row of malformed responses: the time of the first, by performance.now(), and their number. */
  malformed: { readonly since: number; readonly polls: number } | undefined;
  readonly done: (node: NodeState) => boolean;
  resolve(node: NodeState): void;
  reject(error: unknown): void;
}

/** One poll's result for a node. */
type Result = { readonly state: NodeState } | { readonly error: unknown };

/**
 * Waits for many nodes with few requests: all waiters share one loop of polls.
 *
 * A poll is a list of all nodes, or a request for each node where that is less. Polls come quickly after each change and back
 * off while nothing happens.
 */
export class NodeWatcher {
  readonly #source: NodeSource;
  readonly #tolerance: number;
  readonly #waiters = new Set<Waiter>();
  /** Aborts the loop; undefined while none runs. */
  #loop: AbortController | undefined;
  /** Requests that the last list took. */
  #pages = 1;
  #pause = FIRST_PAUSE;
  /** By UUID: a summary of the last polled state. */
  readonly #seen = new Map<string, string>();

  /** @param tolerance milliseconds during which malformed responses do not end a wait */
  constructor(source: NodeSource, tolerance: number) {
    this.#source = source;
    this.#tolerance = tolerance;
  }

  /**
   * The node's first polled state for which `done` is true.
   * @throws {NotFoundError} when the node was deleted
   * @throws the error that `done` throws
   */
  until(uuid: string, done: (node: NodeState) => boolean, signal?: AbortSignal): Promise<NodeState> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const detach = () => {
        this.#waiters.delete(waiter);
        this.#seen.delete(uuid);
        signal?.removeEventListener("abort", onAbort);
        if (this.#waiters.size === 0) this.#loop?.abort();
      };
      const onAbort = () => {
        detach();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        uuid,
        malformed: undefined,
        done,
        resolve: (node) => {
          detach();
          resolve(node);
        },
        reject: (error) => {
          detach();
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiters.add(waiter);
      // A new waiter has usually just sent a request that changes the node: the backoff starts again.
      this.#pause = FIRST_PAUSE;
      if (!this.#loop) void this.#run();
    });
  }

  async #run(): Promise<void> {
    const controller = new AbortController();
    this.#loop = controller;
    try {
      while (this.#waiters.size > 0) {
        const began = performance.now();
        await this.#poll(controller.signal);
        if (this.#waiters.size === 0) break;
        await pollPause(() => this.#pause, performance.now() - began, controller.signal);
        this.#pause = Math.min(MAX_PAUSE, this.#pause * BACKOFF);
      }
    } catch (error) {
      // Aborted, because no waiter was left: later waiters get a new loop. Any other error is a defect of this class, and must not
      // leave waiters without a loop.
      if (!controller.signal.aborted) for (const waiter of [...this.#waiters]) waiter.reject(error);
    } finally {
      if (this.#loop === controller) this.#loop = undefined;
    }
    // A waiter may have been added after the last poll.
    if (this.#waiters.size > 0 && !this.#loop) void this.#run();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    // A waiter that is added during the poll waits for the next one: this one may show the state before its request.
    const present = [...this.#waiters];
    const results = await this.#results(new Set(present.map(({ uuid }) => uuid)), signal);
    signal.throwIfAborted();
    for (const waiter of present) {
      const result = results.get(waiter.uuid);
      if (this.#waiters.has(waiter) && result) this.#notify(waiter, result);
    }
  }

  /** One poll's results, by UUID. */
  async #results(wanted: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, Result>> {
    if (wanted.size > this.#pages) {
      const listed = await this.#source.list(signal).catch((error: unknown) => ({ error }));
      if ("error" in listed) return new Map([...wanted].map((uuid) => [uuid, listed]));
      this.#pages = listed.requests;
      const states = new Map(listed.nodes.map((state): [string, Result] => [state.uuid, { state }]));
      // A list may lack existing nodes, for example nodes that the policy permits to get but not to list.
      const missing = await this.#getEach(
        [...wanted].filter((uuid) => !states.has(uuid)),
        signal,
      );
      return new Map([...states, ...missing]);
    }
    return new Map(await this.#getEach([...wanted], signal));
  }

  #getEach(uuids: readonly string[], signal: AbortSignal): Promise<readonly [string, Result][]> {
    return Promise.all(
      uuids.map(async (uuid): Promise<[string, Result]> => {
        try {
          return [uuid, { state: await this.#source.get(uuid, signal) }];
        } catch (error) {
          return [uuid, { error }];
        }
      }),
    );
  }

  /** Whether to go on polling for a waiter after an error. */
  #mayPass(waiter: Waiter, error: unknown): boolean {
    if (!(error instanceof UnexpectedAnswerError)) return false;
    const { since, polls } = waiter.malformed ?? { since: performance.now(), polls: 0 };
    waiter.malformed = { since, polls: polls + 1 };
    return polls + 1 < MALFORMED_POLLS || performance.now() - since < this.#tolerance;
  }

  #notify(waiter: Waiter, result: Result): void {
    if ("error" in result) {
      if (!this.#mayPass(waiter, result.error)) waiter.reject(result.error);
      return;
    }
    waiter.malformed = undefined;
    const { state } = result;
    const summary = `${state.provision_state} ${state.target_provision_state} ${state.power_state}`;
    if (this.#seen.get(waiter.uuid) !== summary) this.#pause = FIRST_PAUSE;
    this.#seen.set(waiter.uuid, summary);
    try {
      if (waiter.done(state)) waiter.resolve(state);
    } catch (error) {
      waiter.reject(error);
    }
  }
}
