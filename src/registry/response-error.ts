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
 * The error for a response that is not a success (distribution-spec, "Error Codes").
 * @param sender the responding server, where it is not the registry: its token endpoint
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
    // Many registries do not distinguish private repositories from missing ones.
    return new AuthenticationError(context, "access denied, or no such repository", {
      ...options,
      hint: `check the path ${repository}, and that credentials for ${registry} are configured and may ${context.access ? "push to" : "pull"} it`,
    });
  }
  if (response.status === 429) {
    const wait = retryAfter(response.headers, Date.now());
    const advice = wait === undefined ? "wait" : `wait ${Math.ceil(wait / 1000)} s (its Retry-After)`;
    return new RateLimitedError(context, `${sender} limits the rate of requests${afterAttempts(response)}`, {
      ...options,
      hint: `${advice}, or configure credentials: most registries have higher limits for known users; or send fewer requests at once (${OPTIONS.concurrency})`,
    });
  }
  if (response.status >= 500 || response.status === 408) {
    return new RegistryUnavailableError(context, `${sender} failed${atAllAttempts(response)}`, {
      ...options,
      hint: `try again later, or use the lock file as it is (${OPTIONS.frozen})`,
    });
  }
  const { protocol } = response.url;
  const kind = protocol === "http:" ? `a registry with plain HTTP, as configured (${OPTIONS.plainHttp})` : "a registry";
  return new UnexpectedResponseError(context, "the registry's response has an unexpected status", {
    ...options,
    hint: `check that ${registry} is ${kind}: curl -i ${protocol}//${registry}/v2/`,
  });
}

/** Reads are retried; the request of a refresh token is not. */
function atAllAttempts({ attempts = 1 }: HttpResponse): string {
  return attempts > 1 ? ` at all ${attempts} attempts` : "";
}

function afterAttempts({ attempts = 1 }: HttpResponse): string {
  return attempts > 1 ? `, still after ${attempts} attempts` : "";
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
      hint: noSuchRepository ? "check its path" : `list its tags: oras repo tags ${registry}/${repository}`,
    });
  }
  const isDigest = context.reference !== undefined;
  return new ManifestNotFoundError(
    context,
    noSuchRepository ?? (isDigest ? "the registry does not have this digest" : "not found"),
    { ...options, hint: isDigest ? "it was deleted, or never pushed to this repository" : "check its path" },
  );
}

/** The code of the first error in the response's JSON, if it is well-formed; the remainder of the body is not used. */
export function registryErrorCode(response: HttpResponse): string | undefined {
  try {
    const content = JSON.parse(response.body.toString("utf8")) as { errors?: { code?: unknown }[] };
    const code = content.errors?.[0]?.code;
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
