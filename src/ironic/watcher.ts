import { UnexpectedAnswerError } from "./errors";
import { rest } from "./rest";
import type { NodeState } from "./types";

/** Milliseconds between two looks: short at first, and never so long that a node is found a second late. */
const FIRST = 150;
const LONGEST = 600;
/** A response that no Ironic gives is a proxy's in most cases, and passes: at least so many polls in a row may bring one. */
const MALFORMED_POLLS = 3;

/** How the watcher looks at nodes. */
export interface Eyes {
  /** One node; rejects with NotFoundError when it is gone. */
  one(uuid: string, signal: AbortSignal): Promise<NodeState>;
  /** All nodes, and how many requests that took. */
  all(signal: AbortSignal): Promise<{ readonly nodes: readonly NodeState[]; readonly requests: number }>;
}

interface Waiter {
  readonly uuid: string;
  /** Since when, by performance.now(), and how often in a row the responses have been malformed. */
  malformed: { readonly since: number; readonly polls: number } | undefined;
  readonly done: (node: NodeState) => boolean;
  resolve(node: NodeState): void;
  reject(error: unknown): void;
}

type Finding = { readonly state: NodeState } | { readonly error: unknown };

/**
 * Waits for many nodes with few requests: everybody who waits shares one look at a time.
 *
 * A look is a list of all nodes, or a request a node where that is less. It starts short after each change and backs
 * off while nothing happens.
 */
export class NodeWatcher {
  readonly #eyes: Eyes;
  readonly #tolerance: number;
  readonly #waiters = new Set<Waiter>();
  #looking: AbortController | undefined;
  /** Requests that the last list took. */
  #pages = 1;
  #pause = FIRST;
  readonly #seen = new Map<string, string>();

  /** @param tolerance milliseconds for which malformed responses are sat out */
  constructor(eyes: Eyes, tolerance: number) {
    this.#eyes = eyes;
    this.#tolerance = tolerance;
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
        malformed: undefined,
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
        await this.#lookOnce(controller.signal);
        if (this.#waiters.size === 0) break;
        await rest(() => this.#pause, performance.now() - began, controller.signal);
        this.#pause = Math.min(LONGEST, this.#pause * 1.3);
      }
    } catch (error) {
      // Aborted, because nobody waited any more: who has come since then gets a look of their own. Anything else is a mistake in
      // here, and must not leave anybody waiting for a loop that is over.
      if (!controller.signal.aborted) for (const waiter of [...this.#waiters]) waiter.reject(error);
    } finally {
      if (this.#looking === controller) this.#looking = undefined;
    }
    // Somebody may have come between the last look and here.
    if (this.#waiters.size > 0 && !this.#looking) void this.#look();
  }

  async #lookOnce(signal: AbortSignal): Promise<void> {
    // Who comes while the look is under way waits for the next: this one may show what was before they acted.
    const present = [...this.#waiters];
    const findings = await this.#findings(new Set(present.map(({ uuid }) => uuid)), signal);
    signal.throwIfAborted();
    for (const waiter of present) {
      const finding = findings.get(waiter.uuid);
      if (this.#waiters.has(waiter) && finding) this.#tell(waiter, finding);
    }
  }

  /** What a look finds, by UUID: a state, or why there is none. */
  async #findings(wanted: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, Finding>> {
    if (wanted.size > this.#pages) {
      const listed = await this.#eyes.all(signal).catch((error: unknown) => ({ error }));
      if ("error" in listed) return new Map([...wanted].map((uuid) => [uuid, listed]));
      this.#pages = listed.requests;
      const states = new Map(listed.nodes.map((state): [string, Finding] => [state.uuid, { state }]));
      // A list may leave out nodes that are there: what the policy lets one look at and not list, for one.
      const missing = await this.#oneByOne(
        [...wanted].filter((uuid) => !states.has(uuid)),
        signal,
      );
      return new Map([...states, ...missing]);
    }
    return new Map(await this.#oneByOne([...wanted], signal));
  }

  #oneByOne(uuids: readonly string[], signal: AbortSignal): Promise<readonly [string, Finding][]> {
    return Promise.all(
      uuids.map(async (uuid): Promise<[string, Finding]> => {
        try {
          return [uuid, { state: await this.#eyes.one(uuid, signal) }];
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

  #tell(waiter: Waiter, finding: Finding): void {
    if ("error" in finding) {
      if (!this.#mayPass(waiter, finding.error)) waiter.reject(finding.error);
      return;
    }
    waiter.malformed = undefined;
    const { state } = finding;
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
