import { type Digest, digestOf, parseDigest } from "../../reference";

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface StoredManifestContent {
  readonly subject?: { readonly digest: string };
  readonly artifactType?: string;
  readonly config?: { readonly mediaType?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A descriptor in the list of referrers. */
export interface StoredReferrer {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType: string | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** Differences to docker-registry in responses, beside the manifests; `wire` in recorded cases. */
export interface RegistryQuirks {
  /** The Content-Type of all manifests. */
  readonly contentType?: string;
  /** No Docker-Content-Digest. */
  readonly noDigestHeader?: boolean;
  /** Accept is ignored: indexes and OCI manifests are sent to all clients. */
  readonly anyAccept?: boolean;
  /**
   * The list of tags: `absent`, without the existing tags; `null`, `"tags": null`; `404`, no list; `paged`, one tag per
   * page.
   */
  readonly tags?: "absent" | "null" | "404" | "paged";
}

/** One repository of the in-process registry. */
export class RepositoryStore {
  quirks: RegistryQuirks = {};
  readonly manifests = new Map<string, StoredManifest>();
  readonly blobs = new Map<string, Buffer>();
  /** Tag to digest, in the order of pushing. */
  readonly tags = new Map<string, Digest>();
}

/** The content of the in-process registry. */
export class RegistryStore {
  readonly #repositories = new Map<string, RepositoryStore>();

  find(name: string): RepositoryStore | undefined {
    return this.#repositories.get(name);
  }

  repository(name: string): RepositoryStore {
    let repository = this.#repositories.get(name);
    if (!repository) {
      repository = new RepositoryStore();
      this.#repositories.set(name, repository);
    }
    return repository;
  }

  putBlob(repository: string, bytes: Uint8Array): Digest {
    const digest = digestOf(bytes);
    this.repository(repository).blobs.set(digest, Buffer.from(bytes));
    return digest;
  }

  /** Stores a manifest by its digests, and by a tag, if given. */
  putManifest(repository: string, mediaType: string, body: string | Uint8Array, tag?: string): Digest {
    const bytes = Buffer.from(body);
    const digest = digestOf(bytes);
    const store = this.repository(repository);
    for (const each of [digest, digestOf(bytes, "sha512")]) store.manifests.set(each, { mediaType, bytes });
    if (tag !== undefined) store.tags.set(tag, digest);
    return digest;
  }

  /** The descriptors of the manifests with this subject. */
  referrers(repository: string, subject: string): readonly StoredReferrer[] {
    const all = new Map<Digest, StoredReferrer>();
    for (const { mediaType, bytes } of this.find(repository)?.manifests.values() ?? []) {
      const content = JSON.parse(bytes.toString("utf8")) as StoredManifestContent;
      if (content.subject?.digest !== subject) continue;
      const { artifactType = content.config?.mediaType, annotations } = content;
      all.set(digestOf(bytes), { mediaType, digest: digestOf(bytes), size: bytes.length, artifactType, annotations });
    }
    return [...all.values()];
  }

  /** Moves a tag. */
  tag(repository: string, tag: string, digest: string): void {
    this.repository(repository).tags.set(tag, parseDigest(digest));
  }
}
