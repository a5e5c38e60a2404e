import { CHECK_URL, UnexpectedAnswerError } from "./errors";
import { MAX_BODY } from "./http";

/** Ironic's pages have 1,000 items: ten million of them. */
const MAX_PAGES = 10_000;

/** A response with a page of a list. */
export interface PageResponse {
  readonly content: unknown;
  /** Bytes. */
  readonly size: number;
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The path of the next page; undefined on the last one. */
  readonly next: string | undefined;
}

/**
 * Reads one page of a list. Ironic's `next` links are absolute URLs with the address that Ironic has configured for itself, and
 * lack part of the query: only their `marker` and `limit` are used, so that no link leads to another server.
 * @param path with the query
 * @param key the member of the response that holds the items
 * @throws {UnexpectedAnswerError} when the response is not a list
 */
export async function readPage<T>(
  path: string,
  key: string,
  send: (path: string) => Promise<PageResponse>,
): Promise<Page<T> & { readonly size: number }> {
  const { content, size } = await send(path);
  const { [key]: items, next: link } = (content ?? {}) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(items)) throw refusedList(path, `the response is not a list of ${key}`);
  return { items: items as T[], next: typeof link === "string" ? nextPage(path, link) : undefined, size };
}

/**
 * Reads all pages of a list; see {@link readPage}.
 * @throws {UnexpectedAnswerError} when a response is not a list, or the list has no end: repeated pages, too many pages, or more
 *   bytes in all than one response may have
 */
export async function readPages<T>(
  path: string,
  key: string,
  send: (path: string) => Promise<PageResponse>,
): Promise<{ readonly items: T[]; readonly requests: number }> {
  const items: T[] = [];
  const read = new Set<string>();
  let bytes = 0;
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Page<T> & { readonly size: number } = await readPage<T>(next, key, send);
    read.add(next);
    bytes += page.size;
    for (const item of page.items) items.push(item);
    next = page.next;
    if (next !== undefined && (read.has(next) || read.size >= MAX_PAGES || bytes > MAX_BODY)) {
      throw refusedList(path, `the list of ${key} has no end: ${read.size} pages with ${items.length} items so far`);
    }
  }
  return { items, requests: read.size };
}

function refusedList(path: string, fault: string): UnexpectedAnswerError {
  const [route = ""] = path.split("?");
  return new UnexpectedAnswerError(`GET ${route}: ${fault}`, {
    hint: CHECK_URL,
  });
}

/** The path of the page that a `next` link names. */
function nextPage(path: string, link: string): string {
  const [route = "", query] = path.split("?");
  const [search, next] = [new URLSearchParams(query), new URLSearchParams(link.split("?")[1]?.split("#")[0])];
  for (const name of ["marker", "limit"]) {
    const value = next.get(name);
    if (value !== null) search.set(name, value);
  }
  return `${route}?${search}`;
}
