import type { HttpResponse } from "../net";
import { algorithmOf, type Digest, digestOf, isDigest } from "../reference";
import { DigestMismatchError, type RequestContext, SizeMismatchError, UnexpectedResponseError } from "./errors";

/**
 * Docker's signed schema 1, which registries make of Docker's schema 2 for who accepts neither. Its digest is that of the payload
 * without the signature (Docker Registry HTTP API V2, "Content Digests"), and a pin never has it: Ironic refuses the content.
 */
const SIGNED_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/**
 * The digest of the bytes, checked against the requested digest and the Docker-Content-Digest header. For a tag, a registry may
 * choose a sha512 digest, which then names the manifest.
 * @throws {DigestMismatchError | UnexpectedResponseError}
 */
export function checkManifestDigest(
  response: HttpResponse,
  requested: Digest | undefined,
  context: RequestContext,
): Digest {
  const claimed = response.headers["docker-content-digest"];
  if (claimed !== undefined && !isDigest(claimed)) {
    throw new UnexpectedResponseError(context, "the Docker-Content-Digest header is not a digest", {
      status: response.status,
      hint: "the registry, or a proxy before it, sends that header: its operator has to correct it",
    });
  }
  if (requested) {
    const actual = digestOf(response.body, algorithmOf(requested));
    if (actual !== requested) throw mismatch(response, context, "the manifest's bytes have", actual);
  }
  const signed = mediaTypeOf(response) === SIGNED_SCHEMA_1;
  if (claimed !== undefined && !signed) {
    const actual = digestOf(response.body, algorithmOf(claimed));
    if (actual !== claimed)
      throw mismatch(response, context, `the registry claims ${claimed}, and the manifest's bytes have`, actual);
  }
  return requested ?? (signed ? undefined : claimed) ?? digestOf(response.body);
}

export function checkSize({ status, body }: HttpResponse, expected: number | undefined, context: RequestContext): void {
  if (expected !== undefined && body.length !== expected) {
    throw new SizeMismatchError(
      context,
      `the descriptor has a size of ${expected} bytes, and the content has ${body.length}`,
      {
        status,
        hint: "the index was pushed with a wrong size: push it again",
      },
    );
  }
}

export function mismatch(
  { status }: HttpResponse,
  context: RequestContext,
  what: string,
  actual: Digest,
): DigestMismatchError {
  return new DigestMismatchError(context, `${what} ${actual}`, {
    status,
    hint: "the registry, or a proxy between, changes or damages the content: do not use it",
  });
}

export function parseObject(response: HttpResponse, context: RequestContext): Record<string, unknown> {
  const type = printableHeader(mediaTypeOf(response)) || "no type";
  const hint = `its Content-Type is ${type}: check for a login page or proxy between here and the registry`;
  const options = { status: response.status, hint };
  let content: unknown;
  try {
    content = JSON.parse(response.body.toString("utf8"));
  } catch {
    // JSON.parse quotes the text: its error is not passed on as a cause.
    throw new UnexpectedResponseError(context, "the response is not JSON", options);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UnexpectedResponseError(context, "the response is not a JSON object", options);
  }
  return content as Record<string, unknown>;
}

export function mediaTypeOf(response: HttpResponse): string {
  return (response.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** A header's value for an error message: visible ASCII, at most 40 characters. */
export function printableHeader(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 40);
}
