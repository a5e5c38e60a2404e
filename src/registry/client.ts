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
import { effectiveRegistry, type RequestContext, UnexpectedResponseError } from "./errors";
import { certificatesFor, defaultCertificateFolders, type TlsPolicy } from "./host-certificates";
import { OCI_INDEX, OCI_MANIFEST } from "./media-types";
import { Mirrors } from "./mirrors";
import { classifyNetworkError } from "./network-error";
import { followRedirect, MAX_REDIRECTS } from "./redirect";
import { errorFromResponse } from "./response-error";
import { MAX_TAG_PAGE, nextPage, TAGS_HINT, tagsOf } from "./tags-page";
import { checkManifestDigest, checkSize, mediaTypeOf, mismatch, parseObject, printableHeader } from "./verify";

/** A manifest or index, exactly as the registry holds it, its bytes checked against its digest. */
export interface FetchedManifest {
  readonly digest: Digest;
  /** Whether the registry sent a Docker-Content-Digest: a client that can't compute digests depends on it. */
  readonly hasDigestHeader: boolean;
  /** The response's Content-Type, without parameters. */
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  /** The parsed JSON; always an object. */
  readonly content: Readonly<Record<string, unknown>>;
}

export interface RegistryClientOptions {
  /** Registries that speak plain HTTP, as `host` or `host:port`; every other one gets HTTPS. */
  readonly plainHttp?: readonly string[];
  /** Where credentials come from. Default: none. */
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
  /** How reads are retried. Default: ten attempts over some 15 seconds. */
  readonly retry?: Partial<RetryPolicy>;
  /**
   * Where `SSL_CERT_FILE`, `SSL_CERT_DIR`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read. Default: this process's
   * environment.
   */
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

/** Bytes. The distribution-spec asks registries to accept manifests of at least 4 MiB; no client needs to read more. */
const MAX_MANIFEST = 4 * 1024 * 1024;
/**
 * Ten attempts get a thousand tags out of a registry that fails every third request; a registry that is down altogether
 * is reported after some 15 seconds, one that refuses connections within one.
 */
export const DEFAULT_RETRY: RetryPolicy = { attempts: 10, baseDelay: 100, maxDelay: 4_000, maxRetryAfter: 30_000 };
/** Milliseconds. */
const CONNECT_TIMEOUT = 10_000;
const MAX_TAG_PAGES = 10_000;
/** Bytes in all pages together: some hundred thousand tags of the longest kind. */
const MAX_TAG_BYTES = 64 * 1024 * 1024;

/**
 * Reads from OCI registries (distribution-spec 1.1, "Pull" and "Content Discovery").
 *
 * Every method rejects with a {@link RegistryError}, with the signal's reason once that has fired, or with an error of this
 * machine's configuration: CredentialsFileError, CredentialHelperError, CertificateFileError, ProxyConfigurationError.
 */
export class RegistryClient {
  readonly #plainHttp: ReadonlySet<string>;
  readonly #keychain: Keychain;
  readonly #mirrors: Mirrors;
  readonly #retry: RetryPolicy;
  readonly #transport: Transport;
  readonly #authenticators = new Map<string, Authenticator>();
  #ready: Promise<void> | undefined;

  /** @throws {InvalidReferenceError} when an entry of `plainHttp` or `mirrors` is not a registry */
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
      // A proxy that is spoken to over TLS is trusted like any other host, whatever policy holds for registries.
      tls: (host, role) => {
        const tls = role === "server" ? options.tls : undefined;
        return certificatesFor(host, { environment, certificateFolders, tls });
      },
    });
  }

  /**
   * Fetches the manifest or index of a reference: by digest if it has one, else by tag.
   * @param options.accept media types; by default index and manifest, as Ironic requests a tag
   * @param options.size the manifest's size in bytes, where it is known from a descriptor
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
      content: parseObject(response, context),
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
          { status: 200, hint: TAGS_HINT },
        );
      }
      visited.add(next.href);
      const request: HttpRequest = { url: next, maxBytes: MAX_TAG_PAGE };
      const response: HttpResponse = await this.#read(request, context, options.signal);
      bytes += response.body.length;
      const page = tagsOf(response, context);
      for (const tag of page) tags.push(tag);
      if (options.until !== undefined && page.includes(options.until)) break;
      next = nextPage(response, next, context);
    }
    return tags;
  }

  /** The URL of a path below `/v2/` of the reference's own registry, whatever mirror serves it. */
  urlOf(at: Reference, path: string): URL {
    return new URL(`/v2/${path}`, this.#base(at.registry));
  }

  /**
   * Sends a request without this client's authentication, for callers that do their own. Retries and redirects are the
   * client's. Rejects for 429 and 5xx that outlast the retries; returns a response of any other status.
   * @param at what the request is about, for the error
   */
  async send(at: Reference, request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse> {
    const { registry, repository, digest, effectiveTag } = at;
    const context = { registry, repository, reference: digest ?? effectiveTag };
    const response = await this.#sendFollowing(request, context, signal);
    if (isRetryableStatus(response.status)) throw errorFromResponse(response, context);
    return response;
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
    const { registry, repository } = effectiveRegistry(context);
    return new URL(`/v2/${repository}/${path}`, this.#base(registry));
  }

  #base(registry: string): URL {
    return new URL(`${this.#plainHttp.has(hostInUrl(registry)) ? "http" : "https"}://${registry}`);
  }

  /** The response to an authenticated read, after redirects; any other status than 200 is an error. */
  async #read(request: HttpRequest, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpResponse> {
    this.#ready ??= this.#keychain.ready?.() ?? Promise.resolve();
    await unlessAborted(this.#ready, signal);
    const response = await this.#authenticator(effectiveRegistry(context).registry).send(request, context, signal);
    if (response.status !== 200) throw errorFromResponse(response, context);
    const encoding = response.headers["content-encoding"];
    if (encoding !== undefined && encoding !== "identity") {
      const what = `the response is compressed (${printableHeader(encoding)}), which was not requested`;
      const hint = "look for a proxy that compresses responses";
      throw new UnexpectedResponseError(context, what, { status: response.status, hint });
    }
    return response;
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
      if (!isRedirect(response.status) || request.method === "POST") return response;
      current = followRedirect(current, response, context);
      status = response.status;
    }
    throw new UnexpectedResponseError(context, `the registry redirects more than ${MAX_REDIRECTS} times`, {
      status,
      hint: "its redirects go in a circle: its operator has to look at them",
    });
  }

  /**
   * One request with the retries it is allowed: reads have those of the policy. A POST has none: it sends a refresh token
   * that its first attempt may have used up.
   */
  #sendRetrying(request: HttpRequest, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const policy = request.method === "POST" ? { ...this.#retry, attempts: 1 } : this.#retry;
    return withRetry(policy, signal, async (): Promise<Attempt<HttpResponse>> => {
      let response: HttpResponse;
      try {
        response = await this.#transport.exchange(request, signal);
      } catch (error) {
        // The caller's own abort is not a failure of the registry: its reason is passed on as it is.
        signal?.throwIfAborted();
        const failure = classifyNetworkError(error, context);
        return { onExhausted: () => fail(failure.error), maxAttempts: failure.maxAttempts };
      }
      if (!isRetryableStatus(response.status)) return { value: response };
      return { onExhausted: () => response, retryAfterMs: retryAfter(response.headers, Date.now()) };
    });
  }
}

function fail(error: Error): never {
  throw error;
}

/**
 * A registry's host as a URL has it: without the port 80 that plain HTTP implies.
 * @throws {InvalidReferenceError}
 */
function hostInUrl(host: string): string {
  return new URL(`http://${Reference.parse(`oci://${host}/any`).registry}`).host;
}
