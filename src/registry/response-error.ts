import { type HttpResponse, retryAfter } from "../net";
import { OPTIONS } from "../reference";
import {
  AuthenticationError,
  effectiveRegistry,
  ManifestNotFoundError,
  RateLimitedError,
  type RegistryError,
  RegistryUnavailableError,
  type RequestContext,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./errors";

/**
 * The error that an unsuccessful response stands for (distribution-spec, "Error Codes").
 * @param sender of the response, where it was not the registry itself
 */
export function errorFromResponse(
  response: HttpResponse,
  context: RequestContext,
  sender = "the registry",
): RegistryError {
  const registryCode = registryErrorCode(response);
  const options = { status: response.status, registryCode };
  const { registry, repository } = effectiveRegistry(context);
  if (response.status === 404) return notFound(registryCode, context, options);
  if (response.status === 401 || response.status === 403) {
    // Many registries answer the same for a private repository and for one that does not exist.
    return new AuthenticationError(context, "access denied, or there is no such repository", {
      ...options,
      hint: `check the path ${repository}, and that there are credentials for ${registry} which may pull it`,
    });
  }
  if (response.status === 429) {
    const wait = retryAfter(response.headers, Date.now());
    const advice = wait === undefined ? "wait" : `wait ${Math.ceil(wait / 1000)} s, as it asks`;
    return new RateLimitedError(context, `${sender} limits the rate of requests, and still did at the last attempt`, {
      ...options,
      hint: `${advice}, or give credentials: most registries allow more to known users; or ask less at once (${OPTIONS.concurrency})`,
    });
  }
  if (response.status >= 500 || response.status === 408) {
    return new RegistryUnavailableError(context, `${sender} fails, and still did at the last attempt`, {
      ...options,
      hint: `try again later, or use the lock file as it is (${OPTIONS.frozen})`,
    });
  }
  const { protocol } = response.url;
  const kind =
    protocol === "http:" ? `a registry for plain HTTP, as it is listed (${OPTIONS.plainHttp})` : "a registry";
  return new UnexpectedResponseError(context, "the registry's response makes no sense here", {
    ...options,
    hint: `check that ${registry} is ${kind}: curl -i ${protocol}//${registry}/v2/`,
  });
}

function notFound(
  registryCode: string | undefined,
  context: RequestContext,
  options: { readonly status: number; readonly registryCode: string | undefined },
): RegistryError {
  const { registry, repository } = effectiveRegistry(context);
  const isTag = context.reference !== undefined && !context.reference.includes(":");
  const noSuchRepository = registryCode === "NAME_UNKNOWN" ? "the registry has no such repository" : undefined;
  if (isTag) {
    return new TagNotFoundError(context, noSuchRepository ?? `no tag "${context.reference}" in this repository`, {
      ...options,
      hint: noSuchRepository ? "check its path" : `list what is there: oras repo tags ${registry}/${repository}`,
    });
  }
  const isDigest = context.reference !== undefined;
  return new ManifestNotFoundError(
    context,
    noSuchRepository ?? (isDigest ? "the registry does not have this digest" : "not found"),
    { ...options, hint: isDigest ? "it was deleted, or never pushed to this repository" : "check its path" },
  );
}

/** The code of the first error in the registry's JSON, when it has the form of one; nothing else of the body is used. */
export function registryErrorCode(response: HttpResponse): string | undefined {
  try {
    const content = JSON.parse(response.body.toString("utf8")) as { errors?: { code?: unknown }[] };
    const code = content.errors?.[0]?.code;
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
