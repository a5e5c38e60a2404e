import { algorithmOf, type Digest, digestOf, isDigest, Reference } from "../reference";
import { version } from "../version";
import { toError } from "./answer";
import { ANONYMOUS, Authenticator, type Keychain } from "./auth";
import {
  askedRegistry,
  DigestMismatchError,
  type RequestContext,
  SizeMismatchError,
  UnexpectedResponseError,
} from "./errors";
import { toFailure } from "./failure";
import type { Environment } from "./http/proxy";
import { followRedirect, isRedirect, MAX_REDIRECTS } from "./http/redirect";
import { type Attempt, DEFAULT_RETRY, isRetryableStatus, type RetryPolicy, retryAfter, withRetry } from "./http/retry";
import { type HttpAnswer, type HttpQuestion, Transport } from "./http/transport";
import { defaultCertificateFolders, type TlsPolicy } from "./http/trust";
import { OCI_INDEX, OCI_MANIFEST } from "./media-types";
import { Mirrors } from "./mirrors";

/** A manifest or index, exactly as the registry holds it, its bytes checked against its digest. */
export interface FetchedManifest {
  readonly digest: Digest;
  /** Whether the registry sent a Docker-Content-Digest: a client that can't compute digests depends on it. */
  readonly hasDigestHeader: boolean;
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
  /** Default: none for anybody. */
  readonly credentials?: Keychain;
  /**
   * Registries that another one serves: `{ "quay.io": "mirror.example" }`, or `"mirror.example/quay"` where the mirror
   * keeps them under a path. The mirror's credentials, certificates and `plainHttp` count; references stay what they are.
   */
  readonly mirrors?: Readonly<Record<string, string>>;
  /** Requests in flight per host. Default 8. */
  readonly concurrency?: number;
  /** Milliseconds for one request. Default 30,000; more than 24 days are 24 days. */
  readonly timeout?: number;
  /** Milliseconds without a byte inside a body. Default 10,000, and never more than `timeout`. */
  readonly idleTimeout?: number;
  /** Default: ten tries over some 15 seconds. */
  readonly retry?: Partial<RetryPolicy>;
  /** Where `SSL_CERT_FILE`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read. Default: this process's own. */
  readonly environment?: Environment;
  /** Folders of certificates by registry. Default: Docker's and podman's, the machine's before the user's. */
  readonly certificateFolders?: readonly string[];
  /** Default: what the environment says, Node's versions, certificates checked and shown. */
  readonly tls?: TlsPolicy;
}

/** What is known about a manifest or blob before it is fetched (OCI image-spec, "Descriptors"). */
export interface ExpectedContent {
  readonly digest: Digest;
  /** Bytes; unchecked when unknown. */
  readonly size?: number | undefined;
}

/** The distribution-spec asks registries to take manifests of at least 4 MiB; no client needs to read more. */
const MAX_MANIFEST = 4 * 1024 * 1024;
/** Milliseconds: a timer of Node's that is set to more goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;
const MAX_TAG_PAGE = 4 * 1024 * 1024;
const MAX_TAG_PAGES = 10_000;
/** In all pages together: some hundred thousand tags of the longest kind. */
const MAX_TAG_BYTES = 64 * 1024 * 1024;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * Reads from OCI registries (distribution-spec 1.1, "Pull" and "Content Discovery").
 *
 * Every method rejects with a {@link RegistryError}, with the signal's reason once that has fired, or with what is wrong
 * on this machine: CredentialsFileError, CredentialHelperError, CertificateFileError, ProxyConfigurationError.
 */
export class RegistryClient {
  readonly #plainHttp: ReadonlySet<string>;
  readonly #keychain: Keychain;
  readonly #mirrors: Mirrors;
  readonly #retry: RetryPolicy;
  readonly #transport: Transport;
  readonly #authenticators = new Map<string, Authenticator>();

  /** @throws {InvalidReferenceError} when `plainHttp` or `mirrors` hold something that is no registry */
  constructor(options: RegistryClientOptions = {}) {
    const { concurrency = 8, idleTimeout = 10_000, environment = process.env } = options;
    const timeout = Math.min(options.timeout ?? 30_000, LONGEST_TIMER);
    this.#plainHttp = new Set((options.plainHttp ?? []).map(hostInUrl));
    this.#keychain = options.credentials ?? ANONYMOUS;
    this.#mirrors = new Mirrors(options.mirrors ?? {});
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#transport = new Transport({
      concurrency,
      timeout,
      idleTimeout: Math.min(idleTimeout, timeout),
      plainHttp: this.#plainHttp,
      userAgent: `cdktf-ironic-oci/${version}`,
      environment,
      certificateFolders: options.certificateFolders ?? defaultCertificateFolders(environment),
      tls: options.tls,
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
    const context = this.#contextOf(at, at.digest ?? at.effectiveTag);
    const question = {
      url: this.#url(context, `manifests/${at.digest ?? at.effectiveTag}`),
      headers: { accept: (options.accept ?? [OCI_INDEX, OCI_MANIFEST]).join(", ") },
      maxBytes: MAX_MANIFEST,
    };
    const answer = await this.#read(question, context, options.signal);
    const digest = checkManifestDigest(answer, at.digest, context);
    checkSize(answer, options.size, context);
    return {
      digest,
      hasDigestHeader: answer.headers["docker-content-digest"] !== undefined,
      mediaType: mediaTypeOf(answer),
      size: answer.body.length,
      content: parseObject(answer, context),
    };
  }

  /** Fetches a whole blob that is known to be small, such as an image's configuration. */
  async getBlob(
    repository: Reference,
    expected: ExpectedContent,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Buffer> {
    const context = this.#contextOf(repository, expected.digest);
    if (expected.size !== undefined && expected.size > options.maxBytes) {
      throw new UnexpectedResponseError(
        context,
        `a blob of ${expected.size} bytes where ${options.maxBytes} would be much`,
        { hint: "whoever pushed it has to look at what was pushed: a configuration is a few kilobytes" },
      );
    }
    const question = { url: this.#url(context, `blobs/${expected.digest}`), maxBytes: options.maxBytes };
    const answer = await this.#read(question, context, options.signal);
    const actual = digestOf(answer.body, algorithmOf(expected.digest));
    if (actual !== expected.digest) throw mismatch(answer, context, "the blob's bytes have", actual);
    checkSize(answer, expected.size, context);
    return answer.body;
  }

  /**
   * Every tag of a repository, in the registry's order, over as many pages as there are.
   * @param options.until a tag that is looked for: pages after the one that holds it are not read
   */
  async listTags(
    repository: Reference,
    options: { readonly until?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string[]> {
    const context = this.#contextOf(repository, undefined);
    const tags: string[] = [];
    const visited = new Set<string>();
    let bytes = 0;
    let next: URL | undefined = this.#url(context, "tags/list");
    while (next) {
      if (visited.has(next.href) || visited.size >= MAX_TAG_PAGES || bytes > MAX_TAG_BYTES) {
        throw new UnexpectedResponseError(
          context,
          "the list of tags never ends: its pages go in a circle, or on and on",
          { status: 200, hint: "whoever runs the registry has to look at its tags/list" },
        );
      }
      visited.add(next.href);
      const question: HttpQuestion = { url: next, maxBytes: MAX_TAG_PAGE };
      const answer: HttpAnswer = await this.#read(question, context, options.signal);
      bytes += answer.body.length;
      const page = parseObject(answer, context).tags ?? [];
      if (!Array.isArray(page) || !page.every((tag) => typeof tag === "string" && TAG.test(tag))) {
        throw new UnexpectedResponseError(context, "the registry's list of tags holds something that is no tag", {
          status: answer.status,
          hint: "whoever runs the registry has to look at its tags/list",
        });
      }
      for (const tag of page) tags.push(tag);
      if (options.until !== undefined && page.includes(options.until)) break;
      next = nextPage(answer, next, context);
    }
    return tags;
  }

  /** Where a path below `/v2/` of the reference's registry is, mirrors left aside. */
  urlOf(at: Reference, path: string): URL {
    return new URL(`/v2/${path}`, this.#base(at.registry));
  }

  /**
   * One question as it stands, for who authenticates in a way of his own: retries, redirects and routes are this client's,
   * and nothing is added to it. Any status is an answer, but for those that go on asking to come back later.
   * @param at what the question is about, for the error
   */
  async ask(at: Reference, question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer> {
    const { registry, repository, digest, effectiveTag } = at;
    const context = { registry, repository, reference: digest ?? effectiveTag };
    const answer = await this.#sendFollowing(question, context, signal);
    if (isRetryableStatus(answer.status)) throw toError(answer, context);
    return answer;
  }

  /** Closes every connection. The client can't be used afterwards. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #contextOf(at: Reference, reference: string | undefined): RequestContext {
    const { registry, repository } = at;
    return { registry, repository, reference, servedBy: this.#mirrors.of(registry, repository) };
  }

  #url(context: RequestContext, path: string): URL {
    const { registry, repository } = askedRegistry(context);
    return new URL(`/v2/${repository}/${path}`, this.#base(registry));
  }

  #base(registry: string): URL {
    return new URL(`${this.#plainHttp.has(hostInUrl(registry)) ? "http" : "https"}://${registry}`);
  }

  /** A successful, authenticated, redirect-free answer. */
  async #read(question: HttpQuestion, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const answer = await this.#authenticator(askedRegistry(context).registry).ask(question, context, signal);
    if (answer.status !== 200) throw toError(answer, context);
    const encoding = answer.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      const what = `the answer is compressed (${printable(encoding)}), which was not asked for`;
      const hint = "look for a proxy that compresses what passes it";
      throw new UnexpectedResponseError(context, what, { status: answer.status, hint });
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
    let status: number | undefined;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await this.#sendRetrying(current, context, signal);
      if (!isRedirect(answer.status) || question.method === "POST") return answer;
      current = followRedirect(current, answer, context);
      status = answer.status;
    }
    throw new UnexpectedResponseError(context, `the registry redirects more than ${MAX_REDIRECTS} times`, {
      status,
      hint: "its redirects go in a circle: whoever runs it has to look at them",
    });
  }

  /**
   * One request with the retries it is allowed: reads have those of the policy. A POST has none: it shows a refresh token
   * that its first try may have used up.
   */
  #sendRetrying(question: HttpQuestion, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const policy = question.method === "POST" ? { ...this.#retry, attempts: 1 } : this.#retry;
    return withRetry(policy, signal, async (): Promise<Attempt<HttpAnswer>> => {
      let answer: HttpAnswer;
      try {
        answer = await this.#transport.exchange(question, signal);
      } catch (error) {
        // The caller's own abort is no fault of the registry's: its reason goes out as it is.
        signal?.throwIfAborted();
        const failure = toFailure(error, context);
        return { last: () => fail(failure.error), atMost: failure.tries };
      }
      if (!isRetryableStatus(answer.status)) return { done: answer };
      return { last: () => answer, retryAfter: retryAfter(answer.headers, Date.now()) };
    });
  }
}

function fail(error: Error): never {
  throw error;
}

/**
 * How a registry's host stands in a URL: without the port 80 that plain HTTP has by itself.
 * @throws {InvalidReferenceError}
 */
function hostInUrl(host: string): string {
  return new URL(`http://${Reference.parse(`oci://${host}/any`).registry}`).host;
}

/**
 * The digest that the bytes really have, held against the one asked for and the one the registry claims. A registry
 * may answer a tag with a sha512 of its choice; then that is the manifest's name.
 */
function checkManifestDigest(answer: HttpAnswer, asked: Digest | undefined, context: RequestContext): Digest {
  const claimed = answer.headers["docker-content-digest"];
  if (claimed !== undefined && !isDigest(claimed)) {
    throw new UnexpectedResponseError(context, "the Docker-Content-Digest header is no digest", {
      status: answer.status,
      hint: "whoever runs the registry, or a proxy before it, has to look at that header",
    });
  }
  if (asked) {
    const actual = digestOf(answer.body, algorithmOf(asked));
    if (actual !== asked) throw mismatch(answer, context, "the manifest's bytes have", actual);
  }
  if (claimed !== undefined) {
    const actual = digestOf(answer.body, algorithmOf(claimed));
    if (actual !== claimed)
      throw mismatch(answer, context, `the registry claims ${claimed}, and the manifest's bytes have`, actual);
  }
  return asked ?? claimed ?? digestOf(answer.body);
}

function checkSize({ status, body }: HttpAnswer, expected: number | undefined, context: RequestContext): void {
  if (expected !== undefined && body.length !== expected) {
    throw new SizeMismatchError(context, `the descriptor says ${expected} bytes, and ${body.length} came`, {
      status,
      hint: "whoever pushed the index wrote a wrong size: push it again",
    });
  }
}

function mismatch({ status }: HttpAnswer, context: RequestContext, what: string, actual: Digest): DigestMismatchError {
  return new DigestMismatchError(context, `${what} ${actual}`, {
    status,
    hint: "the registry, or something between it and this machine, changes or damages what it serves: do not use it",
  });
}

function parseObject(answer: HttpAnswer, context: RequestContext): Record<string, unknown> {
  const type = printable(mediaTypeOf(answer)) || "no type";
  const hint = `its Content-Type is ${type}: look for a login page or proxy between here and the registry`;
  const options = { status: answer.status, hint };
  let content: unknown;
  try {
    content = JSON.parse(answer.body.toString("utf8"));
  } catch {
    // JSON.parse quotes what it could not read, whoever wrote that: its error is no cause to pass on.
    throw new UnexpectedResponseError(context, "the answer is not JSON", options);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new UnexpectedResponseError(context, "the answer is no JSON object", options);
  }
  return content as Record<string, unknown>;
}

function mediaTypeOf(answer: HttpAnswer): string {
  return (answer.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** RFC 8288: `Link: </v2/…?last=x>; rel="next"`. Only the same origin is followed: a page is no place to be sent away. */
function nextPage(answer: HttpAnswer, current: URL, context: RequestContext): URL | undefined {
  const target = /<([^<>]*)>[ \t]*;[^,<]*\brel="?next"?/i.exec(answer.headers.link ?? "")?.[1];
  if (target === undefined) return undefined;
  const options = { status: answer.status, hint: "whoever runs the registry has to look at its tags/list" };
  let url: URL;
  try {
    url = new URL(target, current);
  } catch {
    throw new UnexpectedResponseError(context, "the link to the next page of tags is no URL", options);
  }
  if (url.origin !== current.origin) {
    const where = url.host || url.protocol;
    throw new UnexpectedResponseError(context, `the next page of tags is somewhere else (${where})`, options);
  }
  return url;
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 40);
}
