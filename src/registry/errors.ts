import { IronicOciError } from "../net";

/** The subject of an error. Everything in it may be printed. */
export interface RequestContext {
  /** `host[:port]` of the registry that the reference names. */
  readonly registry: string;
  readonly repository: string;
  /** The requested tag or digest, if any. */
  readonly reference?: string | undefined;
  /** The mirror that the request was sent to. */
  readonly servedBy?: { readonly registry: string; readonly repository: string } | undefined;
  /** What credentials are needed for. Default: to pull. */
  readonly access?: "push";
  /** The name of what is written, such as a file's path. */
  readonly content?: string | undefined;
}

interface RegistryErrorOptions {
  /** HTTP status of the response, where there was one. */
  readonly status?: number | undefined;
  /** The registry's error code (distribution-spec, "Error Codes"), such as `MANIFEST_UNKNOWN`. */
  readonly registryCode?: string | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** Base of the errors of requests to a registry. The message begins with the reference, and before it the name of what is written. */
export abstract class RegistryError extends IronicOciError {
  /** `host[:port]` of the reference. */
  readonly registry: string;
  /** Path of the repository below the registry, such as `images/fedora`. */
  readonly repository: string;
  /** The requested tag or digest. */
  readonly reference: string | undefined;
  /** `host[:port]/repository` of the mirror that the request was sent to, if any. */
  readonly servedBy: string | undefined;
  /** HTTP status of the last response; undefined when there was none. */
  readonly status: number | undefined;
  /** The registry's error code, such as `MANIFEST_UNKNOWN`. */
  readonly registryCode: string | undefined;

  constructor(context: RequestContext, what: string, options: RegistryErrorOptions = {}) {
    const response = [options.status, options.registryCode].filter((part) => part !== undefined).join(" ");
    super(`${describe(context)}: ${what}${response ? ` (the registry responded with ${response})` : ""}`, options);
    this.registry = context.registry;
    this.repository = context.repository;
    this.reference = context.reference;
    this.servedBy = context.servedBy && `${context.servedBy.registry}/${context.servedBy.repository}`;
    this.status = options.status;
    this.registryCode = options.registryCode;
  }
}

/** 404: the registry has no such tag. In Ironic: OciImageTagNotFound. */
export class TagNotFoundError extends RegistryError {
  readonly code = "TAG_NOT_FOUND";
}

/** 404: the registry has no such manifest, blob or repository. */
export class ManifestNotFoundError extends RegistryError {
  readonly code = "MANIFEST_NOT_FOUND";
}

/**
 * The registry or its token endpoint refused the credentials, requires credentials that are not configured, or named an unsafe
 * realm.
 */
export class AuthenticationError extends RegistryError {
  readonly code = "AUTHENTICATION_FAILED";
}

/** 429 to the last attempt. */
export class RateLimitedError extends RegistryError {
  readonly code = "RATE_LIMITED";
}

/** No usable response: a broken connection, or 5xx to the last attempt. */
export class RegistryUnavailableError extends RegistryError {
  readonly code = "REGISTRY_UNAVAILABLE";
}

/**
 * The fault of a TLS handshake: the certificate's issuer is not trusted, it is outside its validity period, it is for another name;
 * the server uses plain HTTP; it requires a client certificate; no common TLS version; any other.
 */
export type TlsFault = "untrusted" | "time" | "name" | "plain-http" | "client-certificate" | "version" | "other";

/** No connection: refused, unknown name, or TLS failed. Other requests to the registry would fail, too. */
export class RegistryUnreachableError extends RegistryUnavailableError {
  /** Set when the TLS handshake failed. */
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

/** No complete response before the deadline of a request. */
export class RegistryTimeoutError extends RegistryError {
  readonly code = "REGISTRY_TIMEOUT";
}

/** The bytes do not have the digest of the reference, the descriptor or the Docker-Content-Digest header. */
export class DigestMismatchError extends RegistryError {
  readonly code = "DIGEST_MISMATCH";
}

/** The bytes have the digest, but not the size of the descriptor. */
export class SizeMismatchError extends DigestMismatchError {}

/** An index and its manifests contradict each other: one is missing, or does not match its descriptor. */
export class IndexMismatchError extends RegistryError {
  readonly code = "INDEX_MISMATCH";
}

/** The registry does not take what is pushed: it is read-only, full, has a limit, or the content changed while it was read. */
export class PushRefusedError extends RegistryError {
  readonly code = "PUSH_REFUSED";
}

/** A response that the distribution spec does not allow: too large, not JSON, an invalid redirect, an unexpected status. */
export class UnexpectedResponseError extends RegistryError {
  readonly code = "UNEXPECTED_RESPONSE";
}

/** The registry that receives the requests: the mirror, if any. Credentials are looked up for it. */
export function effectiveRegistry(context: RequestContext): { readonly registry: string; readonly repository: string } {
  return context.servedBy ?? context;
}

function describe({ registry, repository, reference, servedBy, content }: RequestContext): string {
  const requested = reference === undefined ? "" : `${reference.includes(":") ? "@" : ":"}${reference}`;
  const mirror = servedBy ? ` (served by ${servedBy.registry}/${servedBy.repository})` : "";
  return `${content === undefined ? "" : `${content}: `}oci://${registry}/${repository}${requested}${mirror}`;
}
