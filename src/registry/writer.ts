import type { HttpRequest, HttpResponse } from "../net";
import { type Digest, digestOf, Reference } from "../reference";
import type { BlobSource, Content, Measuring } from "./blob-source";
import { AuthenticationError, type RequestContext, UnexpectedResponseError } from "./errors";
import { OCI_INDEX, OCI_MANIFEST } from "./media-types";
import { Upload, type UploadOutcome } from "./upload";
import type { Channel } from "./upload-session";
import { writeError } from "./write-error";

export interface UploadOptions {
  /** Repositories of the same registry that may have the blob: it is linked from there. */
  readonly mountFrom?: readonly string[] | undefined;
  /** Called with the number of bytes that have arrived. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A manifest that the registry has taken. */
export interface StoredManifest {
  readonly digest: Digest;
  /** Whether the registry lists it among the referrers of its `subject`; else its pusher has to (distribution-spec, "Referrers Tag Schema"). */
  readonly listsSubject: boolean;
}

const MAX_RESPONSE = 64 * 1024;

/**
 * Writes to OCI registries (distribution-spec 1.1, "Push"): blobs, manifests, tags. By `RegistryClient.writer`; where a mirror serves a
 * registry, it is written to.
 *
 * Every method rejects with a {@link RegistryError}: AuthenticationError, PushRefusedError, RegistryUnavailableError and the others
 * of the client, or with the signal's reason.
 */
export class RegistryWriter {
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** Whether the repository has a blob: `HEAD /v2/{name}/blobs/{digest}`. */
  async hasBlob(repository: Reference, digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const { access: _, ...context } = this.#channel.contextOf(repository, digest);
    return this.#isThere(`blobs/${digest}`, {}, context, signal);
  }

  /** Whether the repository has a manifest or index of this digest. */
  async hasManifest(repository: Reference, digest: Digest, signal?: AbortSignal): Promise<boolean> {
    const { access: _, ...context } = this.#channel.contextOf(repository, digest);
    const headers = { accept: [OCI_INDEX, OCI_MANIFEST, "*/*"].join(", ") };
    return this.#isThere(`manifests/${digest}`, headers, context, signal);
  }

  /**
   * Makes a blob be in the repository: nothing is sent where it is there, or can be linked from another repository.
   * @param source read once for each upload that has to begin again. With `measuring` it is not mounted
   */
  async putBlob(repository: Reference, source: BlobSource, options: UploadOptions = {}): Promise<UploadOutcome> {
    const { known } = source;
    const { signal } = options;
    if (source.measuring) return this.#putMeasuring(repository, source, source.measuring, options);
    const context = { ...this.#channel.contextOf(repository, known?.digest), content: source.name };
    let opened: HttpResponse | undefined;
    if (known) {
      const { digest, size } = known;
      if (await this.hasBlob(repository, digest, signal)) return { digest, size, how: "present" };
      for (const from of options.mountFrom ?? []) {
        if (from === repository.repository) continue;
        const response = await this.#mount(repository, digest, from, signal);
        if (response?.status === 201) return { digest, size, how: "mounted" };
        // The registry has opened an upload in place of the mount.
        if (response?.status === 202) {
          opened = response;
          break;
        }
      }
    }
    const upload = new Upload(this.#channel, context, source, options);
    return { ...(await upload.run(opened)), how: "uploaded" };
  }

  /** Sends a blob while its digest is computed, and stops where the digest shows that the repository has it. */
  async #putMeasuring(
    repository: Reference,
    source: BlobSource,
    measuring: Measuring,
    options: UploadOptions,
  ): Promise<UploadOutcome> {
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    let present: Content | undefined;
    const measured = measuring.measure(signal).then(async (content) => {
      if (await this.hasBlob(repository, content.digest, signal)) {
        present = content;
        throw new Error("the repository has the blob");
      }
      return content;
    });
    measured.catch((error) => stop.abort(error));
    const context = { ...this.#channel.contextOf(repository, undefined), content: source.name };
    try {
      const upload = new Upload(this.#channel, context, source, { ...options, signal, measured });
      return { ...(await upload.run()), how: "uploaded" };
    } catch (error) {
      stop.abort(error);
      if (present) return { ...present, how: "present" };
      throw error;
    }
  }

  /**
   * Puts a manifest or index: `PUT /v2/{name}/manifests/{reference}`.
   * @param at with a digest, which has to be that of the bytes, or with a tag, which then points to it
   */
  async putManifest(at: Reference, mediaType: string, bytes: Buffer, signal?: AbortSignal): Promise<StoredManifest> {
    const digest = at.digest ?? digestOf(bytes);
    const context = this.#channel.contextOf(at, at.digest ?? at.effectiveTag);
    const request: HttpRequest = {
      url: this.#channel.url(context, `manifests/${at.digest ?? at.effectiveTag}`),
      method: "PUT",
      headers: { "content-type": mediaType },
      body: bytes,
      maxBytes: MAX_RESPONSE,
    };
    const response = await this.#channel.send(request, context, signal);
    if (response.status !== 201 && response.status !== 200) throw writeError(response, context);
    const claimed = response.headers["docker-content-digest"];
    if (claimed !== undefined && claimed !== digest) {
      throw new UnexpectedResponseError(context, `the registry has stored something else than ${digest}`, {
        status: response.status,
        hint: "it, or a proxy between, changes manifests: a pin of it would not hold",
      });
    }
    return { digest, listsSubject: response.headers["oci-subject"] !== undefined };
  }

  async #isThere(
    path: string,
    headers: Readonly<Record<string, string>>,
    context: RequestContext,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const request: HttpRequest = { url: this.#channel.url(context, path), method: "HEAD", headers, maxBytes: 0 };
    const response = await this.#channel.send(request, context, signal);
    // A redirect leads to the storage, where the content is.
    if (response.status === 200 || (response.status >= 300 && response.status < 400)) return true;
    if (response.status === 404) return false;
    throw writeError(response, context);
  }

  /** Undefined where the other repository can't be read with these credentials, or the mount failed. */
  async #mount(
    repository: Reference,
    digest: Digest,
    from: string,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse | undefined> {
    const context = this.#channel.contextOf(repository, digest);
    const other = this.#channel.contextOf(Reference.parse(`oci://${repository.registry}/${from}`), undefined);
    const url = this.#channel.url(context, "blobs/uploads/");
    url.searchParams.set("mount", digest);
    url.searchParams.set("from", other.servedBy?.repository ?? from);
    const request: HttpRequest = { url, method: "POST", headers: { "content-length": "0" }, maxBytes: MAX_RESPONSE };
    try {
      return await this.#channel.send(request, context, signal);
    } catch (error) {
      if (error instanceof AuthenticationError) return undefined;
      throw error;
    }
  }
}
