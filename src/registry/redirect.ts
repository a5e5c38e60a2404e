import { addressScope, type HttpRequest, type HttpResponse, mayLeadTo, redirectTarget } from "../net";
import { type RequestContext, UnexpectedResponseError } from "./errors";

export const MAX_REDIRECTS = 5;

/**
 * The request that a redirect asks for. Only reads are redirected; from HTTPS to HTTP is refused, into this machine or onto its
 * link too unless the redirecting host is there (by name here, by address when connecting), and credentials stay with the
 * origin that they were meant for.
 * @throws {UnexpectedResponseError}
 */
export function followRedirect(request: HttpRequest, response: HttpResponse, context: RequestContext): HttpRequest {
  const refuse = (what: string) =>
    new UnexpectedResponseError(context, `the registry redirects ${what}`, {
      status: response.status,
      hint: "the registry's operator has to look at its redirects, or something on the way here rewrites them",
    });
  const url = redirectTarget(request.url, response.headers.location);
  if ("fault" in url) throw refuse(url.fault);
  if (url.origin === request.url.origin) return { ...request, url };
  const target = addressScope(url.hostname);
  if (!mayLeadTo(target, response.peerScope)) throw refuse(`to a ${target} address (${url.host})`);
  const { authorization: _kept, ...headers } = request.headers ?? {};
  return { ...request, url, headers, leadFrom: response.peerScope };
}
