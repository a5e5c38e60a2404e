import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { algorithmOf, type Digest, digestOf, isDigest } from "../../reference";
import { OCI_INDEX } from "../../registry";
import { type AuthMode, Gate } from "./auth";
import { RegistryStore, type RepositoryStore } from "./store";
import { Uploads } from "./uploads";

/** A received request. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

/**
 * Sends a response instead of the registry's; false lets the registry respond. For faults that a real registry can't be made to
 * show.
 */
export type Interceptor = (
  request: IncomingMessage,
  response: ServerResponse,
) => boolean | undefined | Promise<boolean | undefined>;

export interface InProcessRegistryOptions {
  readonly auth?: AuthMode;
  /** Serve HTTPS with this certificate and key (PEM); optionally request client certificates. */
  readonly tls?: Pick<
    ServerOptions,
    "cert" | "key" | "ca" | "requestCert" | "rejectUnauthorized" | "minVersion" | "maxVersion"
  >;
  /** Milliseconds before each response. */
  readonly latency?: number;
  /** Tags, or referrers, per page, where the request has no `n`. */
  readonly pageSize?: number;
  /** Whether there is a referrers API; `filters`: one that filters by artifactType. Default: none, as in docker-registry 2. */
  readonly referrers?: "all" | "filters";
  readonly intercept?: Interceptor;
}

const ROUTE = /^\/v2\/(?<repository>.+?)\/(?<kind>manifests|blobs|tags|referrers)\/(?<reference>[^/]+)(?<rest>\/.*)?$/;

/**
 * An OCI registry in this process (distribution-spec 1.1: pull, push, tag list, referrers), for the demo and for
 * tests. The same contract tests run against it and against Debian's docker-registry.
 */
export class InProcessRegistry {
  readonly store = new RegistryStore();
  readonly uploads = new Uploads(this.store);
  /** All requests so far. */
  readonly requests: SeenRequest[] = [];
  /** The maximum of concurrent requests. */
  peak = 0;
  intercept: Interceptor | undefined;
  latency: number;
  readonly gate: Gate;
  readonly #options: InProcessRegistryOptions;
  readonly #server: Server;
  #underWay = 0;

  private constructor(options: InProcessRegistryOptions) {
    this.#options = options;
    this.intercept = options.intercept;
    this.latency = options.latency ?? 0;
    this.gate = new Gate(options.auth ?? { mode: "none" });
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls ? createHttpsServer(options.tls, listener) : createHttpServer(listener);
    this.#server.keepAliveTimeout = 60_000;
  }

  /** Starts one on a free loopback port. */
  static async start(options: InProcessRegistryOptions = {}): Promise<InProcessRegistry> {
    const registry = new InProcessRegistry(options);
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  /** `127.0.0.1:port`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get origin(): string {
    return `${this.#options.tls ? "https" : "http"}://${this.host}`;
  }

  /** `METHOD path` of all requests so far. */
  get log(): string[] {
    return this.requests.map(({ method, url }) => `${method} ${url}`);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers });
    this.#underWay += 1;
    this.peak = Math.max(this.peak, this.#underWay);
    response.on("close", () => {
      this.#underWay -= 1;
    });
    try {
      if (this.latency > 0) await delay(this.latency);
      if (await this.intercept?.(request, response)) return;
      await this.#respond(request, response);
    } catch (error) {
      if (!response.headersSent) sendError(response, 500, "UNKNOWN", String(error));
      else response.destroy();
    }
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.origin);
    if (url.pathname === "/token") {
      const form = request.method === "POST" ? (await readAll(request)).toString("utf8") : url.searchParams;
      const issued = this.gate.issue(request, new URLSearchParams(form));
      return issued ? sendJson(response, 200, issued) : sendError(response, 401, "UNAUTHORIZED", "no token for you");
    }
    const route = ROUTE.exec(url.pathname)?.groups;
    const challenge = this.gate.challenge(request, route?.repository, this.origin, url.searchParams.get("from"));
    if (challenge) {
      response.setHeader("www-authenticate", challenge);
      return sendError(response, 401, "UNAUTHORIZED", "authentication required");
    }
    if (url.pathname === "/v2/") return sendJson(response, 200, {});
    const { repository = "", kind, reference = "", rest } = route ?? {};
    if (kind === "referrers" && this.#options.referrers) return this.#listReferrers(repository, url, response);
    if (kind === "tags" && reference === "list") return this.#listTags(repository, url, response);
    if (kind === "manifests" && request.method === "PUT")
      return this.#putManifest(repository, reference, request, response);
    if (kind === "manifests") return this.#getManifest(repository, reference, request, response);
    if (kind === "blobs" && reference === "uploads") return this.#upload(repository, rest, url, request, response);
    if (request.method !== "GET" && request.method !== "HEAD")
      return sendError(response, 405, "UNSUPPORTED", "read-only");
    if (kind === "blobs") return this.#getBlob(repository, reference, request, response);
    sendError(response, 404, "NAME_UNKNOWN", "no such route");
  }

  /** As in docker-registry, OCI indexes and manifests are sent only to clients that accept their media type. */
  #getManifest(repository: string, reference: string, request: IncomingMessage, response: ServerResponse): void {
    const store = this.store.find(repository);
    const digest = isDigest(reference) ? reference : store?.tags.get(reference);
    const manifest = digest && store?.manifests.get(digest);
    const { anyAccept, noDigestHeader, contentType } = store?.quirks ?? {};
    const given = (mediaType: string) => anyAccept || !isOci(mediaType) || accepts(request, mediaType);
    if (!manifest || !given(manifest.mediaType)) {
      return sendError(response, 404, store ? "MANIFEST_UNKNOWN" : "NAME_UNKNOWN", "manifest unknown");
    }
    if (!noDigestHeader) response.setHeader("docker-content-digest", digest);
    send(request, response, 200, contentType ?? manifest.mediaType, manifest.bytes);
  }

  async #putManifest(
    repository: string,
    reference: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const bytes = await readAll(request);
    const tag = isDigest(reference) ? undefined : reference;
    if (tag === undefined && digestOf(bytes, algorithmOf(reference as Digest)) !== reference) {
      return sendError(response, 400, "DIGEST_INVALID", "not these bytes");
    }
    const missing = missingIn(bytes, this.store.find(repository));
    if (missing) return sendError(response, 400, missing, "the manifest names what is not here");
    const digest = this.store.putManifest(repository, request.headers["content-type"] ?? "", bytes, tag);
    response.setHeader("location", `/v2/${repository}/manifests/${digest}`);
    response.setHeader("docker-content-digest", digest);
    const subject = this.#options.referrers && subjectOf(bytes);
    if (subject) response.setHeader("oci-subject", subject);
    response.writeHead(201).end();
  }

  #getBlob(repository: string, digest: string, request: IncomingMessage, response: ServerResponse): void {
    const blob = this.store.find(repository)?.blobs.get(digest);
    if (!blob) return sendError(response, 404, "BLOB_UNKNOWN", "blob unknown");
    response.setHeader("docker-content-digest", digest);
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? [];
    if (first === undefined) return send(request, response, 200, "application/octet-stream", blob);
    if (Number(first) >= blob.length) return sendError(response, 416, "RANGE_INVALID", "beyond the end");
    const part = blob.subarray(Number(first), Number(last) + 1);
    response.setHeader("content-range", `bytes ${first}-${Number(first) + part.length - 1}/${blob.length}`);
    send(request, response, 206, "application/octet-stream", part);
  }

  async #upload(
    repository: string,
    rest: string | undefined,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const id = rest?.slice(1) || undefined;
    const refusal = await this.uploads.serve({ repository, id, url, origin: this.origin }, request, response);
    if (refusal) sendError(response, refusal[0], refusal[1], "the upload was refused");
  }

  /** Distribution-spec, "Listing Referrers". */
  #listReferrers(repository: string, url: URL, response: ServerResponse): void {
    const subject = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
    const type = this.#options.referrers === "filters" ? url.searchParams.get("artifactType") : null;
    const all = this.store
      .referrers(repository, subject)
      .filter(({ artifactType }) => [null, artifactType].includes(type));
    const size = this.#options.pageSize ?? Number.POSITIVE_INFINITY;
    const start = Number(url.searchParams.get("start") ?? 0);
    if (start + size < all.length) {
      url.searchParams.set("start", String(start + size));
      response.setHeader("link", `<${url.pathname}${url.search}>; rel="next"`);
    }
    if (type !== null) response.setHeader("oci-filters-applied", "artifactType");
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: all.slice(start, start + size) };
    response.writeHead(200, { "content-type": OCI_INDEX }).end(JSON.stringify(index));
  }

  /** Distribution-spec, "Listing Tags": sorted, with `n`, `last` and a Link to the next page. */
  #listTags(repository: string, url: URL, response: ServerResponse): void {
    const store = this.store.find(repository);
    const quirk = store?.quirks.tags;
    if (!store || quirk === "404") {
      return sendError(response, 404, "NAME_UNKNOWN", "repository name not known to registry");
    }
    if (quirk === "null") return sendJson(response, 200, { name: repository, tags: null });
    const pageSize = quirk === "paged" ? 1 : this.#options.pageSize;
    const size = Number(url.searchParams.get("n") ?? pageSize ?? Number.POSITIVE_INFINITY);
    const last = url.searchParams.get("last");
    const tags = quirk === "absent" ? ["another"] : [...store.tags.keys()];
    const remaining = tags.sort().filter((tag) => last === null || tag > last);
    const page = remaining.slice(0, size);
    if (page.length < remaining.length) {
      const next = `/v2/${repository}/tags/list?last=${page.at(-1)}&n=${size}`;
      response.setHeader("link", `<${next}>; rel="next"`);
    }
    sendJson(response, 200, { name: repository, tags: page });
  }
}

function subjectOf(bytes: Buffer): string | undefined {
  return (JSON.parse(bytes.toString("utf8")) as { subject?: { digest: string } }).subject?.digest;
}

/** What a manifest or index names and the repository lacks, as the error code of docker-registry. */
function missingIn(bytes: Buffer, store: RepositoryStore | undefined): string | undefined {
  const {
    config,
    layers = [],
    manifests = [],
  } = JSON.parse(bytes.toString("utf8")) as Readonly<
    Record<"layers" | "manifests", { readonly digest: string }[]> & { config?: { readonly digest: string } }
  >;
  const blobs = [...layers, ...(config ? [config] : [])];
  if (blobs.some(({ digest }) => !store?.blobs.has(digest))) return "MANIFEST_BLOB_UNKNOWN";
  return manifests.some(({ digest }) => !store?.manifests.has(digest)) ? "MANIFEST_BLOB_UNKNOWN" : undefined;
}

function isOci(mediaType: string): boolean {
  return mediaType.startsWith("application/vnd.oci.");
}

function accepts(request: IncomingMessage, mediaType: string): boolean {
  const accept = request.headers.accept;
  if (accept === undefined) return true;
  return accept.split(",").some((range) => [mediaType, "*/*"].includes(range.split(";")[0]?.trim() ?? ""));
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(request: IncomingMessage, response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { "content-type": type, "content-length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sendJson(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

function sendError(response: ServerResponse, status: number, code: string, message: string): void {
  sendJson(response, status, { errors: [{ code, message }] });
}
