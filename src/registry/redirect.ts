import { addressScope, type HttpRequest, type HttpResponse, mayLeadTo, redirectTarget } from "../net";
import { type RequestContext, UnexpectedResponseError } from "./errors";

export const MAX_REDIRECTS = 5;

/**
 * The request to the target of a redirect; reads only. HTTPS to plain HTTP is refused, and so is a target on this machine or its
 * link, unless the redirecting host is there too (by name here, by address when connecting). Another origin gets no
 * credentials.
 * @throws {UnexpectedResponseError}
 */
export function followRedirect(request: HttpRequest, response: HttpResponse, context: RequestContext): HttpRequest {
  const refuse = (what: string) =>
    new UnexpectedResponseError(context, `the registry redirects ${what}`, {
      status: response.status,
      hint: "the registry's operator has to correct its redirects; or a proxy between rewrites them",
    });
  const url = redirectTarget(request.url, response.headers.location);
  if ("fault" in url) throw refuse(url.fault);
  if (url.origin === request.url.origin) return { ...request, url };
  const target = addressScope(url.hostname);
  if (!mayLeadTo(target, response.peerScope)) throw refuse(`to a ${target} address (${url.host})`);
  const { authorization: _kept, ...headers } = request.headers ?? {};
  return { ...request, url, headers, leadFrom: response.peerScope };
}
