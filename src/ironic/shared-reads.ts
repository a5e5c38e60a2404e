import { SingleFlight } from "../net";

/**
 * So many reads that come together pay for one page of a list. Measured on Ironic 29 and 39: a page of 1,000 nodes takes 1.4 s and
 * 2.5 s, a read 10 to 90 ms where ten come at a time; so a configuration of few nodes in a large Ironic loses about a second.
 */
const READS_PER_PAGE = 10;
/** Ironic's own `[api]max_limit`. */
const PAGE_SIZE = 1_000;
/** Milliseconds for which a page is used for reads. A refresh of Terraform takes as long, and is not a snapshot either. */
const MAX_AGE = 15_000;

/** The requests for a collection's items. */
export interface ItemSource<T> {
  /** One item; rejects with NotFoundError when it does not exist. */
  get(uuid: string, signal: AbortSignal | undefined): Promise<T>;
  /** The items after `marker`, a UUID, or the first ones. */
  page(limit: number, marker: string | undefined, signal: AbortSignal): Promise<ListPage<T>>;
}

export interface ListPage<T> {
  readonly items: readonly T[];
  readonly isLast: boolean;
}

interface Entry<T> {
  readonly item: T;
  /** Time of the request for the page, by performance.now(). */
  readonly at: number;
}

/**
 * Reads of single items, of which a refresh of many resources has thousands. A read on its own is a GET of its item. Reads that
 * come while others are under way are counted, and each ten of them allow one page of the detailed list, from which the others
 * are served. Thus ten items out of a hundred thousand are never read by a hundred pages.
 *
 * An item that is in no page is read by a request of its own: it may be new, deleted, or permitted to be got but not listed.
 */
export class SharedReads<T extends { readonly uuid: string }> {
  readonly #source: ItemSource<T>;
  readonly #flight = new SingleFlight<void>();
  #underWay = 0;
  /** Reads that came while others were under way, or that a page answered. */
  #together = 0;
  #pages = 0;
  #entries = new Map<string, Entry<T>>();
  #marker: string | undefined;
  #isComplete = false;
  #generation = 0;

  constructor(source: ItemSource<T>) {
    this.#source = source;
  }

  /** @throws what the request for the item alone rejects with, or the signal's reason */
  async read(uuid: string, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#underWay += 1;
    try {
      if (this.#underWay > 1 || this.#entries.size > 0) this.#together += 1;
      for (;;) {
        const entry = this.#entries.get(uuid);
        if (entry !== undefined && performance.now() - entry.at < MAX_AGE) return entry.item;
        if (entry !== undefined) this.forget();
        if (this.#isComplete || this.#together < READS_PER_PAGE * (this.#pages + 1)) break;
        await this.#flight.run("", signal, (shared) => this.#readPage(shared));
      }
      return await this.#source.get(uuid, signal);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Drops what the pages had: to be called with each request that changes something. */
  forget(): void {
    this.#generation += 1;
    this.#entries = new Map();
    this.#together = 0;
    this.#pages = 0;
    this.#marker = undefined;
    this.#isComplete = false;
  }

  async #readPage(signal: AbortSignal): Promise<void> {
    const [generation, at] = [this.#generation, performance.now()];
    let page: ListPage<T>;
    try {
      page = await this.#source.page(PAGE_SIZE, this.#marker, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The policy may forbid lists, for one. Each read then has its own response, or its own error.
      page = { items: [], isLast: true };
    }
    // A request has changed something since: what it changed may be in this page as it was.
    if (generation !== this.#generation) return;
    this.#pages += 1;
    this.#marker = page.items.at(-1)?.uuid;
    this.#isComplete = page.isLast || page.items.length === 0;
    for (const item of page.items) this.#entries.set(item.uuid, { item, at });
  }
}
