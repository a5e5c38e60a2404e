import { IronicOciError } from "../net";

/** The subject of an error. Everything in it may be printed. */
export interface RequestContext {
  /** `host[:port]` of the registry that the reference names. */
  readonly registry: string;
  readonly repository: string;
  /** The requested tag or digest, if it was one. */
  readonly reference?: string | undefined;
  /** The mirror that the request was sent to instead. */
  readonly servedBy?: { readonly registry: string; readonly repository: string } | undefined;
}

interface RegistryErrorOptions {
  /** HTTP status of the response, where there was one. */
  readonly status?: number | undefined;
  /** The registry's own error code (distribution-spec, "Error Codes"), such as `MANIFEST_UNKNOWN`. */
  readonly registryCode?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Base of the errors of requests to a registry. */
export abstract class RegistryError extends IronicOciError {
  /** `host[:port]` that the reference names. */
  readonly registry: string;
  /** Path of the repository below the registry, such as `images/fedora`. */
  readonly repository: string;
  /** The requested tag or digest. */
  readonly reference: string | undefined;
  /** `host[:port]/repository` of the mirror that the request was sent to instead, if there is one. */
  readonly servedBy: string | undefined;
  /** HTTP status of the last response; undefined when there was none. */
  readonly status: number | undefined;
  /** The registry's own error code, such as `MANIFEST_UNKNOWN`. */
  readonly registryCode: string | undefined;

  constructor(context: RequestContext, what: string, options: RegistryErrorOptions = {}) {
    const response = [options.status, options.registryCode].filter((part) => part !== undefined).join(" ");
    super(`${describe(context)}: ${what}${response ? ` (the registry answered ${response})` : ""}`, options);
    this.registry = context.registry;
    this.repository = context.repository;
    this.reference = context.reference;
    this.servedBy = context.servedBy && `${context.servedBy.registry}/${context.servedBy.repository}`;
    this.status = options.status;
    this.registryCode = options.registryCode;
  }
}

/** The registry has no such tag. In Ironic: OciImageTagNotFound. */
export class TagNotFoundError extends RegistryError {
  readonly code = "TAG_NOT_FOUND";
}

/** The registry has no such manifest or blob. */
export class ManifestNotFoundError extends RegistryError {
  readonly code = "MANIFEST_NOT_FOUND";
}

/** The registry or its token endpoint refused the credentials, or there are none for it. */
export class AuthenticationError extends RegistryError {
  readonly code = "AUTHENTICATION_FAILED";
}

/** 429 to every attempt. */
export class RateLimitedError extends RegistryError {
  readonly code = "RATE_LIMITED";
}

/** No usable response: connection refused or reset, name not found, TLS refused, or a 5xx to every attempt. */
export class RegistryUnavailableError extends RegistryError {
  readonly code = "REGISTRY_UNAVAILABLE";
}

/**
 * What is wrong with a TLS handshake: the certificate's issuer is not trusted, its time is over, it is for another name; the server
 * speaks plain HTTP; it wants a client certificate; the two share no TLS version; anything else.
 */
export type TlsFault = "untrusted" | "time" | "name" | "plain-http" | "client-certificate" | "version" | "other";

/** No connection: what fails for one request fails for all. */
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

/** No complete response within the time of a request. */
export class RegistryTimeoutError extends RegistryError {
  readonly code = "REGISTRY_TIMEOUT";
}

/** The bytes are not those that the digest, the descriptor or the registry's own header promised. */
export class DigestMismatchError extends RegistryError {
  readonly code = "DIGEST_MISMATCH";
}

/** The bytes have the digest, but not the size that the descriptor says. */
export class SizeMismatchError extends DigestMismatchError {}

/** An index and its manifests contradict each other: one is missing, or is not what its descriptor says. */
export class IndexMismatchError extends RegistryError {
  readonly code = "INDEX_MISMATCH";
}

/** A response that the distribution spec doesn't allow: too large, not JSON, a redirect to nowhere, an odd status. */
export class UnexpectedResponseError extends RegistryError {
  readonly code = "UNEXPECTED_RESPONSE";
}

/** The registry that requests are sent to: the mirror where there is one. Credentials are looked up for it. */
export function effectiveRegistry(context: RequestContext): { readonly registry: string; readonly repository: string } {
  return context.servedBy ?? context;
}

function describe({ registry, repository, reference, servedBy }: RequestContext): string {
  const requested = reference === undefined ? "" : `${reference.includes(":") ? "@" : ":"}${reference}`;
  const mirror = servedBy ? ` (served by ${servedBy.registry}/${servedBy.repository})` : "";
  return `oci://${registry}/${repository}${requested}${mirror}`;
}
