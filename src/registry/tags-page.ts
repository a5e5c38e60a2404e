import type { HttpResponse } from "../net";
import { type RequestContext, UnexpectedResponseError } from "./errors";
import { parseObject } from "./verify";

/** Bytes; the limit of one page of tags. */
export const MAX_TAG_PAGE = 4 * 1024 * 1024;
export const TAGS_HINT = "the registry's operator has to correct its tags/list";
/** A tag (distribution-spec, "Pulling manifests"). */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * The tags of one page.
 * @throws {UnexpectedResponseError}
 */
export function tagsOf(response: HttpResponse, context: RequestContext): readonly string[] {
  const page = parseObject(response, context).tags ?? [];
  if (Array.isArray(page) && page.every((tag) => typeof tag === "string" && TAG.test(tag))) return page;
  throw new UnexpectedResponseError(context, "the registry's list of tags has an entry that is not a tag", {
    status: response.status,
    hint: TAGS_HINT,
  });
}

/**
 * The URL of the next page (RFC 8288: `Link: </v2/…?last=x>; rel="next"`). Other origins are not followed.
 * @throws {UnexpectedResponseError}
 */
export function nextPage(response: HttpResponse, current: URL, context: RequestContext): URL | undefined {
  const target = /<([^<>]*)>[ \t]*;[^,<]*\brel="?next"?/i.exec(response.headers.link ?? "")?.[1];
  if (target === undefined) return undefined;
  const options = { status: response.status, hint: TAGS_HINT };
  let url: URL;
  try {
    url = new URL(target, current);
  } catch {
    throw new UnexpectedResponseError(context, "the link to the next page of tags is not a URL", options);
  }
  if (url.origin !== current.origin) {
    const where = url.host || url.protocol;
    throw new UnexpectedResponseError(context, `the next page of tags is on another server (${where})`, options);
  }
  return url;
}
