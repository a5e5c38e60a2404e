import { request } from "undici";
import { withDeadline } from "./deadline";
import { Limiter } from "./limiter";
import { Routes, type RoutesOptions } from "./routes";

/** One HTTP answer, read whole. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Buffer;
  /** The URL that gave this answer. */
  readonly url: URL;
}

export interface HttpQuestion {
  readonly url: URL;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The longest body that is taken, in bytes; what comes with another status than 200 has a bound of its own. */
  readonly maxBytes: number;
}

/** Header names in lower case; repeated headers joined as RFC 9110 section 5.3 has it. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** The body was longer than what was asked for. */
export class BodyTooLarge extends Error {
  constructor(readonly limit: number) {
    super(`the body is longer than ${limit} bytes`);
  }
}

/** Plain HTTP to a host that is not listed for it. Nothing was sent. */
export class PlainHttpRefused extends Error {
  constructor(readonly host: string) {
    super(`${host} is not listed for plain HTTP`);
  }
}

/** What went wrong did so on the way through a proxy. */
export class ProxyFailure extends Error {
  constructor(
    /** `host:port`, without credentials. */
    readonly proxy: string,
    cause: unknown,
  ) {
    super(`through the proxy ${proxy}`, { cause });
  }
}

export interface TransportOptions extends Omit<RoutesOptions, "connections"> {
  /** Requests in flight per host, and sockets per host. */
  readonly concurrency: number;
  /** Milliseconds that one request may take, from its first byte out to its last byte in. */
  readonly timeout: number;
  /** Milliseconds that may pass between two pieces of a body. */
  readonly idleTimeout: number;
  /** Hosts that may be spoken to over plain HTTP, as they stand in a URL. */
  readonly plainHttp: ReadonlySet<string>;
  readonly userAgent: string;
}

const MAX_ERROR_BODY = 64 * 1024;

/** HTTP as this room needs it: pooled connections, bounded bodies, deadlines, no surprises. It never retries. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #routes: Routes;
  readonly #limiters = new Map<string, Limiter>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#routes = new Routes({ ...options, connections: options.concurrency });
  }

  /**
   * Sends one request and reads its answer whole. Rejects with undici's errors, ProxyFailure around them,
   * DeadlineExceeded, BodyTooLarge, PlainHttpRefused, or with what is wrong with a certificate file or proxy variable.
   */
  exchange(question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer> {
    const run = () => withDeadline(this.#options.timeout, signal, (bounded) => this.#send(question, bounded));
    return this.#limiter(question.url.host).run(run, signal);
  }

  async close(): Promise<void> {
    await this.#routes.close();
  }

  async #send(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    const { url, maxBytes } = question;
    // The one gate that every request passes, whoever named its URL: configuration, redirect or token realm.
    if (url.protocol !== "https:" && !this.#options.plainHttp.has(url.host)) throw new PlainHttpRefused(url.host);
    const { dispatcher, proxy } = await this.#routes.to(url);
    try {
      const response = await request(url, {
        dispatcher,
        method: question.method ?? "GET",
        headers: { "user-agent": this.#options.userAgent, ...question.headers },
        body: question.body ?? null,
        signal,
        bodyTimeout: this.#options.idleTimeout,
        headersTimeout: this.#options.timeout,
      });
      const pieces = response.body as AsyncIterable<Buffer>;
      const body =
        response.statusCode === 200 ? await readBounded(pieces, maxBytes) : await readUpTo(pieces, MAX_ERROR_BODY);
      return { status: response.statusCode, headers: flatten(response.headers), body, url };
    } catch (error) {
      if (proxy === undefined || signal.aborted || error instanceof BodyTooLarge) throw error;
      throw new ProxyFailure(proxy, error);
    }
  }

  #limiter(host: string): Limiter {
    let limiter = this.#limiters.get(host);
    if (!limiter) {
      limiter = new Limiter(this.#options.concurrency);
      this.#limiters.set(host, limiter);
    }
    return limiter;
  }
}

/** What an answer that is no success says of itself: as much as is worth reading, and no error of its own if it is more. */
async function readUpTo(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    // Leaving the loop destroys the stream, and with it a connection that would go on pouring.
    if (length > maxBytes) throw new BodyTooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

function flatten(headers: Record<string, string | string[] | undefined>): HttpHeaders {
  const flat: Record<string, string | undefined> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
