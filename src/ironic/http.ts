import {
  BodyTooLarge,
  type Environment,
  isRedirect,
  jsonDepth,
  NetworkFailure,
  type RetryPolicy,
  readAuthorities,
  retryAfter,
  SharedPromise,
  type TlsSettings,
  Transport,
  withRetry,
} from "../net";
import { Secrets } from "../text";
import type { IronicAuth } from "./auth";
import {
  CHECK_URL,
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
import { inRange } from "./microversion";
import { isPermanent, mayHaveBeenSent, unreachable } from "./network";
import { type Refusal, type RefusalReason, refusalOf } from "./refusals";
import { learnSecrets } from "./secret-fields";
import { withoutStepArgs } from "./steps";
import { readTlsFiles, type TlsOptions } from "./tls";

export interface HttpOptions extends TlsOptions {
  /** Milliseconds for one request, connecting included. Default 60,000: some requests wait for a BMC. */
  readonly timeout?: number | undefined;
  /** Milliseconds during which requests for a locked node or to a busy API are retried. Default 120,000. */
  readonly retryFor?: number | undefined;
  /** The source of `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and `SSL_CERT_FILE`. Default: `process.env`. */
  readonly environment?: Environment | undefined;
  /** Secrets that no text of the service may show; learns those of requests. Default: those of requests and authorization alone. */
  readonly secrets?: Secrets | undefined;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL; with query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** Whether the request may be carried out twice: it is then retried after a lost connection. Default: true for GET. */
  readonly idempotent?: boolean;
  /** Also retry refused connections and every 5xx, as during a restart of the API. For reads. */
  readonly retryOnOutage?: boolean;
  /** Not aborted once sent: its response tells whether the resource was created. */
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
  /** 1: the request is not sent again. Undefined: as often as the policy allows. */
  readonly maxAttempts?: number | undefined;
  /** The response's Retry-After. */
  readonly retryAfterMs?: number | undefined;
}

/** Milliseconds during which requests to a busy API are retried. */
export const DEFAULT_RETRY_FOR = 120_000;
/** Pauses start at this many milliseconds and grow to the second one; jittered. */
const BASE_DELAY = 250;
const MAX_DELAY = 5_000;
/** Milliseconds for TCP and TLS. */
const CONNECT_TIMEOUT = 30_000;
/** The most attempts for an idempotent request that Ironic responds to with 500. */
const SERVER_ERROR_ATTEMPTS = 4;
/** The same for an error that Ironic hides, and that may be a busy database: half a minute. */
const HIDDEN_ERROR_ATTEMPTS = 10;
export const VERSION_HEADER = "x-openstack-ironic-api-version";
/** The longest response, and the longest list over all of its pages, in bytes. */
export const MAX_BODY = 256 * 1024 * 1024;
/** Bytes. Validation errors quote the refused values. */
const MAX_ERROR_BODY = 1024 * 1024;
/** Lists and objects in each other. Ironic's own have less than twenty, and a network configuration not many more. */
const MAX_DEPTH = 200;

/**
 * HTTP for OpenStack's APIs. After the first 401 a request is sent again with a new token; after a 409 for a locked node, a 429 or
 * a 503 it is retried within `retryFor`. The API has changed nothing then, so requests of every method are retried; after a lost
 * connection, or a proxy's 502 or 504, only idempotent ones are.
 */
export class OpenStackHttp {
  readonly #base: string;
  readonly #auth: IronicAuth;
  readonly #transport: Transport;
  readonly #retry: RetryPolicy;
  readonly #tlsFiles: SharedPromise<TlsSettings>;
  readonly #secrets: Secrets;

  constructor(base: string, auth: IronicAuth, options: HttpOptions = {}) {
    const { timeout = 60_000, retryFor = DEFAULT_RETRY_FOR, environment = process.env } = options;
    this.#base = base;
    this.#auth = auth;
    this.#secrets = options.secrets ?? new Secrets(...(auth.secrets ? [auth.secrets] : []));
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
      // The user configured the URL, and redirects are not followed.
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

  /**
   * Sends a request; the response has a status below 400.
   * @throws {IronicError | CertificateFileError | ProxyConfigurationError} or the signal's reason
   */
  async send(request: ApiRequest): Promise<ApiResponse> {
    // Certificate files are checked for plain HTTP, too.
    await this.#tlsFiles.get(request.signal);
    learnSecrets(this.#secrets, request.body);
    let renewed = false;
    return withRetry(this.#retry, request.signal, async () => {
      for (;;) {
        request.signal?.throwIfAborted();
        const authorization = await this.#auth.headers(request.signal);
        // The second word of `Basic abc` is the secret.
        for (const value of Object.values(authorization)) this.#secrets.add(value.replace(/^Basic /, ""));
        const outcome = await this.#attempt(request, authorization);
        if ("status" in outcome) {
          if (outcome.status < 400) return { value: outcome };
          if (outcome.status === 401 && !renewed && this.#auth.refused(authorization)) {
            renewed = true;
            continue;
          }
        }
        const failure = "status" in outcome ? failureFromResponse(request, outcome, this.#secrets) : outcome;
        return {
          onExhausted: () => {
            throw failure.error;
          },
          retryAfterMs: failure.retryAfterMs,
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
      throw error instanceof BodyTooLarge ? tooLong(context, error) : error;
    });
    const { status, headers: received, body: bytes } = response;
    refuseRedirect(status, received.location, `${this.#base}${context.path}`, context);
    return { status, headers: received, content: parse(bytes.toString("utf8"), status, context), size: bytes.length };
  }
}

function withoutQuery(path: string): string {
  return path.split("?", 1)[0] ?? path;
}

function tooLong({ method, path }: IronicRequestContext, { limit }: BodyTooLarge): UnexpectedAnswerError {
  return new UnexpectedAnswerError(`${method} ${path}: the response is longer than ${limit} bytes`, {
    hint: CHECK_URL,
  });
}

function parse(text: string, status: number, context: IronicRequestContext): unknown {
  if (text === "") return undefined;
  if (jsonDepth(text) > MAX_DEPTH) {
    throw new UnexpectedAnswerError(
      `${context.method} ${context.path}: the response has lists and objects nested deeper than ${MAX_DEPTH}`,
      { hint: CHECK_URL },
    );
  }
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page is not JSON.
    if (status >= 400) return text;
    throw new UnexpectedAnswerError(`${context.method} ${context.path}: the response is not JSON`, {
      hint: CHECK_URL,
    });
  }
}

/** Ironic never redirects, and following a redirect would send the credentials to another server. */
function refuseRedirect(status: number, location: unknown, url: string, context: IronicRequestContext): void {
  if (!isRedirect(status)) return;
  const to = typeof location === "string" && URL.canParse(location, url) ? new URL(location, url) : undefined;
  throw new UnexpectedAnswerError(`${context.method} ${context.path}: the response is a redirect (${status})`, {
    hint: to ? `it points to ${to.origin}${to.pathname}: if that is Ironic, give that URL` : CHECK_URL,
  });
}

/** The error of a response, and whether the request is retried. */
function failureFromResponse(request: ApiRequest, response: ApiResponse, secrets: Secrets): Failure {
  const { method, retryOnOutage = false, idempotent = method === "GET" } = request;
  const { status, content, headers } = response;
  const fault = faultOf(content, (text) => secrets.mask(withoutStepArgs(text))) ?? "no reason given";
  const refusal = refusalOf(status, fault);
  const error = errorFromResponse(request, response, fault, refusal);
  // Not now: nothing has been done, and every method may be repeated. A 502 or 504 is a proxy's, about Ironic.
  const notNow = status === 503 || status === 429 || refusal.isTransient;
  const outage = status === 502 || status === 504 || (retryOnOutage && status >= 500);
  const retryable = notNow || (idempotent && outage);
  // Any other 500 may be transient, or a permanent fault of Ironic.
  const attempts = refusal.reason === "conductor" ? HIDDEN_ERROR_ATTEMPTS : SERVER_ERROR_ATTEMPTS;
  const maxAttempts = retryable ? undefined : idempotent && status === 500 ? attempts : 1;
  return { error, maxAttempts, retryAfterMs: retryAfter(headers, Date.now()) };
}

function errorFromResponse(
  { method, path, headers }: ApiRequest,
  { status, headers: received }: ApiResponse,
  fault: string,
  { reason, hint }: Refusal,
): IronicError {
  const context = { method, path: withoutQuery(path) };
  if (status === 404) return new NotFoundError(context, status, fault);
  if (status === 406) return notAcceptable(context, headers?.[VERSION_HEADER], received, fault);
  const Class = errorClass(status, reason);
  // What is patched is known already.
  const advice = reason === "exists" && method === "PATCH" ? TAKEN : hint;
  return new Class(context, status, fault, advice, reason);
}

const TAKEN =
  "another object has this name or address: where that one gets another in the same apply, apply again; where two swap theirs, give one of them a third value first";

function errorClass(status: number, reason: RefusalReason): typeof IronicApiError {
  if (status === 401) return UnauthorizedError;
  if (status === 403) return ForbiddenError;
  if (reason === "locked" || reason === "transition") return NodeLockedError;
  return status === 409 ? ConflictError : IronicApiError;
}

/** Ironic responds with 406 to an unsupported microversion, and to an action, or a field that needs.ts does not know, that needs a newer one. */
function notAcceptable(
  context: IronicRequestContext,
  requested: string | undefined,
  received: ApiResponse["headers"],
  fault: string,
): IronicError {
  const [minimum, maximum] = [
    received["x-openstack-ironic-api-minimum-version"],
    received["x-openstack-ironic-api-maximum-version"],
  ];
  const range = minimum !== undefined && maximum !== undefined ? { minimum, maximum } : undefined;
  if (requested !== undefined && range && !inRange(requested, range)) {
    return new MicroversionError(requested, range.minimum, range.maximum);
  }
  const used = requested === undefined ? "" : ` than ${requested}`;
  const newest = range ? `; this Ironic supports up to ${range.maximum}` : "";
  return new IronicApiError(context, 406, fault, `this may need a newer API microversion${used}${newest}`);
}
