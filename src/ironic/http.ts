import { readFileSync } from "node:fs";
import type { Agent } from "undici";
import type { IronicAuth } from "./auth";
import {
  ConflictError,
  IronicApiError,
  type IronicError,
  type IronicRequestContext,
  IronicUnavailableError,
  NodeLockedError,
  NotFoundError,
  UnauthorizedError,
  UnexpectedAnswerError,
} from "./errors";
import { sleep } from "./sleep";

export interface HttpOptions {
  /** Milliseconds for one request. Default 60,000: some requests wait for a BMC. */
  readonly timeout?: number | undefined;
  /** Milliseconds during which a locked node or a busy API is tried again. Default 120,000. */
  readonly retryFor?: number | undefined;
  /** A PEM file with the CA of the API's certificate. */
  readonly cacert?: string | undefined;
  /** Do not check the API's certificate. */
  readonly insecure?: boolean | undefined;
}

export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL; with query. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined when there was no body. */
  readonly content: unknown;
}

/** Retries start at this many milliseconds and grow to the second one. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
const MAX_BODY = 256 * 1024 * 1024;

/** Loaded with the first client: Terraform starts a provider several times a command, and half of them talk to nobody. */
const undici = () => require("undici") as typeof import("undici");

/**
 * HTTP as OpenStack's APIs want it: one 401 is answered with fresh credentials, a locked node and a 503 are tried again
 * within a bound. Neither has done anything yet, so every method may be repeated then; after a lost connection only
 * reads are.
 */
export class OpenStackHttp {
  readonly #base: string;
  readonly #auth: IronicAuth;
  readonly #agent: Agent;
  readonly #timeout: number;
  readonly #retryFor: number;

  constructor(base: string, auth: IronicAuth, options: HttpOptions = {}) {
    this.#base = base.replace(/\/+$/, "");
    this.#auth = auth;
    this.#timeout = options.timeout ?? 60_000;
    this.#retryFor = options.retryFor ?? 120_000;
    this.#agent = new (undici().Agent)({
      keepAliveTimeout: 10_000,
      headersTimeout: this.#timeout,
      bodyTimeout: this.#timeout,
      connect: {
        timeout: Math.min(this.#timeout, 30_000),
        ...(options.cacert !== undefined && { ca: readFileSync(options.cacert) }),
        ...(options.insecure && { rejectUnauthorized: false }),
      },
    });
  }

  /** The answer to a request, whatever its status below 400. */
  async ask(question: Question): Promise<Answer> {
    const deadline = Date.now() + this.#retryFor;
    let renewed = false;
    for (let wait = FIRST_WAIT; ; wait = Math.min(LONGEST_WAIT, wait * 1.7)) {
      question.signal?.throwIfAborted();
      let failure: { readonly error: IronicError; readonly again: boolean; readonly after?: number | undefined };
      try {
        const answer = await this.#send(question);
        if (answer.status < 400) return answer;
        if (answer.status === 401 && !renewed && this.#auth.refused()) {
          renewed = true;
          continue;
        }
        const error = toError(question, answer);
        failure = { error, again: isTransient(answer.status, error), after: retryAfter(answer) };
      } catch (error) {
        question.signal?.throwIfAborted();
        if (!isNetworkFault(error)) throw error;
        failure = { error: unreachable(this.#base, error), again: question.method === "GET" && !isFinal(error) };
      }
      const pause = failure.after ?? wait / 2 + (Math.random() * wait) / 2;
      if (!failure.again || Date.now() + pause > deadline) throw failure.error;
      await sleep(pause, question.signal);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send({ method, path, body, headers, signal }: Question): Promise<Answer> {
    const authorization = await this.#auth.headers(signal);
    const response = await undici().request(`${this.#base}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: {
        accept: "application/json",
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
        ...authorization,
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY)
        throw new UnexpectedAnswerError(`${method} ${withoutQuery(path)}: the answer does not end`);
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks, length).toString("utf8");
    const content = parse(text, response.statusCode, { method, path: withoutQuery(path) });
    return { status: response.statusCode, headers: response.headers, content };
  }
}

function withoutQuery(path: string): string {
  return path.split("?", 1)[0] ?? path;
}

function parse(text: string, status: number, context: IronicRequestContext): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's error page is no JSON; its status says enough.
    if (status >= 400) return undefined;
    throw new UnexpectedAnswerError(`${context.method} ${context.path}: the answer is not JSON`, {
      hint: "check the URL: something other than Ironic may be answering there",
    });
  }
}

function toError(question: Question, { status, content }: Answer): IronicApiError {
  const context = { method: question.method, path: withoutQuery(question.path) };
  const fault = faultOf(content) ?? "no reason given";
  if (status === 401 || status === 403) {
    return new UnauthorizedError(context, status, fault, "check the user name, password or token, and its roles");
  }
  if (status === 404) return new NotFoundError(context, status, fault);
  if (status === 409 && isLocked(fault)) {
    const hint = "something else works on this node: wait for it, or look at the node's reservation";
    return new NodeLockedError(context, status, fault, hint);
  }
  if (status === 409) return new ConflictError(context, status, fault);
  return new IronicApiError(context, status, fault);
}

/** Ironic's `error_message` is a JSON string with a `faultstring`; some middleware gives an object or plain text. */
export function faultOf(content: unknown): string | undefined {
  const message = (content as { error_message?: unknown; error?: { message?: unknown } } | undefined) ?? {};
  let inner: unknown = message.error_message ?? message.error?.message;
  if (typeof inner === "string") {
    try {
      inner = JSON.parse(inner);
    } catch {
      return inner === "" ? undefined : String(inner);
    }
  }
  const fault = (inner as { faultstring?: unknown } | undefined)?.faultstring;
  return typeof fault === "string" && fault !== "" ? fault : undefined;
}

function isLocked(fault: string): boolean {
  return /is locked by host|is associated with lock|reserved by|NodeLocked/i.test(fault);
}

function isTransient(status: number, error: IronicApiError): boolean {
  return status === 503 || status === 429 || error instanceof NodeLockedError;
}

function retryAfter({ headers }: Answer): number | undefined {
  const value = headers["retry-after"];
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) * 1000 : undefined;
}

function isNetworkFault(error: unknown): boolean {
  return error instanceof Error && (codeOf(error) !== undefined || error instanceof AggregateError);
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 4; depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === "string" && !code.startsWith("IRONIC_") && code !== "KEYSTONE") return code;
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return undefined;
}

/** Trying again changes nothing about these. */
function isFinal(error: unknown): boolean {
  return /^(ENOTFOUND|ECONNREFUSED|ERR_(SSL|TLS).*|.*CERT.*|.*SELF_SIGNED.*|UNABLE_TO_.*)$/.test(codeOf(error) ?? "");
}

function unreachable(base: string, cause: unknown): IronicUnavailableError {
  const code = codeOf(cause) ?? "unknown cause";
  const tls = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_/.test(code);
  return new IronicUnavailableError(`no answer from ${base} (${code})`, {
    cause,
    hint: tls
      ? "give the CA that signed the API's certificate (cacert)"
      : "check the URL, and that the API can be reached from here",
  });
}
