import type { HttpResponse } from "../net";
import { type RequestContext, UnexpectedResponseError } from "./errors";

/** Bytes; the limit of one page of a list. */
export const MAX_PAGE = 4 * 1024 * 1024;

/** A list that a registry sends in pages. */
export interface ListKind {
  /** Its entries, for messages. */
  readonly what: string;
  readonly hint: string;
  readonly maxPages: number;
  /** Bytes of all pages. */
  readonly maxBytes: number;
}

/**
 * The URL of the next page (RFC 8288: `Link: </v2/…?last=x>; rel="next"`). Other origins are not followed.
 * @throws {UnexpectedResponseError}
 */
export function nextPage(
  response: HttpResponse,
  current: URL,
  context: RequestContext,
  list: ListKind,
): URL | undefined {
  const target = /<([^<>]*)>[ \t]*;[^,<]*\brel="?next"?/i.exec(response.headers.link ?? "")?.[1];
  if (target === undefined) return undefined;
  const options = { status: response.status, hint: list.hint };
  let url: URL;
  try {
    url = new URL(target, current);
  } catch {
    throw new UnexpectedResponseError(context, `the link to the next page of ${list.what} is not a URL`, options);
  }
  if (url.origin !== current.origin) {
    const where = url.host || url.protocol;
    throw new UnexpectedResponseError(
      context,
      `the next page of ${list.what} is on another server (${where})`,
      options,
    );
  }
  return url;
}
