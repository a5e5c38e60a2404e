import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { unlessAborted } from "./abort";
import type { AddressScope } from "./address-scope";
import { DeadlineExceeded, withDeadline } from "./deadline";
import { AddressRefused, Dispatchers, type DispatchersOptions, undici } from "./dispatchers";
import { Limiter } from "./limiter";

export interface HttpRequest {
  readonly url: URL;
  /** Default `GET`. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The longest body of a success (2xx) that is taken, in bytes. */
  readonly maxBytes: number;
  /**
   * Where the host is that named this URL in a redirect or a challenge. The request then reaches remote addresses and those of
   * the same scope; it is refused when the URL's host is, or resolves to, another one. Default: any address, for URLs that the
   * user configured.
   */
  readonly leadFrom?: AddressScope;
  /** Once sent, wait for the response whatever the caller's signal says: it alone tells what the request created. */
  readonly ignoreAbortOnceSent?: boolean;
}

/** One HTTP response, its body read whole. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  /** Of other statuses than 2xx no more than `maxErrorBytes`. */
  readonly body: Buffer;
  /** The URL that gave this response. */
  readonly url: URL;
  /** Where it came from, by the address of the connection; behind a proxy by what is written in the URL. */
  readonly peerScope: AddressScope;
}

/** Header names in lower case; repeated headers joined as RFC 9110 section 5.3 has it. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** The body was longer than the request allows. */
export class BodyTooLarge extends Error {
  constructor(
    readonly limit: number,
    readonly status: number,
  ) {
    super(`the body is longer than ${limit} bytes`);
  }
}

/** Plain HTTP to a host that is not listed for it. Nothing was sent. */
export class PlainHttpRefused extends Error {
  constructor(readonly host: string) {
    super(`${host} is not listed for plain HTTP`);
  }
}

/** A request without a complete response. `cause` is undici's, Node's or OpenSSL's error, or {@link DeadlineExceeded}. */
export class NetworkFailure extends Error {
  constructor(
    override readonly cause: unknown,
    /** Whether the request had left, at least in part, so that the server may have carried it out. */
    readonly sent: boolean,
    /** `host:port` of the proxy between, without credentials. */
    readonly proxy: string | undefined,
  ) {
    super(sent ? "no complete response" : "no connection", { cause });
    this.proxyStatus = proxy === undefined ? undefined : statusOfProxy(cause);
  }

  /** The status that the proxy answered in place of letting the request through. */
  readonly proxyStatus: number | undefined;
}

/** undici tells a proxy's refusal in its message only. */
function statusOfProxy(cause: unknown): number | undefined {
  const pattern = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;
  const status = pattern.exec(String((cause as Error | undefined)?.message))?.[1];
  return status === undefined ? undefined : Number(status);
}

export interface TransportOptions extends Omit<DispatchersOptions, "connections" | "connectTimeout"> {
  /** Requests in flight per host, and sockets per host. Default: no bound. */
  readonly concurrency?: number;
  /** Milliseconds that one request may take, connecting included, to the last byte of its body. */
  readonly timeout: number;
  /** Milliseconds that may pass between two pieces of a body. */
  readonly idleTimeout: number;
  /** The longest time in milliseconds that a connection may take to stand, TLS included, within `timeout`. */
  readonly connectTimeout: number;
  /** Whether a host, as it stands in a URL, may be spoken to over plain HTTP. */
  readonly allowsPlainHttp: (host: string) => boolean;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** As much of the body of a response other than 2xx is read, in bytes; the rest is left. Default 64 KiB. */
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
      // The request's own deadline comes first; undici's timers are a second coarse.
      connectTimeout: Math.min(connectTimeout, timeout + 1_000),
    });
  }

  /**
   * Sends one request and reads its response whole. Rejects with {@link NetworkFailure}, BodyTooLarge, PlainHttpRefused,
   * AddressRefused, with the caller's reason once the signal has fired, or with what is wrong with a certificate file or a proxy
   * variable.
   */
  exchange(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    // Loading the code is no part of a request's time.
    undici();
    const progress = { sent: false };
    const ignoreAbort = () => request.ignoreAbortOnceSent === true && progress.sent;
    const run = () =>
      withDeadline(this.#options.timeout, signal, (bounded) => this.#send(request, progress, bounded), ignoreAbort);
    const limiter = this.#limiter(request.url.host);
    return limiter ? limiter.run(run, signal) : run();
  }

  async close(): Promise<void> {
    await this.#dispatchers.close();
  }

  async #send(request: HttpRequest, progress: { sent: boolean }, signal: AbortSignal): Promise<HttpResponse> {
    const { url, leadFrom } = request;
    // The one gate that every request passes, whatever named its URL: configuration, redirect or token realm.
    if (url.protocol !== "https:" && !this.#options.allowsPlainHttp(url.host)) throw new PlainHttpRefused(url.host);
    const route = await unlessAborted(this.#dispatchers.to(url, leadFrom), signal);
    try {
      const { status, headers, body } = await this.#dispatch(route.dispatcher, request, progress, signal);
      return { status, headers: flatten(headers), body, url, peerScope: route.peerScope() };
    } catch (error) {
      const isAbort = signal.aborted && error === signal.reason && !(error instanceof DeadlineExceeded);
      if (isAbort || error instanceof BodyTooLarge || error instanceof AddressRefused) throw error;
      throw new NetworkFailure(error, progress.sent, route.proxy);
    }
  }

  #dispatch(dispatcher: Dispatcher, request: HttpRequest, progress: { sent: boolean }, signal: AbortSignal) {
    const { url, method = "GET", maxBytes } = request;
    const { timeout, idleTimeout, maxErrorBytes = MAX_ERROR_BODY } = this.#options;
    return new Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>((resolve, reject) => {
      let controller: Dispatcher.DispatchController | undefined;
      let response: { status: number; headers: IncomingHttpHeaders } | undefined;
      let chunks: Buffer[] = [];
      let length = 0;
      const end = (settle: () => void, because?: Error) => {
        signal.removeEventListener("abort", onAbort);
        settle();
        // Ends a connection that would go on pouring. What has no controller yet is ended when it gets one.
        if (because) controller?.abort(because);
      };
      const onAbort = () => end(() => reject(signal.reason), signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      const options: Dispatcher.DispatchOptions = {
        origin: url.origin,
        path: `${url.pathname}${url.search}`,
        method,
        headers: { ...this.#options.headers, ...request.headers },
        body: request.body ?? null,
        headersTimeout: timeout,
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
          // An error of its own would hide what the response says.
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
