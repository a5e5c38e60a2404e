import { readFileSync } from "node:fs";
import type { Agent } from "undici";
import type { IronicAuth } from "./auth";
import {
  ConflictError,
  IronicApiError,
  IronicError,
  type IronicRequestContext,
  MicroversionError,
  NodeLockedError,
  NotFoundError,
  SettingsError,
  UnauthorizedError,
  UnexpectedAnswerError,
} from "./errors";
import { faultOf } from "./fault";
import { inRange } from "./microversion";
import { codeOf, isFinal, isLeft, unreachable } from "./network";
import { redact } from "./redact";
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
  /** Whether doing it twice does no harm. Default: for GET. */
  readonly repeatable?: boolean;
  /** Sit out a restart of the API: refused connections and every 5xx are tried again too. For reads. */
  readonly patient?: boolean;
  /** Once sent, the answer is waited for, whatever the signal says: it alone names what was made. */
  readonly finish?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; the text of an error that is not JSON; undefined when there was no body. */
  readonly content: unknown;
}

interface Failure {
  readonly error: IronicError;
  readonly again: boolean;
  /** Milliseconds that the server asks for. */
  readonly after?: number | undefined;
}

/** Retries start at this many milliseconds and grow to the second one. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
export const VERSION_HEADER = "x-openstack-ironic-api-version";
const MAX_BODY = 256 * 1024 * 1024;

/** Loaded with the first client: Terraform starts a provider several times a command, and half of them talk to nobody. */
const undici = () => require("undici") as typeof import("undici");

/**
 * HTTP as OpenStack's APIs want it: one 401 is answered with fresh credentials, a locked node and a 503 are tried again
 * within a bound. Neither has done anything yet, so every method may be repeated then; after a lost connection, or when a
 * proxy lost its own, only what does no harm twice is.
 */
export class OpenStackHttp {
  readonly #base: string;
  readonly #auth: IronicAuth;
  readonly #agent: Agent;
  readonly #timeout: number;
  readonly #retryFor: number;

  constructor(base: string, auth: IronicAuth, options: HttpOptions = {}) {
    this.#base = base;
    this.#auth = auth;
    this.#timeout = options.timeout ?? 60_000;
    this.#retryFor = options.retryFor ?? 120_000;
    this.#agent = new (undici().Agent)({
      keepAliveTimeout: 10_000,
      headersTimeout: this.#timeout,
      bodyTimeout: this.#timeout,
      connect: {
        timeout: Math.min(this.#timeout, 30_000),
        ...(options.cacert !== undefined && { ca: readCa(options.cacert) }),
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
      const authorization = await this.#auth.headers(question.signal);
      const outcome = await this.#try(question, authorization);
      if ("status" in outcome) {
        if (outcome.status < 400) return outcome;
        if (outcome.status === 401 && !renewed && this.#auth.refused(authorization)) {
          renewed = true;
          continue;
        }
      }
      const failure = "status" in outcome ? refusal(question, outcome, authorization) : outcome;
      // No shorter than the server asks for, and never without a pause, whatever it asks for.
      const pause = Math.max(failure.after ?? 0, wait / 2 + (Math.random() * wait) / 2);
      if (!failure.again || Date.now() + pause > deadline) throw failure.error;
      await sleep(pause, question.signal);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #try(question: Question, authorization: Readonly<Record<string, string>>): Promise<Answer | Failure> {
    try {
      return await this.#send(question, authorization);
    } catch (error) {
      question.signal?.throwIfAborted();
      if (error instanceof IronicError || codeOf(error) === undefined) throw error;
      const { method, repeatable = method === "GET", patient = false } = question;
      const again = repeatable && !isFinal(error, patient);
      return { error: unreachable(this.#base, error, !repeatable && isLeft(error)), again };
    }
  }

  async #send(
    { method, path, body, headers, signal, finish = false }: Question,
    authorization: Readonly<Record<string, string>>,
  ): Promise<Answer> {
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
      signal: finish ? null : (signal ?? null),
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
    const context = { method, path: withoutQuery(path) };
    refuseRedirect(response.statusCode, response.headers.location, `${this.#base}${context.path}`, context);
    const content = parse(text, response.statusCode, context);
    return { status: response.statusCode, headers: response.headers, content };
  }
}

function readCa(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SettingsError(`the CA file ${path} can't be read (${codeOf(error)})`, {
      hint: "cacert names a PEM file with the CA of the API's certificate",
    });
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
    // A proxy's error page is no JSON.
    if (status >= 400) return text;
    throw new UnexpectedAnswerError(`${context.method} ${context.path}: the answer is not JSON`, {
      hint: "check the URL: something other than Ironic may be answering there",
    });
  }
}

/** Ironic never redirects, and following would take credentials to wherever it points. */
function refuseRedirect(status: number, location: unknown, url: string, context: IronicRequestContext): void {
  if (![301, 302, 303, 307, 308].includes(status)) return;
  const to = typeof location === "string" && URL.canParse(location, url) ? new URL(location, url) : undefined;
  throw new UnexpectedAnswerError(`${context.method} ${context.path}: the answer is a redirect (${status})`, {
    hint: to
      ? `it points to ${to.origin}${to.pathname}: if that is Ironic, give that URL`
      : "check the URL: something other than Ironic may be answering there",
  });
}

/** What an error's status means, in an error's class and in whether to try again. */
function refusal(question: Question, answer: Answer, authorization: Readonly<Record<string, string>>): Failure {
  const { method, body, patient = false, repeatable = method === "GET" } = question;
  const { status, content } = answer;
  const fault = redact(faultOf(content) ?? "no reason given", body, authorization);
  const error = toError(question, answer, fault);
  // Ironic's own words for "not now", and everybody's; nothing has been done. A 502 or 504 is a proxy's, about Ironic.
  const notNow = status === 503 || status === 429 || error instanceof NodeLockedError;
  const again = notNow || (repeatable && (status === 502 || status === 504 || (patient && status >= 500)));
  return { error, again, after: retryAfter(answer) };
}

function toError({ method, path, headers }: Question, { status, headers: told }: Answer, fault: string): IronicError {
  const context = { method, path: withoutQuery(path) };
  if (status === 401 || status === 403) {
    return new UnauthorizedError(context, status, fault, "check the user name, password or token, and its roles");
  }
  if (status === 404) return new NotFoundError(context, status, fault);
  if (status === 406) return notAcceptable(context, headers?.[VERSION_HEADER], told, fault);
  if (status === 409 && isLocked(fault)) {
    const hint = "something else works on this node: wait for it, or look at the node's reservation";
    return new NodeLockedError(context, status, fault, hint);
  }
  if (status === 409) return new ConflictError(context, status, fault);
  return new IronicApiError(context, status, fault);
}

/** Ironic says 406 to a microversion that it does not speak, and to a field or action that came with a newer one. */
function notAcceptable(
  context: IronicRequestContext,
  asked: string | undefined,
  told: Answer["headers"],
  fault: string,
): IronicError {
  const [minimum, maximum] = [
    told["x-openstack-ironic-api-minimum-version"],
    told["x-openstack-ironic-api-maximum-version"],
  ];
  const range = typeof minimum === "string" && typeof maximum === "string" ? { minimum, maximum } : undefined;
  if (asked !== undefined && range && !inRange(asked, range)) {
    return new MicroversionError(asked, range.minimum, range.maximum);
  }
  const spoken = asked === undefined ? "" : ` than ${asked}`;
  const known = range ? `; this Ironic speaks up to ${range.maximum}` : "";
  return new IronicApiError(context, 406, fault, `this may need a newer API microversion${spoken}${known}`);
}

/** Ironic's NodeLocked, ParentNodeLocked and ChildNodeLocked: whole sentences, since names are quoted in others. */
function isLocked(fault: string): boolean {
  return /is (locked by host .*|presently locked and .*)please retry after the current operation is completed/i.test(
    fault,
  );
}

/** Seconds, or a date of HTTP's (RFC 9110, section 10.2.3), as milliseconds from now. */
function retryAfter({ headers }: Answer): number | undefined {
  const value = headers["retry-after"];
  if (typeof value !== "string") return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  return /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Math.max(0, Date.parse(value) - Date.now()) : undefined;
}
