import { SingleFlight } from "../net";
import type { Page } from "./pages";

/**
 * Reads that come together, for each page of a list. Measured on Ironic 29 and 39: a page of 1,000 nodes takes 1.4 s and
 * 2.5 s, a read 10 to 90 ms where ten come at a time; so a configuration of few nodes in a large Ironic loses about a second.
 */
const READS_PER_PAGE = 10;
/** Milliseconds for which a page is used for reads. A refresh of Terraform takes as long, and is not a snapshot either. */
const MAX_AGE = 15_000;

/** The requests for a collection's items. */
export interface ItemSource<T> {
  /** One item; rejects with NotFoundError when it does not exist. */
  get(uuid: string, signal: AbortSignal | undefined): Promise<T>;
  /** A page of the detailed list: the first one, or that of a `next` path. */
  page(next: string | undefined, signal: AbortSignal): Promise<Page<T>>;
}

interface Entry<T> {
  readonly item: T;
  /** Time of the request for the page, by performance.now(). */
  readonly at: number;
}

/**
 * Reads of single items, of which a refresh of many resources has thousands. A read on its own is a GET of its item. Reads that
 * come while others are in flight are counted, and each ten of them allow one page of the detailed list, from which the others
 * are served. Thus ten items out of a hundred thousand are never read by a hundred pages.
 *
 * An item that is in no page is read by a request of its own: it may be new, deleted, or permitted to be got but not listed.
 */
export class SharedReads<T extends { readonly uuid: string }> {
  readonly #source: ItemSource<T>;
  readonly #flight = new SingleFlight<void>();
  #inFlight = 0;
  /** Reads that came while others were in flight, or after a page. */
  #together = 0;
  #pages = 0;
  /** The path of the next page; undefined before the first one and after the last. */
  #next: string | undefined;
  #entries = new Map<string, Entry<T>>();
  /** Counts the calls of `forget`: a page that was requested before one is not used. */
  #generation = 0;

  constructor(source: ItemSource<T>) {
    this.#source = source;
  }

  /** @throws what the request for the item alone rejects with, or the signal's reason */
  async read(uuid: string, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    this.#inFlight += 1;
    try {
      if (this.#inFlight > 1 || this.#entries.size > 0) this.#together += 1;
      for (;;) {
        const entry = this.#entries.get(uuid);
        if (entry !== undefined && performance.now() - entry.at < MAX_AGE) return entry.item;
        if (entry !== undefined) this.forget();
        const isComplete = this.#pages > 0 && this.#next === undefined;
        if (isComplete || this.#together < READS_PER_PAGE * (this.#pages + 1)) break;
        await this.#flight.run("", signal, (shared) => this.#readPage(shared));
      }
      return await this.#source.get(uuid, signal);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Drops all pages. To be called after each request that changes something. */
  forget(): void {
    this.#generation += 1;
    this.#entries = new Map();
    this.#together = 0;
    this.#pages = 0;
    this.#next = undefined;
  }

  async #readPage(signal: AbortSignal): Promise<void> {
    const [generation, at] = [this.#generation, performance.now()];
    let page: Page<T>;
    try {
      page = await this.#source.page(this.#next, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      // The policy may forbid lists, for one. Each read then has its own response, or its own error.
      page = { items: [], next: undefined };
    }
    // The page may hold an item as it was before a change.
    if (generation !== this.#generation) return;
    this.#pages += 1;
    this.#next = page.next;
    for (const item of page.items) this.#entries.set(item.uuid, { item, at });
  }
}
