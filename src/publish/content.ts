import type { Digest, Reference } from "../reference";
import {
  type BlobSource,
  CHUNK,
  type Content,
  ManifestNotFoundError,
  OCI_INDEX,
  OCI_MANIFEST,
  type RegistryClient,
  referrersTag,
  TagNotFoundError,
  type UploadOptions,
  type UploadOutcome,
} from "../registry";
import { document } from "./documents";

/** A manifest or index with its bytes, which are copied as they are. */
export interface Manifest extends Content {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly content: Readonly<Record<string, unknown>>;
}

/** Where manifests and blobs are read from: registries, or an OCI image layout. */
export interface ContentSource {
  /** A manifest by tag or digest; undefined where there is none. */
  manifest(at: Reference, signal?: AbortSignal): Promise<Manifest | undefined>;
  /** The digests of the manifests that have this one as their subject. */
  referrers(at: Reference, subject: Digest, signal?: AbortSignal): Promise<readonly Digest[]>;
  blob(at: Reference, known: Content, signal?: AbortSignal): BlobSource;
  /** The error of a blob that is not what its digest says; undefined where it is. Reads it; for one that a target has refused. */
  damage?(known: Content, signal?: AbortSignal): Promise<Error | undefined>;
}

/** Where they are written to. */
export interface ContentTarget extends Pick<ContentSource, "referrers"> {
  hasManifest(at: Reference, digest: Digest, signal?: AbortSignal): Promise<boolean>;
  putBlob(at: Reference, source: BlobSource, options: UploadOptions): Promise<UploadOutcome>;
  /** By digest, or by tag after it is there by digest. */
  putManifest(at: Reference, manifest: Manifest, signal?: AbortSignal): Promise<void>;
  /** Called once at the end. */
  finish(): Promise<void>;
}

/** Types that are accepted for copies: what a lock file pins may be any of them. */
const ANY = [OCI_INDEX, OCI_MANIFEST, "application/vnd.docker.distribution.manifest.v2+json"];

/** Registries as a source and a target. */
export class RegistryContent implements ContentSource, ContentTarget {
  readonly #client: RegistryClient;

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  async manifest(at: Reference, signal?: AbortSignal): Promise<Manifest | undefined> {
    try {
      return await this.#client.getManifest(at, { accept: ANY, signal });
    } catch (error) {
      if (error instanceof TagNotFoundError || error instanceof ManifestNotFoundError) return undefined;
      throw error;
    }
  }

  async referrers(at: Reference, subject: Digest, signal?: AbortSignal): Promise<readonly Digest[]> {
    return (await this.#client.getReferrers(at, subject, { signal })).map(({ digest }) => digest);
  }

  blob(at: Reference, known: Content, signal?: AbortSignal): BlobSource {
    return {
      known,
      open: async () => {
        let offset = 0;
        return {
          read: async (into) => {
            let filled = 0;
            while (filled < into.length && offset < known.size) {
              const length = Math.min(CHUNK, into.length - filled, known.size - offset);
              into.set(await this.#client.getBlobPart(at, known, { offset, length }, signal), filled);
              filled += length;
              offset += length;
            }
            return filled;
          },
          close: async () => undefined,
        };
      },
    };
  }

  hasBlob(at: Reference, digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return this.#client.writer.hasBlob(at, digest, signal);
  }

  hasManifest(at: Reference, digest: Digest, signal?: AbortSignal): Promise<boolean> {
    return this.#client.writer.hasManifest(at, digest, signal);
  }

  putBlob(at: Reference, source: BlobSource, options: UploadOptions): Promise<UploadOutcome> {
    return this.#client.writer.putBlob(at, source, options);
  }

  async putManifest(at: Reference, manifest: Manifest, signal?: AbortSignal): Promise<void> {
    const { mediaType, bytes, content } = manifest;
    const { listsSubject } = await this.#client.writer.putManifest(at, mediaType, bytes, signal);
    const subject = (content.subject as { digest?: Digest } | undefined)?.digest;
    if (subject !== undefined && !listsSubject) await this.#listReferrer(at, subject, manifest, signal);
  }

  async finish(): Promise<void> {}

  /** Lists a referrer under the fallback tag of its subject, for a registry without the API for referrers. */
  async #listReferrer(at: Reference, subject: Digest, manifest: Manifest, signal?: AbortSignal): Promise<void> {
    const tag = at.withTag(referrersTag(subject));
    const list = await this.manifest(tag, signal);
    const entries = (list?.content.manifests ?? []) as { readonly digest: Digest }[];
    if (entries.some(({ digest }) => digest === manifest.digest)) return;
    const { mediaType, digest, size, content } = manifest;
    const { artifactType, config, annotations } = content as { config?: { mediaType?: string } } & Record<
      string,
      unknown
    >;
    const entry = {
      ...{ mediaType, digest, size, artifactType: artifactType ?? config?.mediaType },
      ...(annotations !== undefined && { annotations }),
    };
    const index = document(OCI_INDEX, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...entries, entry] });
    await this.#client.writer.putManifest(tag, OCI_INDEX, index.bytes, signal);
  }
}
