import type { Readable } from "node:stream";
import { addressScope, type HttpRequest, type HttpResponse, mayLeadTo, type RetryPolicy, redirectTarget } from "../net";
import type { Digest, Reference } from "../reference";
import { type RegistryError, type RequestContext, UnexpectedResponseError } from "./errors";
import { uploadLost, writeError } from "./write-error";

/** What an upload needs of the client. */
export interface Channel {
  readonly retry: RetryPolicy;
  contextOf(at: Reference, reference: string | undefined): RequestContext;
  url(context: RequestContext, path: string): URL;
  /** Sends with the registry's authentication. */
  send(request: HttpRequest, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpResponse>;
  /** Sends without credentials, to another host than the registry. */
  sendElsewhere(request: HttpRequest, context: RequestContext, signal: AbortSignal | undefined): Promise<HttpResponse>;
}

/** Milliseconds, for the response to a body that has arrived: registries move or hash the blob meanwhile. */
const BASE_TIMEOUT = 60_000;
/** Bytes per millisecond (0.5 Mbit/s): a slower upload counts as broken. */
const MIN_RATE = 64;
/** Bytes per millisecond; a streamed chunk follows one that was eight times as fast. */
const MIN_STREAMED_RATE = 512;
export const MAX_RESPONSE = 64 * 1024;
const CANCEL_TIMEOUT = 3_000;

/** The upload has to begin again: the registry has forgotten it, or has other bytes of it than those that were sent. */
export class BeginAgain extends Error {
  /** @param error where it has begun too often */
  constructor(readonly error: RegistryError) {
    super("the upload begins again");
  }
}

/** Where a registry takes the bytes of one upload. Each response may move it. */
export class Session {
  readonly #channel: Channel;
  readonly #context: RequestContext;
  readonly #signal: AbortSignal | undefined;
  /** Bytes; 0 where the registry has no minimum. */
  readonly minChunk: number;
  /** Whether a request has failed, of which the registry may have got a part. */
  isResumed = false;
  #at: { readonly url: URL; readonly request: Pick<HttpRequest, "leadFrom">; readonly isElsewhere: boolean };

  constructor(channel: Channel, context: RequestContext, opened: HttpResponse, signal: AbortSignal | undefined) {
    this.#channel = channel;
    this.#context = context;
    this.#signal = signal;
    this.minChunk = Number(/^\d{1,12}$/.exec(opened.headers["oci-chunk-min-length"] ?? "")?.[0] ?? 0);
    this.#at = this.#locate(opened);
  }

  async patch(chunk: Uint8Array | (() => Readable), offset: number, length: number): Promise<HttpResponse> {
    const response = await this.#send({
      url: this.#at.url,
      method: "PATCH",
      headers: {
        "content-type": "application/octet-stream",
        "content-length": String(length),
        "content-range": `${offset}-${offset + length - 1}`,
      },
      body: chunk,
      timeout: timeoutFor(length, typeof chunk === "function" ? MIN_STREAMED_RATE : MIN_RATE),
      maxBytes: MAX_RESPONSE,
    });
    if (response.status >= 200 && response.status < 300) this.#move(response);
    return response;
  }

  /** The number of bytes that have arrived, from their beginning. */
  async arrived(): Promise<number> {
    this.isResumed = true;
    const response = await this.#send({ url: this.#at.url, maxBytes: MAX_RESPONSE });
    if (response.status === 404) throw new BeginAgain(uploadLost(response, this.#context));
    if (response.status !== 204 && response.status !== 202 && response.status !== 200) {
      throw writeError(response, this.#context);
    }
    this.#move(response);
    return endOf(response) ?? 0;
  }

  /** Ends the upload. @param size of the whole blob, which the registry may move or hash now */
  put(digest: Digest, body: Uint8Array | (() => Readable) | undefined, size: number): Promise<HttpResponse> {
    const url = new URL(this.#at.url);
    url.searchParams.set("digest", digest);
    const length = body === undefined ? 0 : size;
    return this.#send({
      url,
      method: "PUT",
      headers: { "content-type": "application/octet-stream", "content-length": String(length) },
      ...(body !== undefined && { body }),
      timeout: timeoutFor(size),
      maxBytes: MAX_RESPONSE,
    });
  }

  /** Lets the registry forget what has arrived. */
  async cancel(): Promise<void> {
    const request: HttpRequest = {
      url: this.#at.url,
      method: "DELETE",
      timeout: CANCEL_TIMEOUT,
      maxBytes: MAX_RESPONSE,
    };
    // A registry removes abandoned uploads by itself, after days.
    const bounded = AbortSignal.timeout(CANCEL_TIMEOUT);
    await this.#send(request, bounded).catch(() => undefined);
  }

  #send(request: HttpRequest, signal = this.#signal): Promise<HttpResponse> {
    const { isElsewhere, request: more } = this.#at;
    const send = isElsewhere ? this.#channel.sendElsewhere : this.#channel.send;
    return send({ ...request, ...more }, this.#context, signal);
  }

  #move(response: HttpResponse): void {
    if (response.headers.location !== undefined) this.#at = this.#locate(response);
  }

  /**
   * The URL in a Location: relative or absolute, at the registry or, without its credentials, at a host that it refers to. By the rules
   * of redirects: not from HTTPS to plain HTTP, and not to this machine or its link, unless the registry is there too.
   */
  #locate(response: HttpResponse) {
    const refuse = (what: string) =>
      new UnexpectedResponseError(this.#context, `the registry wants the blob sent ${what}`, {
        status: response.status,
        hint: "the registry's operator has to correct its URL (http.host of docker-registry), or that of the proxy before it",
      });
    const registry = this.#channel.url(this.#context, "blobs/uploads/");
    const from = response.url;
    const { location } = response.headers;
    const written = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    // A registry behind a proxy that ends TLS may not know that it is reached over HTTPS.
    const downgraded =
      written?.protocol === "http:" && from.protocol === "https:" && written.hostname === from.hostname;
    const to = redirectTarget(from, downgraded ? `${from.origin}${written.pathname}${written.search}` : location);
    if ("fault" in to) throw refuse(to.fault);
    if (to.origin === registry.origin) return { url: to, request: {}, isElsewhere: false };
    const scope = addressScope(to.hostname);
    if (!mayLeadTo(scope, response.peerScope)) throw refuse(`to a ${scope} address (${to.host})`);
    return { url: to, request: { leadFrom: response.peerScope }, isElsewhere: true };
  }
}

/** The number of bytes in a Range header, `0-99` or `bytes=0-99`; docker-registry has `0-0` for none. */
export function endOf({ headers }: HttpResponse): number | undefined {
  const last = /^(?:bytes=)?0-(\d{1,15})$/.exec(headers.range ?? "")?.[1];
  if (last === undefined) return undefined;
  return last === "0" ? 0 : Number(last) + 1;
}

/** Milliseconds for a request with a large body. */
export function timeoutFor(bytes: number, rate = MIN_RATE): number {
  return BASE_TIMEOUT + bytes / rate;
}
