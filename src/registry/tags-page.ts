import type { HttpResponse } from "../net";
import { type RequestContext, UnexpectedResponseError } from "./errors";
import { parseObject } from "./verify";

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
