import {
  AuthenticationError,
  ManifestNotFoundError,
  RateLimitedError,
  type RegistryError,
  RegistryUnavailableError,
  type RequestContext,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./errors";
import type { HttpAnswer } from "./transport";

/** What an unsuccessful answer means (distribution-spec, "Error Codes"). */
export function toError(answer: HttpAnswer, context: RequestContext): RegistryError {
  const options = { status: answer.status, registryCode: errorCode(answer) };
  const isDigest = context.reference?.includes(":") ?? false;
  if (answer.status === 404) {
    if (context.reference !== undefined && !isDigest) {
      return new TagNotFoundError(context, `no tag "${context.reference}" in this repository`, {
        ...options,
        hint: `list what is there: oras repo tags ${context.registry}/${context.repository}`,
      });
    }
    return new ManifestNotFoundError(context, isDigest ? "the registry does not have this digest" : "not found", {
      ...options,
      hint: isDigest ? "it was deleted, or never pushed to this repository" : undefined,
    });
  }
  if (answer.status === 401 || answer.status === 403) {
    return new AuthenticationError(context, "access denied", {
      ...options,
      hint: `check that the credentials for ${context.registry} may pull ${context.repository}, and that it exists`,
    });
  }
  if (answer.status === 429) {
    return new RateLimitedError(context, "the registry limits the rate of requests, and went on doing so", {
      ...options,
      hint: "wait, lower `concurrency`, or give credentials: most registries allow more to known users",
    });
  }
  if (answer.status >= 500 || answer.status === 408) {
    return new RegistryUnavailableError(context, "the registry fails, and went on doing so", {
      ...options,
      hint: "try again later, or use the lock file as it is (mode frozen)",
    });
  }
  return new UnexpectedResponseError(context, "the registry gave an answer that makes no sense here", options);
}

/** The code of the first error in the registry's JSON, when it looks like one; nothing else of the body is trusted. */
function errorCode(answer: HttpAnswer): string | undefined {
  try {
    const content = JSON.parse(answer.body.toString("utf8")) as { errors?: { code?: unknown }[] };
    const code = content.errors?.[0]?.code;
    return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
