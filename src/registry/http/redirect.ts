import { type RequestContext, UnexpectedResponseError } from "../errors";
import { nearness } from "./nearness";
import type { HttpAnswer, HttpQuestion } from "./transport";

export const MAX_REDIRECTS = 5;

export function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/**
 * The request that a redirect asks for. Only reads are redirected; a way from HTTPS to HTTP is refused, one into this
 * machine or its link too unless the redirecting host is there, and credentials stay with the origin that they were
 * meant for.
 * @throws {UnexpectedResponseError}
 */
export function followRedirect(question: HttpQuestion, answer: HttpAnswer, context: RequestContext): HttpQuestion {
  const refuse = (what: string) =>
    new UnexpectedResponseError(context, what, {
      status: answer.status,
      hint: "whoever runs the registry has to look at its redirects, or something on the way here rewrites them",
    });
  const location = answer.headers.location;
  if (location === undefined) throw refuse("the registry redirects without saying where");
  let url: URL;
  try {
    url = new URL(location, question.url);
  } catch {
    throw refuse("the registry redirects to something that is no URL");
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse(`the registry redirects to ${url.protocol}`);
  if (url.protocol === "http:" && question.url.protocol === "https:") {
    throw refuse(`the registry redirects from HTTPS to plain HTTP (${url.host})`);
  }
  const [there, here] = [nearness(url.hostname), nearness(question.url.hostname)];
  if (there !== "remote" && there !== here) throw refuse(`the registry redirects to a ${there} address (${url.host})`);
  // What stands before an @ is nobody's business here: a registry has no credentials of ours to put there.
  url.username = "";
  url.password = "";
  if (url.origin === question.url.origin) return { ...question, url };
  const { authorization: _kept, ...headers } = question.headers ?? {};
  return { ...question, url, headers };
}
