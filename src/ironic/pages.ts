import { UnexpectedAnswerError } from "./errors";
import { MAX_BODY } from "./http";

/** Ironic's pages have 1,000 items: ten million of them. */
const MAX_PAGES = 10_000;

/** One page of a list. */
export interface Page {
  readonly content: unknown;
  /** Bytes. */
  readonly size: number;
}

/**
 * Reads all pages of a list. Ironic's `next` links are absolute URLs with the address that Ironic has configured for itself, and
 * lack part of the query: only their `marker` and `limit` are used, so that no link leads to another server.
 * @param path with the query of the first page
 * @param key the member of the response that holds the items
 * @throws {UnexpectedAnswerError} when a response is not a list, or the list has no end: repeated pages, too many pages, or more
 *   bytes in all than one response may have
 */
export async function readPages<T>(
  path: string,
  key: string,
  readPage: (path: string) => Promise<Page>,
): Promise<{ readonly items: T[]; readonly requests: number }> {
  const [route = ""] = path.split("?");
  const refuse = (fault: string) =>
    new UnexpectedAnswerError(`GET ${route}: ${fault}`, {
      hint: "check the URL: another server than Ironic may be responding there",
    });
  const items: T[] = [];
  const read = new Set<string>();
  let bytes = 0;
  for (let next: string | undefined = path; next !== undefined; ) {
    const { content, size }: Page = await readPage(next);
    const { [key]: found, next: link } = (content ?? {}) as Readonly<Record<string, unknown>>;
    if (!Array.isArray(found)) throw refuse(`the response is not a list of ${key}`);
    read.add(next);
    bytes += size;
    for (const item of found) items.push(item as T);
    next = typeof link === "string" ? nextPage(path, link) : undefined;
    if (next === undefined) break;
    if (read.has(next) || read.size >= MAX_PAGES || bytes > MAX_BODY) {
      throw refuse(`the list of ${key} has no end: ${read.size} pages with ${items.length} items so far`);
    }
  }
  return { items, requests: read.size };
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
