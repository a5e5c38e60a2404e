import { algorithmOf, type Digest, digestOf, isDigest, type Reference } from "../reference";
import { version } from "../version";
import { toError } from "./answer";
import { ANONYMOUS, Authenticator, type Keychain } from "./auth";
import { DigestMismatchError, type RegistryError, type RequestContext, UnexpectedResponseError } from "./errors";
import { toFailure } from "./failure";
import { OCI_INDEX, OCI_MANIFEST } from "./media-types";
import { followRedirect, isRedirect, MAX_REDIRECTS } from "./redirect";
import { type Attempt, DEFAULT_RETRY, isRetryableStatus, type RetryPolicy, retryAfter, withRetry } from "./retry";
import { type HttpAnswer, type HttpQuestion, Transport } from "./transport";

/** A manifest or index, exactly as the registry holds it, its bytes checked against its digest. */
export interface FetchedManifest {
  readonly digest: Digest;
  /** The answer's Content-Type, without parameters. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** The parsed JSON; always an object. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface RegistryClientOptions {
  /** `host` or `host:port` of the registries that are spoken to over plain HTTP; every other one gets HTTPS. */
  readonly plainHttp?: readonly string[];
  readonly credentials?: Keychain;
  /** Requests in flight per host. Default 8. */
  readonly concurrency?: number;
  /** Milliseconds for one request. Default 30,000. */
  readonly timeout?: number;
  readonly retry?: RetryPolicy;
}

/** What is known about a manifest or blob before it is fetched (OCI image-spec, "Descriptors"). */
export interface ExpectedContent {
  readonly digest: Digest;
  /** Bytes; unchecked when unknown. */
  readonly size?: number | undefined;
}

/** The distribution-spec asks registries to take manifests of at least 4 MiB; no client needs to read more. */
const MAX_MANIFEST = 4 * 1024 * 1024;
const MAX_TAG_PAGE = 4 * 1024 * 1024;
const MAX_TAG_PAGES = 10_000;

/**
 * Reads from OCI registries (distribution-spec 1.1, "Pull" and "Content Discovery").
 *
 * Every method rejects with a {@link RegistryError}, or with the signal's reason once that has fired.
 */
export class RegistryClient {
  readonly #plainHttp: ReadonlySet<string>;
  readonly #keychain: Keychain;
  readonly #retry: RetryPolicy;
  readonly #transport: Transport;
  readonly #authenticators = new Map<string, Authenticator>();

  constructor(options: RegistryClientOptions = {}) {
    this.#plainHttp = new Set((options.plainHttp ?? []).map((host) => host.toLowerCase()));
    this.#keychain = options.credentials ?? ANONYMOUS;
    this.#retry = options.retry ?? DEFAULT_RETRY;
    this.#transport = new Transport({
      concurrency: options.concurrency ?? 8,
      timeout: options.timeout ?? 30_000,
      userAgent: `cdktf-ironic-oci/${version}`,
    });
  }

  /**
   * Fetches what a reference points to: by digest if it has one, else by tag.
   * @param options.accept media types; by default index and manifest, as Ironic asks for a tag
   * @param options.size the manifest's size in bytes, where a descriptor told it
   */
  async getManifest(
    at: Reference,
    options: {
      readonly accept?: readonly string[];
      readonly size?: number | undefined;
      readonly signal?: AbortSignal | undefined;
    } = {},
  ): Promise<FetchedManifest> {
    const context = contextOf(at, at.digest ?? at.effectiveTag);
    const question = {
      url: this.#url(at, `manifests/${at.digest ?? at.effectiveTag}`),
      headers: { accept: (options.accept ?? [OCI_INDEX, OCI_MANIFEST]).join(", ") },
      maxBytes: MAX_MANIFEST,
    };
    const answer = await this.#read(question, at, context, options.signal);
    const digest = checkManifestDigest(answer, at.digest, context);
    checkSize(answer.body, options.size, context);
    const mediaType = (answer.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    return { digest, mediaType, size: answer.body.length, content: parseObject(answer.body, context) };
  }

  /** Fetches a whole blob that is known to be small, such as an image's configuration. */
  async getBlob(
    repository: Reference,
    expected: ExpectedContent,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Buffer> {
    const context = contextOf(repository, expected.digest);
    if (expected.size !== undefined && expected.size > options.maxBytes) {
      throw new UnexpectedResponseError(
        context,
        `a blob of ${expected.size} bytes where ${options.maxBytes} would be much`,
      );
    }
    const question = { url: this.#url(repository, `blobs/${expected.digest}`), maxBytes: options.maxBytes };
    const { body } = await this.#read(question, repository, context, options.signal);
    const actual = digestOf(body, algorithmOf(expected.digest));
    if (actual !== expected.digest) throw mismatch(context, "the blob's bytes have", actual);
    checkSize(body, expected.size, context);
    return body;
  }

  /** Every tag of a repository, in the registry's order, over as many pages as there are. */
  async listTags(
    repository: Reference,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string[]> {
    const context = contextOf(repository, undefined);
    const tags: string[] = [];
    const visited = new Set<string>();
    let next: URL | undefined = this.#url(repository, "tags/list");
    while (next) {
      if (visited.has(next.href) || visited.size >= MAX_TAG_PAGES) {
        throw new UnexpectedResponseError(context, "the list of tags never ends: its pages go in a circle");
      }
      visited.add(next.href);
      const answer: HttpAnswer = await this.#read(
        { url: next, maxBytes: MAX_TAG_PAGE },
        repository,
        context,
        options.signal,
      );
      const page = parseObject(answer.body, context).tags ?? [];
      if (!Array.isArray(page) || !page.every((tag) => typeof tag === "string")) {
        throw new UnexpectedResponseError(context, "the registry's list of tags is not a list of strings");
      }
      tags.push(...page);
      next = nextPage(answer, next, context);
    }
    return tags;
  }

  /** Closes every connection. The client can't be used afterwards. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #url(at: Reference, path: string): URL {
    return new URL(`/v2/${at.repository}/${path}`, this.#base(at.registry));
  }

  #base(registry: string): URL {
    return new URL(`${this.#plainHttp.has(registry) ? "http" : "https"}://${registry}`);
  }

  /** A successful, authenticated, redirect-free answer. */
  async #read(
    question: HttpQuestion,
    at: Reference,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const answer = await this.#authenticator(at.registry).ask(question, context, signal);
    if (answer.status !== 200) throw toError(answer, context);
    const encoding = answer.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      throw new UnexpectedResponseError(
        context,
        `the answer is compressed (${printable(encoding)}), which was not asked for`,
      );
    }
    return answer;
  }

  #authenticator(registry: string): Authenticator {
    let authenticator = this.#authenticators.get(registry);
    if (!authenticator) {
      authenticator = new Authenticator(this.#base(registry), this.#keychain, (question, context, signal) =>
        this.#sendFollowing(question, context, signal),
      );
      this.#authenticators.set(registry, authenticator);
    }
    return authenticator;
  }

  async #sendFollowing(question: HttpQuestion, context: RequestContext, signal?: AbortSignal): Promise<HttpAnswer> {
    let current = question;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await this.#sendRetrying(current, context, signal);
      if (!isRedirect(answer.status) || question.method === "POST") return answer;
      current = followRedirect(current, answer, context);
    }
    throw new UnexpectedResponseError(context, `the registry redirects more than ${MAX_REDIRECTS} times`);
  }

  /** One request with the retries it is allowed. Tokens are fetched with POST too, and that is repeatable as well. */
  #sendRetrying(question: HttpQuestion, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    return withRetry(this.#retry, signal, async (): Promise<Attempt<HttpAnswer>> => {
      let answer: HttpAnswer;
      try {
        answer = await this.#transport.exchange(question, signal);
      } catch (error) {
        // The caller's own abort is no fault of the registry's: its reason goes out as it is.
        signal?.throwIfAborted();
        const failure = toFailure(error, context);
        if (!failure.retryable) throw failure.error;
        return { again: error, last: () => fail(failure.error) };
      }
      if (!isRetryableStatus(answer.status)) return { done: answer };
      return { again: answer.status, retryAfter: retryAfter(answer.headers, Date.now()), last: () => answer };
    });
  }
}

function fail(error: RegistryError): never {
  throw error;
}

function contextOf(at: Reference, reference: string | undefined): RequestContext {
  return { registry: at.registry, repository: at.repository, reference };
}

/**
 * The digest that the bytes really have, held against the one asked for and the one the registry claims. A registry
 * may answer a tag with a sha512 of its choice; then that is the manifest's name.
 */
function checkManifestDigest(answer: HttpAnswer, asked: Digest | undefined, context: RequestContext): Digest {
  const claimed = answer.headers["docker-content-digest"];
  if (claimed !== undefined && !isDigest(claimed)) {
    throw new UnexpectedResponseError(context, "the Docker-Content-Digest header is no digest");
  }
  if (asked) {
    const actual = digestOf(answer.body, algorithmOf(asked));
    if (actual !== asked) throw mismatch(context, "the manifest's bytes have", actual);
  }
  if (claimed !== undefined) {
    const actual = digestOf(answer.body, algorithmOf(claimed));
    if (actual !== claimed)
      throw mismatch(context, `the registry claims ${claimed}, and the manifest's bytes have`, actual);
  }
  return asked ?? claimed ?? digestOf(answer.body);
}

function checkSize(body: Buffer, expected: number | undefined, context: RequestContext): void {
  if (expected !== undefined && body.length !== expected) {
    throw new DigestMismatchError(context, `the descriptor says ${expected} bytes, and ${body.length} came`, {
      hint: "whoever pushed the index wrote a wrong size: push it again",
    });
  }
}

function mismatch(context: RequestContext, what: string, actual: Digest): DigestMismatchError {
  return new DigestMismatchError(context, `${what} ${actual}`, {
    hint: "the registry, or something between it and this machine, changes or damages what it serves: do not use it",
  });
}

function parseObject(body: Buffer, context: RequestContext): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new UnexpectedResponseError(context, "the answer is not JSON", { cause });
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UnexpectedResponseError(context, "the answer is no JSON object");
  }
  return content as Record<string, unknown>;
}

/** RFC 8288: `Link: </v2/…?last=x>; rel="next"`. Only the same origin is followed: a page is no place to be sent away. */
function nextPage(answer: HttpAnswer, current: URL, context: RequestContext): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(answer.headers.link ?? "")?.[1];
  if (target === undefined) return undefined;
  let url: URL;
  try {
    url = new URL(target, current);
  } catch {
    throw new UnexpectedResponseError(context, "the link to the next page of tags is no URL");
  }
  if (url.origin !== current.origin) {
    throw new UnexpectedResponseError(context, `the next page of tags is on another host (${url.host})`);
  }
  return url;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 40);
}
