import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { unlessAborted } from "./abort";
import type { AddressScope } from "./address-scope";
import { DeadlineExceeded, withDeadline } from "./deadline";
import { AddressRefused, Dispatchers, type DispatchersOptions, undici } from "./dispatchers";
import { Limiter } from "./limiter";

/** One HTTP request. */
export interface HttpRequest {
  /** Absolute, `http:` or `https:`. */
  readonly url: URL;
  /** Default `GET`. */
  readonly method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  /** A function opens the body's stream once for each time that the request is sent. */
  readonly body?: string | Uint8Array | (() => Readable);
  /** Milliseconds for this request, in place of the transport's `timeout`: a large body takes longer. */
  readonly timeout?: number;
  /** Bytes; the limit of the body of a success (2xx). */
  readonly maxBytes: number;
  /**
   * The address scope of the host that named this URL in a redirect or a challenge. The request then reaches remote addresses and
   * addresses of the same scope; it is refused when the URL's host is, or resolves to, any other. Default: any address, for URLs
   * that the user configured.
   */
  readonly leadFrom?: AddressScope;
  /** Not aborted once sent: its response tells whether a resource was created. */
  readonly ignoreAbortOnceSent?: boolean;
}

/** One HTTP response with its whole body. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** At most `maxErrorBytes` of it for statuses other than 2xx. */
  readonly body: Buffer;
  /** The URL of the request, after redirects. */
  readonly url: URL;
  /** The scope of the connection's remote address; through a proxy, of the host in the URL. */
  readonly peerScope: AddressScope;
  /** Set by retrying clients on the last response: the number of attempts. */
  readonly attempts?: number;
}

/** Header names in lower case; repeated headers joined (RFC 9110 section 5.3). */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** The body exceeds the request's limit. */
export class BodyTooLarge extends Error {
  constructor(
    readonly limit: number,
    readonly status: number,
  ) {
    super(`the body is longer than ${limit} bytes`);
  }
}

/** Plain HTTP to a host that is not configured for it. Nothing was sent. */
export class PlainHttpRefused extends Error {
  constructor(readonly host: string) {
    super(`${host} is not listed for plain HTTP`);
  }
}

/** A request without a complete response. `cause` is undici's, Node's or OpenSSL's error, or {@link DeadlineExceeded}. */
export class NetworkFailure extends Error {
  constructor(
    override readonly cause: unknown,
    /** Whether at least part of the request was sent: the server may have carried it out. */
    readonly sent: boolean,
    /** `host:port` of the proxy, without credentials. */
    readonly proxy: string | undefined,
  ) {
    super(sent ? "no complete response" : "no connection", { cause });
    this.proxyStatus = proxy === undefined ? undefined : statusOfProxy(cause);
  }

  /** The status of the proxy's refusal. */
  readonly proxyStatus: number | undefined;
}

/** undici reports a proxy's refusal in its message only. */
function statusOfProxy(cause: unknown): number | undefined {
  const pattern = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;
  const status = pattern.exec(String((cause as Error | undefined)?.message))?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Options of {@link Transport}. */
export interface TransportOptions extends Omit<DispatchersOptions, "connections" | "connectTimeout"> {
  /** Requests in flight per host, and sockets per host. Default: no bound. */
  readonly concurrency?: number;
  /** Milliseconds for one request: connecting, sending, and the whole body. */
  readonly timeout: number;
  /** Milliseconds between two chunks of a body. */
  readonly idleTimeout: number;
  /** Milliseconds for connecting, TLS included, within `timeout`. */
  readonly connectTimeout: number;
  /** Whether plain HTTP is allowed for a host, written as in a URL. */
  readonly allowsPlainHttp: (host: string) => boolean;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes; bodies of responses other than 2xx are cut there. Default 64 KiB. */
  readonly maxErrorBytes?: number;
}

const MAX_ERROR_BODY = 64 * 1024;

/** HTTP with pooled connections, bounded bodies and deadlines. It neither retries nor follows redirects. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #dispatchers: Dispatchers;
  readonly #limiters = new Map<string, Limiter>();

  constructor(options: TransportOptions) {
    this.#options = options;
    const { concurrency: connections, connectTimeout, timeout } = options;
    this.#dispatchers = new Dispatchers({
      ...options,
      connections,
      // The request's deadline comes first: undici's timers have a resolution of a second.
      connectTimeout: Math.min(connectTimeout, timeout + 1_000),
    });
  }

  /**
   * Sends one request and reads its whole response.
   * @throws {NetworkFailure | BodyTooLarge | PlainHttpRefused | AddressRefused} or the signal's reason
   * @throws {CertificateFileError | ProxyConfigurationError} for this machine's configuration
   */
  exchange(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    // Loading undici does not count towards the request's deadline.
    undici();
    const progress = { sent: false };
    const ignoreAbort = () => request.ignoreAbortOnceSent === true && progress.sent;
    const run = () =>
      withDeadline(
        request.timeout ?? this.#options.timeout,
        signal,
        (bounded) => this.#send(request, progress, bounded),
        ignoreAbort,
      );
    const limiter = this.#limiter(request.url.host);
    return limiter ? limiter.run(run, signal) : run();
  }

  /** Closes all connections; requests under way reject. */
  async close(): Promise<void> {
    await this.#dispatchers.close();
  }

  async #send(request: HttpRequest, progress: { sent: boolean }, signal: AbortSignal): Promise<HttpResponse> {
    const { url, leadFrom } = request;
    // Every request passes here, with a URL from configuration, a redirect or a token realm.
    if (url.protocol !== "https:" && !this.#options.allowsPlainHttp(url.host)) throw new PlainHttpRefused(url.host);
    const origin = await unlessAborted(this.#dispatchers.to(url, leadFrom), signal);
    try {
      const { status, headers, body } = await this.#dispatch(origin.dispatcher, request, progress, signal);
      return { status, headers: flatten(headers), body, url, peerScope: origin.peerScope() };
    } catch (error) {
      const isAbort = signal.aborted && error === signal.reason && !(error instanceof DeadlineExceeded);
      if (isAbort || error instanceof BodyTooLarge || error instanceof AddressRefused) throw error;
      throw new NetworkFailure(error, progress.sent, origin.proxy);
    }
  }

  #dispatch(dispatcher: Dispatcher, request: HttpRequest, progress: { sent: boolean }, signal: AbortSignal) {
    const { url, method = "GET", maxBytes } = request;
    const { idleTimeout, maxErrorBytes = MAX_ERROR_BODY } = this.#options;
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      let controller: Dispatcher.DispatchController | undefined;
      let response: { status: number; headers: IncomingHttpHeaders } | undefined;
      let chunks: Buffer[] = [];
      let length = 0;
      const end = (settle: () => void, because?: Error) => {
        signal.removeEventListener("abort", onAbort);
        settle();
        // Aborts a body that would continue. A request without a controller is aborted in onRequestStart.
        if (because) controller?.abort(because);
      };
      const onAbort = () => end(() => reject(signal.reason), signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      const options: Dispatcher.DispatchOptions = {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...this.#options.headers, ...request.headers },
        body: (typeof request.body === "function" ? request.body() : request.body) ?? null,
        headersTimeout: request.timeout ?? this.#options.timeout,
        bodyTimeout: idleTimeout,
      };
      dispatcher.dispatch(options, {
        onRequestStart(started) {
          controller = started;
          if (signal.aborted) return started.abort(signal.reason);
          progress.sent = true;
          [response, chunks, length] = [undefined, [], 0];
        },
        onResponseStart(_controller, status, headers) {
          // Informational responses (1xx) come before the real one.
          if (status >= 200) response = { status, headers };
        },
        onResponseData(_controller, chunk) {
          if (!response) return;
          length += chunk.length;
          const success = response.status < 300;
          chunks.push(chunk);
          if (length <= (success ? maxBytes : maxErrorBytes)) return;
          const tooLarge = new BodyTooLarge(maxBytes, response.status);
          const { status, headers } = response;
          // An error response is kept, cut: another error would hide its reason.
          const body = Buffer.concat(chunks, length).subarray(0, maxErrorBytes);
          end(() => (success ? reject(tooLarge) : resolve({ status, headers, body })), tooLarge);
        },
        onResponseEnd() {
          if (response) {
            const { status, headers } = response;
            end(() => resolve({ status, headers, body: Buffer.concat(chunks, length) }));
          }
        },
        onResponseError(_controller, error) {
          end(() => reject(error));
        },
      });
    });
  }

  #limiter(host: string): Limiter | undefined {
    const { concurrency } = this.#options;
    if (concurrency === undefined) return undefined;
    let limiter = this.#limiters.get(host);
    if (!limiter) {
      limiter = new Limiter(concurrency);
      this.#limiters.set(host, limiter);
    }
    return limiter;
  }
}

function flatten(headers: IncomingHttpHeaders): HttpHeaders {
  const flat: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
