import { SingleFlight } from "../net";
import type { Page } from "./pages";

/**
 * Reads that come together, for each page of a list of nodes. Measured on Ironic 29 and 39: a page of 1,000 nodes takes 1.4 s and
 * 2.5 s, a read 10 to 90 ms where ten come at a time; so a configuration of few nodes in a large Ironic loses about a second.
 */
export const READS_PER_NODE_PAGE = 10;
/** The same for ports: Ironic 29 takes half as long for a page of 1,000 ports as for one of nodes (0.17 s beside 0.36 s). */
export const READS_PER_PORT_PAGE = 5;
/** Milliseconds for which a page is used for reads. A refresh of Terraform takes as long, and is not a snapshot either. */
const MAX_AGE = 15_000;

/** The requests for what is read, and what the items of a page say about it. */
export interface ReadSource<T, R> {
  /** One result; rejects with NotFoundError when it does not exist. */
  get(key: string, signal: AbortSignal | undefined): Promise<R>;
  /** The number of reads that a page costs as much as. */
  readonly readsPerPage: number;
  /** A page of the detailed list: the first one, or that of a `next` path. */
  page(next: string | undefined, signal: AbortSignal): Promise<Page<T>>;
  /** The key of the result that an item belongs to. */
  keyOf(item: T): string;
  /** The result of one key, from its items so far; undefined if it takes the pages that are not read yet. */
  resultOf(items: readonly T[], isComplete: boolean): R | undefined;
}

/** Each item is read by its UUID. */
export const byUuid = {
  keyOf: (item: { readonly uuid: string }) => item.uuid,
  resultOf: <T>([item]: readonly T[]): T | undefined => item,
};

/** The items of a node are read together, by the node's UUID. */
export const byNode = {
  keyOf: (item: { readonly node_uuid: string }) => item.node_uuid,
  resultOf: <T>(items: readonly T[], isComplete: boolean): readonly T[] | undefined => (isComplete ? items : undefined),
};

/** Counts reads, and allows pages of lists that cost no more than the reads that come together, whatever they read. */
export class PageBudget {
  #inFlight = 0;
  /** Reads that came while others were in flight, or after a page. */
  #together = 0;
  /** The cost of the pages so far, in reads. */
  #spent = 0;

  allows(cost: number): boolean {
    return this.#together >= this.#spent + cost;
  }

  begin(): void {
    this.#inFlight += 1;
    if (this.#inFlight > 1 || this.#spent > 0) this.#together += 1;
  }

  end(): void {
    this.#inFlight -= 1;
  }

  spend(cost: number): void {
    this.#spent += cost;
  }

  reset(): void {
    this.#together = 0;
    this.#spent = 0;
  }
}

interface Entry<T> {
  readonly items: T[];
  /** Time of the request for the first of their pages, by performance.now(). */
  readonly at: number;
}

/**
 * Reads of which a refresh of many resources has thousands. A read on its own is a request of its own. Reads that come while others
 * are in flight are counted ({@link PageBudget}), and each ten or five of them allow one page of a detailed list, from which the others are
 * served. Thus ten items out of a hundred thousand are never read by a hundred pages.
 *
 * What is in no page is read by a request of its own: it may be new, deleted, or permitted to be got but not listed.
 */
export class SharedReads<T, R> {
  readonly #source: ReadSource<T, R>;
  readonly #budget: PageBudget;
  readonly #flight = new SingleFlight<void>();
  /** Pages that are being read: more than one after an abort. */
  #loading = 0;
  /** Whether a page has been read since the last `forget`. */
  #hasPage = false;
  /** The path of the next page; undefined before the first one and after the last. */
  #next: string | undefined;
  #entries = new Map<string, Entry<T>>();
  /** Counts the calls of `forget`: a page that was requested before one is not used. */
  #generation = 0;

  /** @param budget shared by the sources whose reads come together */
  constructor(source: ReadSource<T, R>, budget: PageBudget) {
    this.#source = source;
    this.#budget = budget;
  }

  /** @throws what the request for the key alone rejects with, or the signal's reason */
  async read(key: string, signal?: AbortSignal): Promise<R> {
    signal?.throwIfAborted();
    this.#budget.begin();
    try {
      for (;;) {
        const found = this.#find(key);
        if (found !== undefined) return found;
        if (this.#isComplete || (this.#loading === 0 && !this.#budget.allows(this.#source.readsPerPage))) break;
        await this.#flight.run("", signal, (shared) => this.#readPage(shared));
      }
      return await this.#source.get(key, signal);
    } finally {
      this.#budget.end();
    }
  }

  /** Drops all pages. To be called after each request that changes something. */
  forget(): void {
    this.#generation += 1;
    this.#entries = new Map();
    this.#hasPage = false;
    this.#next = undefined;
    this.#budget.reset();
  }

  get #isComplete(): boolean {
    return this.#hasPage && this.#next === undefined;
  }

  #find(key: string): R | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (performance.now() - entry.at < MAX_AGE) return this.#source.resultOf(entry.items, this.#isComplete);
    this.forget();
    return undefined;
  }

  async #readPage(signal: AbortSignal): Promise<void> {
    const [generation, at] = [this.#generation, performance.now()];
    this.#budget.spend(this.#source.readsPerPage);
    this.#loading += 1;
    let page: Page<T>;
    try {
      page = await this.#source.page(this.#next, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The policy may forbid lists, for one. Each read then has its own response, or its own error.
      page = { items: [], next: undefined };
    } finally {
      this.#loading -= 1;
    }
    // The page may hold an item as it was before a change.
    if (generation !== this.#generation) return;
    this.#hasPage = true;
    this.#next = page.next;
    for (const item of page.items) {
      const key = this.#source.keyOf(item);
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#entries.set(key, { items: [item], at });
      else entry.items.push(item);
    }
  }
}
