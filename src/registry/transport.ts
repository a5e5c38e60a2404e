import { Agent, request } from "undici";
import { withDeadline } from "./deadline";
import { Limiter } from "./limiter";

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
  /** The longest body that is read, in bytes. */
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

export interface TransportOptions {
  /** Requests in flight per host, and sockets per host. */
  readonly concurrency: number;
  /** Milliseconds that one request may take, from its first byte out to its last byte in. */
  readonly timeout: number;
  readonly userAgent: string;
}

/** HTTP as this room needs it: pooled connections, bounded bodies, deadlines, no surprises. It never retries. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #agent: Agent;
  readonly #limiters = new Map<string, Limiter>();

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#agent = new Agent({ connections: options.concurrency, pipelining: 1, keepAliveTimeout: 10_000 });
  }

  /** Sends one request and reads its answer whole; rejects with undici's errors, DeadlineExceeded or BodyTooLarge. */
  exchange(question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer> {
    const run = () => withDeadline(this.#options.timeout, signal, (bounded) => this.#send(question, bounded));
    return this.#limiter(question.url.host).run(run, signal);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(question: HttpQuestion, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await request(question.url, {
      dispatcher: this.#agent,
      method: question.method ?? "GET",
      headers: { "user-agent": this.#options.userAgent, ...question.headers },
      body: question.body ?? null,
      signal,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      // Leaving the loop destroys the stream, and with it a connection that would go on pouring.
      if (length > question.maxBytes) throw new BodyTooLarge(question.maxBytes);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode,
      headers: flatten(response.headers),
      body: Buffer.concat(chunks, length),
      url: question.url,
    };
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

function flatten(headers: Record<string, string | string[] | undefined>): HttpHeaders {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}
