import {
  type Attempt,
  type Environment,
  type HttpRequest,
  type HttpResponse,
  isRedirect,
  isRetryableStatus,
  MAX_TIMER,
  type RetryPolicy,
  retryAfter,
  Transport,
  unlessAborted,
  withRetry,
} from "../net";
import { algorithmOf, type Digest, digestOf, Reference } from "../reference";
import { version } from "../version";
import { ANONYMOUS, Authenticator, type Keychain } from "./auth";
import {
  effectiveRegistry,
  RegistryError,
  type RequestContext,
  TagNotFoundError,
  UnexpectedResponseError,
} from "./errors";
import { certificatesFor, defaultCertificateFolders, type TlsPolicy } from "./host-certificates";
import { OCI_INDEX, OCI_MANIFEST } from "./media-types";
import { Mirrors } from "./mirrors";
import { classifyNetworkError } from "./network-error";
import { type ListKind, MAX_PAGE, nextPage } from "./pages";
import { followRedirect, MAX_REDIRECTS } from "./redirect";
import {
  lacksReferrersApi,
  MAX_REFERRERS,
  mayBe,
  REFERRERS_HINT,
  type Referrer,
  referrersOf,
  referrersTag,
} from "./referrers";
import { errorFromResponse } from "./response-error";
import { TAGS_HINT, tagsOf } from "./tags-page";
import { timeoutFor } from "./upload-session";
import { checkManifestDigest, checkSize, mediaTypeOf, mismatch, parseObject, printableHeader } from "./verify";
import { RegistryWriter } from "./writer";

/** A manifest or index of a registry; its bytes have been checked against the digest. */
export interface FetchedManifest {
  /** The digest of the bytes: the requested one, else the header's, else sha256. */
  readonly digest: Digest;
  /** Whether the response had a Docker-Content-Digest: some clients do not compute digests. */
  readonly hasDigestHeader: boolean;
  /** The response's Content-Type, without parameters. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** The document as the registry sends it. */
  readonly bytes: Buffer;
  /** The parsed JSON; always an object. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** Options of {@link RegistryClient}. */
export interface RegistryClientOptions {
  /** Registries with plain HTTP, as `host` or `host:port`; all others use HTTPS. */
  readonly plainHttp?: readonly string[];
  /** The source of credentials. Default: anonymous access. */
  readonly credentials?: Keychain;
  /**
   * Mirrors by registry: `{ "quay.io": "mirror.example" }`, or `"mirror.example/quay"` for a mirror with a path. Requests use
   * the mirror's credentials, certificates and `plainHttp`; references in results keep the original registry.
   */
  readonly mirrors?: Readonly<Record<string, string>>;
  /** Requests in flight per host. Default 8. */
  readonly concurrency?: number;
  /** Milliseconds for one request. Default 30,000; at most 24 days. */
  readonly timeout?: number;
  /** Milliseconds without a byte inside a body. Default 10,000, and never more than `timeout`. */
  readonly idleTimeout?: number;
  /** The retries of reads. Default: ten attempts in about 15 seconds. */
  readonly retry?: Partial<RetryPolicy>;
  /**
   * The source of `SSL_CERT_FILE`, `SSL_CERT_DIR`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`. Default: `process.env`.
   */
  readonly environment?: Environment;
  /** Folders with certificates by registry (`certs.d`). Default: Docker's and podman's, the machine's before the user's. */
  readonly certificateFolders?: readonly string[];
  /** Default: authorities by environment, Node's TLS versions, certificates checked, client certificates sent. */
  readonly tls?: TlsPolicy;
}

/** The expected digest and size of a manifest or blob (OCI image-spec, "Descriptors"). */
export interface ExpectedContent {
  readonly digest: Digest;
  /** Bytes; unchecked when unknown. */
  readonly size?: number | undefined;
}

/** Bytes. The distribution-spec requires registries to accept manifests of up to 4 MiB; larger ones are not portable. */
const MAX_MANIFEST = 4 * 1024 * 1024;
/**
 * Ten attempts read a thousand tags from a registry that fails every third request; a registry that is down is reported after about
 * 15 seconds, one that refuses connections within one.
 */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 10, baseDelay: 100, maxDelay: 4_000, maxRetryAfter: 30_000 };
/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const PART_HINT = "the registry, or a proxy before it, does not send parts of blobs (Range): copy with another tool";
/** The bytes are those of several hundred thousand tags of maximal length. */
const TAGS: ListKind = { what: "tags", hint: TAGS_HINT, maxPages: 10_000, maxBytes: 64 * 1024 * 1024 };
/** The bytes are those of {@link MAX_REFERRERS} with annotations of many kilobytes. */
const REFERRERS: ListKind = {
  what: "referrers",
  hint: REFERRERS_HINT,
  maxPages: MAX_REFERRERS,
  maxBytes: 16 * 1024 * 1024,
};

/**
 * A client for OCI registries (distribution-spec 1.1, "Pull" and "Content Discovery"); its `writer` has the writes ("Push").
 *
 * Reads are retried, follow redirects and authenticate. Every method rejects with
 *
 * - a {@link RegistryError}: AuthenticationError (401, 403, no usable credentials), TagNotFoundError and ManifestNotFoundError
 *   (404), RateLimitedError (429 to the last attempt), RegistryUnavailableError (5xx, or a broken connection),
 *   RegistryUnreachableError (no connection, TLS), RegistryTimeoutError, DigestMismatchError, SizeMismatchError,
 *   UnexpectedResponseError;
 * - an error of this machine's configuration: CredentialsFileError, CredentialHelperError, CertificateFileError,
 *   ProxyConfigurationError;
 * - the signal's reason, once that has fired.
 */
export class RegistryClient {
  readonly #plainHttp: ReadonlySet<string>;
  readonly #keychain: Keychain;
  readonly #mirrors: Mirrors;
  readonly #retry: RetryPolicy;
  readonly #transport: Transport;
  readonly #authenticators = new Map<string, Authenticator>();
  #ready: Promise<void> | undefined;
  #writer: RegistryWriter | undefined;

  /** @throws {InvalidReferenceError} for an entry of `plainHttp` or `mirrors` that is not a registry */
  constructor(options: RegistryClientOptions = {}) {
    const { concurrency = 8, idleTimeout = 10_000, environment = process.env } = options;
    const certificateFolders = options.certificateFolders ?? defaultCertificateFolders(environment);
    const timeout = Math.min(options.timeout ?? 30_000, MAX_TIMER);
    this.#plainHttp = new Set((options.plainHttp ?? []).map(hostInUrl));
    this.#keychain = options.credentials ?? ANONYMOUS;
    this.#mirrors = new Mirrors(options.mirrors ?? {});
    this.#retry = { ...DEFAULT_RETRY, ...options.retry };
    this.#transport = new Transport({
      concurrency,
      timeout,
      idleTimeout: Math.min(idleTimeout, timeout),
      connectTimeout: CONNECT_TIMEOUT,
      allowsPlainHttp: (host) => this.#plainHttp.has(host),
      headers: { "user-agent": `cdktf-ironic-oci/${version}` },
      environment,
      // The TLS policy is for registries; a proxy with TLS is trusted like any other host.
      tls: (host, role) => {
        const tls = role === "server" ? options.tls : undefined;
        return certificatesFor(host, { environment, certificateFolders, tls });
      },
    });
  }

  /**
   * Fetches a manifest or index, by digest where the reference has one, else by tag: `GET /v2/{name}/manifests/{reference}`. At
   * most 4 MiB.
   * @param options.accept media types. Default: OCI index and manifest, as Ironic requests a tag
   * @param options.size the size in bytes in the manifest's descriptor
   * @throws {TagNotFoundError | ManifestNotFoundError | DigestMismatchError | SizeMismatchError}
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
    const request = {
      url: this.#url(context, `manifests/${at.digest ?? at.effectiveTag}`),
      headers: { accept: (options.accept ?? [OCI_INDEX, OCI_MANIFEST]).join(", ") },
      maxBytes: MAX_MANIFEST,
    };
    const response = await this.#read(request, context, options.signal);
    const digest = checkManifestDigest(response, at.digest, context);
    checkSize(response, options.size, context);
    return {
      digest,
      hasDigestHeader: response.headers["docker-content-digest"] !== undefined,
      mediaType: mediaTypeOf(response),
      size: response.body.length,
      bytes: response.body,
      content: parseObject(response, context),
    };
  }

  /**
   * Fetches a small blob, such as an image's configuration: `GET /v2/{name}/blobs/{digest}`.
   * @param options.maxBytes the limit of its size
   * @throws {ManifestNotFoundError | DigestMismatchError | SizeMismatchError | UnexpectedResponseError} the last for a larger blob
   */
  async getBlob(
    repository: Reference,
    expected: ExpectedContent,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Buffer> {
    const context = this.#contextOf(repository, expected.digest);
    if (expected.size !== undefined && expected.size > options.maxBytes) {
      throw new UnexpectedResponseError(
        context,
        `a blob of ${expected.size} bytes exceeds the limit of ${options.maxBytes}`,
        { hint: "check what was pushed: a configuration has a few kilobytes" },
      );
    }
    const request = { url: this.#url(context, `blobs/${expected.digest}`), maxBytes: options.maxBytes };
    const response = await this.#read(request, context, options.signal);
    const actual = digestOf(response.body, algorithmOf(expected.digest));
    if (actual !== expected.digest) throw mismatch(response, context, "the blob's bytes have", actual);
    checkSize(response, expected.size, context);
    return response.body;
  }

  /**
   * Fetches a part of a blob: `GET /v2/{name}/blobs/{digest}` with a Range. Unlike that of a whole blob, the digest is not checked.
   * @param part offset and length, within the blob's size
   * @throws {UnexpectedResponseError} for a registry that does not send parts
   */
  async getBlobPart(
    repository: Reference,
    blob: { readonly digest: Digest; readonly size: number },
    part: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Buffer> {
    const context = this.#contextOf(repository, blob.digest);
    const { offset, length } = part;
    const isWhole = offset === 0 && length === blob.size;
    const request: HttpRequest = {
      url: this.#url(context, `blobs/${blob.digest}`),
      ...(!isWhole && { headers: { range: `bytes=${offset}-${offset + length - 1}` } }),
      maxBytes: length,
      timeout: timeoutFor(length),
    };
    const response = await this.#read(request, context, signal, isWhole ? 200 : 206);
    if (response.body.length === length) return response.body;
    const what = `the registry has sent ${response.body.length} bytes of a blob in place of ${length}`;
    throw new UnexpectedResponseError(context, what, { status: response.status, hint: PART_HINT });
  }

  /**
   * All tags of a repository in the registry's order, all pages: `GET /v2/{name}/tags/list`. At most 10,000 pages and 64 MiB.
   * @param options.until a tag: the pages after the one that holds it are not read
   * @throws {ManifestNotFoundError} when the repository does not exist
   * @throws {UnexpectedResponseError} for a list that is malformed or exceeds the limits
   */
  async listTags(
    repository: Reference,
    options: { readonly until?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<string[]> {
    const context = this.#contextOf(repository, undefined);
    const tags: string[] = [];
    const request = { url: this.#url(context, "tags/list"), maxBytes: MAX_PAGE };
    for await (const response of this.#pages(request, context, TAGS, options.signal)) {
      const page = tagsOf(response, context);
      for (const tag of page) tags.push(tag);
      if (options.until !== undefined && page.includes(options.until)) break;
    }
    return tags;
  }

  /**
   * The manifests that name this one as their `subject`, such as its signatures, all pages: `GET /v2/{name}/referrers/{digest}`, or
   * the index at the tag `sha256-{hex}` where the registry has no such API. Empty where there are none. At most 1,000, and 16 MiB.
   *
   * The list is a claim of the registry, or of those who wrote the tag: a manifest in it may have another subject, or another type.
   * @param options.artifactType only referrers that may be of this type
   * @throws {UnexpectedResponseError} for a list that is malformed or exceeds the limits
   */
  async getReferrers(
    repository: Reference,
    subject: Digest,
    options: { readonly artifactType?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<readonly Referrer[]> {
    const { artifactType, signal } = options;
    const fromApi = await this.#referrersOfApi(repository, subject, options);
    const referrers = fromApi ?? (await this.#referrersOfTag(repository, subject, signal));
    return artifactType === undefined ? referrers : referrers.filter((each) => mayBe(artifactType, each));
  }

  /** Undefined where the registry has no API for them. */
  async #referrersOfApi(
    repository: Reference,
    subject: Digest,
    { artifactType, signal }: { readonly artifactType?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Referrer[] | undefined> {
    const context = this.#contextOf(repository, subject);
    const url = this.#url(context, `referrers/${subject}`);
    if (artifactType !== undefined) url.searchParams.set("artifactType", artifactType);
    const request = { url, headers: { accept: OCI_INDEX }, maxBytes: MAX_PAGE };
    const referrers: Referrer[] = [];
    try {
      for await (const response of this.#pages(request, context, REFERRERS, signal)) {
        // A page of another kind, such as that of a web application for a path that it does not know.
        if (mediaTypeOf(response) !== OCI_INDEX) return undefined;
        const { status } = response;
        referrers.push(...referrersOf(parseObject(response, context), context, status));
        checkCount(referrers, context, status);
      }
      return referrers;
    } catch (error) {
      if (error instanceof RegistryError && referrers.length === 0 && lacksReferrersApi(error.status)) return undefined;
      throw error;
    }
  }

  async #referrersOfTag(
    repository: Reference,
    subject: Digest,
    signal: AbortSignal | undefined,
  ): Promise<readonly Referrer[]> {
    const at = repository.withTag(referrersTag(subject));
    try {
      const { content } = await this.getManifest(at, { accept: [OCI_INDEX], signal });
      const context = this.#contextOf(at, at.effectiveTag);
      const referrers = referrersOf(content, context, 200);
      checkCount(referrers, context, 200);
      return referrers;
    } catch (error) {
      if (error instanceof TagNotFoundError) return [];
      throw error;
    }
  }

  /** All pages of a list. */
  async *#pages(
    first: HttpRequest,
    context: RequestContext,
    list: ListKind,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<HttpResponse> {
    const visited = new Set<string>();
    let bytes = 0;
    let next: URL | undefined = first.url;
    while (next) {
      if (visited.has(next.href) || visited.size >= list.maxPages || bytes > list.maxBytes) {
        throw new UnexpectedResponseError(
          context,
          `the list of ${list.what} never ends: its pages repeat, or exceed the limits`,
          { status: 200, hint: list.hint },
        );
      }
      visited.add(next.href);
      const response: HttpResponse = await this.#read({ ...first, url: next }, context, signal);
      bytes += response.body.length;
      yield response;
      next = nextPage(response, next, context, list);
    }
  }

  /** The URL of a path below `/v2/` of the reference's registry; mirrors do not apply. */
  urlOf(at: Reference, path: string): URL {
    return new URL(`/v2/${path}`, this.#base(at.registry));
  }

  /**
   * Sends a request without this client's authentication, for callers that authenticate themselves, with its retries and
   * redirects. Returns a response of any status that is not retried.
   * @param at the subject of errors
   * @throws {RateLimitedError | RegistryUnavailableError} 429 or 5xx to the last attempt
   */
  async send(at: Reference, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    const { registry, repository, digest, effectiveTag } = at;
    const context = { registry, repository, reference: digest ?? effectiveTag };
    const response = await this.#sendFollowing(request, context, signal);
    if (isRetryableStatus(response.status)) throw errorFromResponse(response, context);
    return response;
  }

  /** The writes to this client's registries: the same credentials, certificates and mirrors. */
  get writer(): RegistryWriter {
    this.#writer ??= new RegistryWriter({
      retry: this.#retry,
      contextOf: (at, reference) => ({ ...this.#contextOf(at, reference), access: "push" }),
      url: (context, path) => this.#url(context, path),
      send: (request, context, signal) => this.#sendAuthenticated(request, context, signal),
      sendElsewhere: (request, context, signal) => this.#sendFollowing(request, context, signal),
    });
    return this.#writer;
  }

  /** Closes all connections. The client can't be used afterwards. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  #contextOf(at: Reference, reference: string | undefined): RequestContext {
    const { registry, repository } = at;
    return { registry, repository, reference, servedBy: this.#mirrors.of(registry, repository) };
  }

  #url(context: RequestContext, path: string): URL {
    const { registry, repository } = effectiveRegistry(context);
    return new URL(`/v2/${repository}/${path}`, this.#base(registry));
  }

  #base(registry: string): URL {
    return new URL(`${this.#plainHttp.has(hostInUrl(registry)) ? "http" : "https"}://${registry}`);
  }

  /** The response to an authenticated read, after redirects; another status than the expected one is an error. */
  async #read(
    request: HttpRequest,
    context: RequestContext,
    signal: AbortSignal | undefined,
    expected: 200 | 206 = 200,
  ): Promise<HttpResponse> {
    const response = await this.#sendAuthenticated(request, context, signal);
    if (response.status !== expected) throw errorFromResponse(response, context);
    const encoding = response.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      const what = `the response is compressed (${printableHeader(encoding)}), which was not requested`;
      const hint = "check for a proxy that compresses responses";
      throw new UnexpectedResponseError(context, what, { status: response.status, hint });
    }
    return response;
  }

  async #sendAuthenticated(
    request: HttpRequest,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    this.#ready ??= this.#keychain.ready?.() ?? Promise.resolve();
    await unlessAborted(this.#ready, signal);
    return this.#authenticator(effectiveRegistry(context).registry).send(request, context, signal);
  }

  #authenticator(registry: string): Authenticator {
    let authenticator = this.#authenticators.get(registry);
    if (!authenticator) {
      authenticator = new Authenticator(this.#base(registry), this.#keychain, (request, context, signal) =>
        this.#sendFollowing(request, context, signal),
      );
      this.#authenticators.set(registry, authenticator);
    }
    return authenticator;
  }

  async #sendFollowing(request: HttpRequest, context: RequestContext, signal?: AbortSignal): Promise<HttpResponse> {
    let current = request;
    let status: number | undefined;
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const response = await this.#sendRetrying(current, context, signal);
      if (!isRedirect(response.status) || !isFollowed(request, response)) return response;
      current = followRedirect(current, response, context);
      status = response.status;
    }
    throw new UnexpectedResponseError(context, `the registry redirects more than ${MAX_REDIRECTS} times`, {
      status,
      hint: "its redirects form a loop: its operator has to correct them",
    });
  }

  /**
   * One request with its retries: the policy's, or none for a request that must not be carried out twice. A POST may send a refresh
   * token, which the first attempt may have used up; a PATCH appends to an upload; and a stream is a large body, whose caller knows
   * better what to send again.
   */
  #sendRetrying(request: HttpRequest, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const { method, body } = request;
    const once = method === "POST" || method === "PATCH" || typeof body === "function";
    const policy = once ? { ...this.#retry, attempts: 1 } : this.#retry;
    return withRetry(policy, signal, async (): Promise<Attempt<HttpResponse>> => {
      let response: HttpResponse;
      try {
        response = await this.#transport.exchange(request, signal);
      } catch (error) {
        // The caller's abort is not a failure of the registry: its reason is passed on.
        signal?.throwIfAborted();
        const failure = classifyNetworkError(error, context);
        return { onExhausted: () => fail(failure.error), maxAttempts: failure.maxAttempts };
      }
      if (!isRetryableStatus(response.status)) return { value: response };
      return {
        onExhausted: (attempts) => ({ ...response, attempts }),
        retryAfterMs: retryAfter(response.headers, Date.now()),
      };
    });
  }
}

/**
 * Whether a redirect is followed: reads, and writes whose redirect keeps method and body (RFC 9110 section 15.4). The redirect of a
 * HEAD tells enough: the content is there.
 */
function isFollowed({ method = "GET" }: HttpRequest, { status }: HttpResponse): boolean {
  if (method === "POST" || method === "HEAD") return false;
  return method === "GET" || status === 307 || status === 308;
}

function checkCount(referrers: readonly Referrer[], context: RequestContext, status: number): void {
  if (referrers.length <= MAX_REFERRERS) return;
  const what = `the list of referrers has more than ${MAX_REFERRERS} entries`;
  throw new UnexpectedResponseError(context, what, { status, hint: "delete the ones that are not needed" });
}

function fail(error: Error): never {
  throw error;
}

/**
 * A registry's host in the form of URLs: without the default port 80 of plain HTTP.
 * @throws {InvalidReferenceError}
 */
function hostInUrl(host: string): string {
  return new URL(`http://${Reference.parse(`oci://${host}/any`).registry}`).host;
}
