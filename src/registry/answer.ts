import { type HttpResponse, retryAfter } from "../net";
import {
  AuthenticationError,
  askedRegistry,
  ManifestNotFoundError,
  RateLimitedError,
  type RegistryError,
  RegistryUnavailableError,
  type RequestContext,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./errors";

/**
 * What an unsuccessful answer means (distribution-spec, "Error Codes").
 * @param who gave it, where it was not the registry itself
 */
export function toError(answer: HttpResponse, context: RequestContext, who = "the registry"): RegistryError {
  const registryCode = errorCode(answer);
  const options = { status: answer.status, registryCode };
  const { registry, repository } = askedRegistry(context);
  if (answer.status === 404) return notFound(registryCode, context, options);
  if (answer.status === 401 || answer.status === 403) {
    // Many registries say the same of what nobody may see and of what isn't there.
    return new AuthenticationError(context, "access denied, or there is no such repository", {
      ...options,
      hint: `check the path ${repository}, and that there are credentials for ${registry} which may pull it`,
    });
  }
  if (answer.status === 429) {
    const wait = retryAfter(answer.headers, Date.now());
    const asked = wait === undefined ? "wait" : `wait ${Math.ceil(wait / 1000)} s, as it asks`;
    return new RateLimitedError(context, `${who} limits the rate of requests, and went on doing so`, {
      ...options,
      hint: `${asked}, lower \`concurrency\`, or give credentials: most registries allow more to known users`,
    });
  }
  if (answer.status >= 500 || answer.status === 408) {
    return new RegistryUnavailableError(context, `${who} fails, and went on doing so`, {
      ...options,
      hint: "try again later, or use the lock file as it is (mode frozen)",
    });
  }
  const { protocol } = answer.url;
  const kind = protocol === "http:" ? "a registry for plain HTTP, as `plainHttp` has it" : "a registry";
  return new UnexpectedResponseError(context, "the registry gave an answer that makes no sense here", {
    ...options,
    hint: `check that ${registry} is ${kind}: curl -i ${protocol}//${registry}/v2/`,
  });
}

function notFound(
  registryCode: string | undefined,
  context: RequestContext,
  options: { readonly status: number; readonly registryCode: string | undefined },
): RegistryError {
  const { registry, repository } = askedRegistry(context);
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

/** The code of the first error in the registry's JSON, when it looks like one; nothing else of the body is trusted. */
export function errorCode(answer: HttpResponse): string | undefined {
  try {
    const content = JSON.parse(answer.body.toString("utf8")) as { errors?: { code?: unknown }[] };
    const code = content.errors?.[0]?.code;
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
