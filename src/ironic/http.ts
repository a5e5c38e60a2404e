import {
  BodyTooLarge,
  type Environment,
  isRedirect,
  NetworkFailure,
  type RetryPolicy,
  readAuthorities,
  retryAfter,
  SharedPromise,
  type TlsSettings,
  Transport,
  withRetry,
} from "../net";
import type { IronicAuth } from "./auth";
import {
  ConflictError,
  ForbiddenError,
  IronicApiError,
  type IronicError,
  type IronicRequestContext,
  MicroversionError,
  NodeLockedError,
  NotFoundError,
  UnauthorizedError,
  UnexpectedAnswerError,
} from "./errors";
import { faultOf } from "./fault";
import { compareVersions, inRange } from "./microversion";
import { newerFields } from "./needs";
import { isPermanent, mayHaveBeenSent, unreachable } from "./network";
import { redact } from "./redact";
import { type RefusalReason, refusalOf } from "./refusals";
import { readTlsFiles, type TlsOptions } from "./tls";

export interface HttpOptions extends TlsOptions {
  /** Milliseconds for one request, connecting included. Default 60,000: some requests wait for a BMC. */
  readonly timeout?: number | undefined;
  /** Milliseconds during which a locked node or a busy API is tried again. Default 120,000. */
  readonly retryFor?: number | undefined;
  /** Where `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `SSL_CERT_FILE` are read. Default: this process's own. */
  readonly environment?: Environment | undefined;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL; with query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether carrying it out twice does no harm. Default: for GET. */
  readonly idempotent?: boolean;
  /** Sit out a restart of the API: refused connections and every 5xx are retried, too. For reads. */
  readonly retryOnOutage?: boolean;
  /** Once sent, wait for the response whatever the signal says: it alone names what was created. */
  readonly ignoreAbortOnceSent?: boolean;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Parsed JSON; the text of an error that is not JSON; undefined when there was no body. */
  readonly content: unknown;
  /** Bytes of the body. */
  readonly size: number;
}

interface Failure {
  readonly error: IronicError;
  /** 1: the request is not sent again. Undefined: as long as the policy allows. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined;
}

/** Milliseconds during which a busy API is tried again. */
export const DEFAULT_RETRY_FOR = 120_000;
/** Pauses start at this many milliseconds and grow to the second one; jittered. */
const BASE_DELAY = 250;
const MAX_DELAY = 5_000;
/** Milliseconds for TCP and TLS. */
const CONNECT_TIMEOUT = 30_000;
/** So often an idempotent request is sent that Ironic answers with 500. */
const SERVER_ERROR_ATTEMPTS = 4;
export const VERSION_HEADER = "x-openstack-ironic-api-version";
/** The longest response, and the longest list over all of its pages, in bytes. */
export const MAX_BODY = 256 * 1024 * 1024;
/** Validation errors repeat what they refuse. */
const MAX_ERROR_BODY = 1024 * 1024;

/**
 * HTTP as OpenStack's APIs want it: one 401 is answered with fresh credentials, a locked node and a 503 are retried
 * within a bound. Neither has done anything yet, so every method may be repeated then; after a lost connection, or when a
 * proxy lost its own, only idempotent requests are.
 */
export class OpenStackHttp {
  readonly #base: string;
  readonly #auth: IronicAuth;
  readonly #transport: Transport;
  readonly #retry: RetryPolicy;
  readonly #tlsFiles: SharedPromise<TlsSettings>;

  constructor(base: string, auth: IronicAuth, options: HttpOptions = {}) {
    const { timeout = 60_000, retryFor = DEFAULT_RETRY_FOR, environment = process.env } = options;
    this.#base = base;
    this.#auth = auth;
    this.#retry = {
      attempts: Number.POSITIVE_INFINITY,
      within: retryFor,
      baseDelay: BASE_DELAY,
      maxDelay: MAX_DELAY,
      growth: 1.7,
      maxRetryAfter: Number.POSITIVE_INFINITY,
      retryAfterJitter: 0,
    };
    this.#tlsFiles = new SharedPromise(() => readTlsFiles(options));
    this.#transport = new Transport({
      timeout,
      idleTimeout: timeout,
      connectTimeout: CONNECT_TIMEOUT,
      // The user configured the URL, and requests go nowhere else.
      allowsPlainHttp: () => true,
      environment,
      tls: async (_host, role) => {
        const { ca = await readAuthorities(environment), cert, key, insecure } = await this.#tlsFiles.get();
        if (role === "proxy") return { ca, insecure };
        return ca || cert || insecure ? { ca, cert, key, insecure } : undefined;
      },
      maxErrorBytes: MAX_ERROR_BODY,
    });
  }

  /** The response to a request, whatever its status below 400. */
  async send(request: ApiRequest): Promise<ApiResponse> {
    // Files that can't be used are reported whatever the URL's scheme is.
    await this.#tlsFiles.get(request.signal);
    let renewed = false;
    return withRetry(this.#retry, request.signal, async () => {
      for (;;) {
        request.signal?.throwIfAborted();
        const authorization = await this.#auth.headers(request.signal);
        const outcome = await this.#attempt(request, authorization);
        if ("status" in outcome) {
          if (outcome.status < 400) return { value: outcome };
          if (outcome.status === 401 && !renewed && this.#auth.refused(authorization)) {
            renewed = true;
            continue;
          }
        }
        const failure = "status" in outcome ? failureFromResponse(request, outcome, authorization) : outcome;
        return {
          onExhausted: () => {
            throw failure.error;
          },
          retryAfter: failure.retryAfter,
          ...(failure.maxAttempts !== undefined && { maxAttempts: failure.maxAttempts }),
        };
      }
    });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #attempt(request: ApiRequest, authorization: Readonly<Record<string, string>>): Promise<ApiResponse | Failure> {
    try {
      return await this.#exchange(request, authorization);
    } catch (error) {
      request.signal?.throwIfAborted();
      if (!(error instanceof NetworkFailure)) throw error;
      const { method, idempotent = method === "GET", retryOnOutage = false } = request;
      const retryable = idempotent && !isPermanent(error, retryOnOutage);
      const unavailable = unreachable(this.#base, error, !idempotent && mayHaveBeenSent(error));
      return { error: unavailable, ...(!retryable && { maxAttempts: 1 }) };
    }
  }

  async #exchange(
    { method, path, body, headers, signal, ignoreAbortOnceSent = false }: ApiRequest,
    authorization: Readonly<Record<string, string>>,
  ): Promise<ApiResponse> {
    const context = { method, path: withoutQuery(path) };
    const request = {
      url: new URL(`${this.#base}${path}`),
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
        ...authorization,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      maxBytes: MAX_BODY,
      ignoreAbortOnceSent,
    };
    const response = await this.#transport.exchange(request, signal).catch((error: unknown) => {
      throw error instanceof BodyTooLarge ? endless(context, error) : error;
    });
    const { status, headers: received, body: bytes } = response;
    refuseRedirect(status, received.location, `${this.#base}${context.path}`, context);
    return { status, headers: received, content: parse(bytes.toString("utf8"), status, context), size: bytes.length };
  }
}

function withoutQuery(path: string): string {
  return path.split("?", 1)[0] ?? path;
}

function endless({ method, path }: IronicRequestContext, { limit }: BodyTooLarge): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`${method} ${path}: the response is longer than ${limit} bytes`, {
    hint: "check the URL: something other than Ironic may be answering there",
  });
}

function parse(text: string, status: number, context: IronicRequestContext): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page is no JSON.
    if (status >= 400) return text;
    throw new UnexpectedAnswerError(`${context.method} ${context.path}: the answer is not JSON`, {
      hint: "check the URL: something other than Ironic may be answering there",
    });
  }
}

/** Ironic never redirects, and following would take credentials to wherever it points. */
function refuseRedirect(status: number, location: unknown, url: string, context: IronicRequestContext): void {
  if (!isRedirect(status)) return;
  const to = typeof location === "string" && URL.canParse(location, url) ? new URL(location, url) : undefined;
  throw new UnexpectedAnswerError(`${context.method} ${context.path}: the answer is a redirect (${status})`, {
    hint: to
      ? `it points to ${to.origin}${to.pathname}: if that is Ironic, give that URL`
      : "check the URL: something other than Ironic may be answering there",
  });
}

/** What an error's status means: the class of the error, and whether to send the request again. */
function failureFromResponse(
  request: ApiRequest,
  response: ApiResponse,
  authorization: Readonly<Record<string, string>>,
): Failure {
  const { method, body, retryOnOutage = false, idempotent = method === "GET" } = request;
  const { status, content, headers } = response;
  const fault = redact(faultOf(content) ?? "no reason given", body, authorization);
  const error = errorFromResponse(request, response, fault);
  // Not now: nothing has been done, and every method may be repeated. A 502 or 504 is a proxy's, about Ironic.
  const notNow = status === 503 || status === 429 || refusalOf(status, fault).passes;
  const outage = status === 502 || status === 504 || (retryOnOutage && status >= 500);
  const retryable = notNow || (idempotent && outage);
  // Any other 500 may pass, or may be a mistake in Ironic that stays.
  const maxAttempts = retryable ? undefined : idempotent && status === 500 ? SERVER_ERROR_ATTEMPTS : 1;
  return { error, maxAttempts, retryAfter: retryAfter(headers, Date.now()) };
}

function errorFromResponse(
  { method, path, body, headers }: ApiRequest,
  { status, headers: received }: ApiResponse,
  fault: string,
): IronicError {
  const context = { method, path: withoutQuery(path) };
  if (status === 404) return new NotFoundError(context, status, fault);
  if (status === 406) return notAcceptable(context, headers?.[VERSION_HEADER], received, fault, { path, body });
  const { reason, hint } = refusalOf(status, fault);
  const Class = errorClass(status, reason);
  return new Class(context, status, fault, hint, undefined, reason);
}

function errorClass(status: number, reason: RefusalReason): typeof IronicApiError {
  if (status === 401) return UnauthorizedError;
  if (status === 403) return ForbiddenError;
  if (reason === "locked" || reason === "transition") return NodeLockedError;
  return status === 409 ? ConflictError : IronicApiError;
}

/** Ironic says 406 to a microversion that it does not speak, and to a field or action that came with a newer one. */
function notAcceptable(
  context: IronicRequestContext,
  asked: string | undefined,
  received: ApiResponse["headers"],
  fault: string,
  { path, body }: Pick<ApiRequest, "path" | "body">,
): IronicError {
  const [minimum, maximum] = [
    received["x-openstack-ironic-api-minimum-version"],
    received["x-openstack-ironic-api-maximum-version"],
  ];
  const range = minimum !== undefined && maximum !== undefined ? { minimum, maximum } : undefined;
  if (asked !== undefined && range && !inRange(asked, range)) {
    return new MicroversionError(asked, range.minimum, range.maximum);
  }
  const spoken = asked === undefined ? "" : ` than ${asked}`;
  const known = range ? `; this Ironic speaks up to ${range.maximum}` : "";
  const newer = asked === undefined ? [] : newerFields(path, body, (needed) => compareVersions(asked, needed) < 0);
  const detail = newer.length > 0 ? newer.join(", ") : undefined;
  return new IronicApiError(context, 406, fault, `this may need a newer API microversion${spoken}${known}`, detail);
}
