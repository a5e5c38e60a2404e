import { IronicOciError } from "../reference";

/** What an error is about. Everything in it may be printed. */
export interface RequestContext {
  /** `host[:port]` of the registry that the reference names. */
  readonly registry: string;
  readonly repository: string;
  /** The tag or digest that was asked for, if it was one. */
  readonly reference?: string | undefined;
  /** The mirror that was asked in its place. */
  readonly servedBy?: { readonly registry: string; readonly repository: string } | undefined;
}

interface RegistryErrorOptions {
  /** HTTP status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** The registry's own error code (distribution-spec, "Error Codes"), such as `MANIFEST_UNKNOWN`. */
  readonly registryCode?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Base of everything that goes wrong between us and a registry. */
export abstract class RegistryError extends IronicOciError {
  /** `host[:port]` that the reference names. */
  readonly registry: string;
  readonly repository: string;
  /** The tag or digest that was asked for. */
  readonly reference: string | undefined;
  /** `host[:port]/repository` of the mirror that was asked instead, if there is one. */
  readonly servedBy: string | undefined;
  /** HTTP status of the last answer; undefined when there was none. */
  readonly status: number | undefined;
  /** The registry's own error code, such as `MANIFEST_UNKNOWN`. */
  readonly registryCode: string | undefined;

  constructor(context: RequestContext, what: string, options: RegistryErrorOptions = {}) {
    const answer = [options.status, options.registryCode].filter((part) => part !== undefined).join(" ");
    super(`${describe(context)}: ${what}${answer ? ` (the registry answered ${answer})` : ""}`, options);
    this.registry = context.registry;
    this.repository = context.repository;
    this.reference = context.reference;
    this.servedBy = context.servedBy && `${context.servedBy.registry}/${context.servedBy.repository}`;
    this.status = options.status;
    this.registryCode = options.registryCode;
  }
}

/** The registry has no such tag. Ironic's word for it: OciImageTagNotFound. */
export class TagNotFoundError extends RegistryError {
  readonly code = "TAG_NOT_FOUND";
}

/** The registry has no such manifest or blob. */
export class ManifestNotFoundError extends RegistryError {
  readonly code = "MANIFEST_NOT_FOUND";
}

/** The registry or its token endpoint wants credentials that it did not get. */
export class AuthenticationError extends RegistryError {
  readonly code = "AUTHENTICATION_FAILED";
}

/** The registry throttles, and went on doing so for as long as the retries lasted. */
export class RateLimitedError extends RegistryError {
  readonly code = "RATE_LIMITED";
}

/** No usable answer: connection refused or reset, name not found, TLS refused, or a 5xx to every try. */
export class RegistryUnavailableError extends RegistryError {
  readonly code = "REGISTRY_UNAVAILABLE";
}

/**
 * What is wrong with a TLS handshake: the certificate's issuer is not trusted, its time is over, it is for another name; the server
 * speaks plain HTTP; it wants a client certificate; the two share no TLS version; anything else.
 */
export type TlsFault = "untrusted" | "time" | "name" | "plain-http" | "client-certificate" | "version" | "other";

/** Not even a connection: what goes wrong for one request now goes wrong for every one. */
export class RegistryUnreachableError extends RegistryUnavailableError {
  /** Set when it was TLS that failed. */
  readonly tlsFault: TlsFault | undefined;

  constructor(
    context: RequestContext,
    what: string,
    { tlsFault, ...options }: RegistryErrorOptions & { readonly tlsFault?: TlsFault } = {},
  ) {
    super(context, what, options);
    this.tlsFault = tlsFault;
  }
}

/** No complete answer within the time that a request may take. */
export class RegistryTimeoutError extends RegistryError {
  readonly code = "REGISTRY_TIMEOUT";
}

/** The bytes are not those that the digest, the descriptor or the registry's own header promised. */
export class DigestMismatchError extends RegistryError {
  readonly code = "DIGEST_MISMATCH";
}

/** The bytes are those of the digest, and not as many as the descriptor says. */
export class SizeMismatchError extends DigestMismatchError {}

/** An index and what it lists don't go together: it lists what isn't there, or as something else than it is. */
export class IndexMismatchError extends RegistryError {
  readonly code = "INDEX_MISMATCH";
}

/** An answer that the distribution spec doesn't allow: too large, no JSON, a redirect to nowhere, an odd status. */
export class UnexpectedResponseError extends RegistryError {
  readonly code = "UNEXPECTED_RESPONSE";
}

/** The registry that is really spoken to: the mirror where there is one. Credentials are looked up for it. */
export function askedRegistry(context: RequestContext): { readonly registry: string; readonly repository: string } {
  return context.servedBy ?? context;
}

function describe({ registry, repository, reference, servedBy }: RequestContext): string {
  const asked = reference === undefined ? "" : `${reference.includes(":") ? "@" : ":"}${reference}`;
  const mirror = servedBy ? ` (served by ${servedBy.registry}/${servedBy.repository})` : "";
  return `oci://${registry}/${repository}${asked}${mirror}`;
}
