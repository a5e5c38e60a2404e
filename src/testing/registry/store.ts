import { type Digest, digestOf, parseDigest } from "../../reference";

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** One repository of the in-process registry. */
export class RepositoryStore {
  readonly manifests = new Map<string, StoredManifest>();
  readonly blobs = new Map<string, Buffer>();
  /** Tag to digest, in the order of pushing. */
  readonly tags = new Map<string, Digest>();
}

/** Everything that the in-process registry holds. */
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

  /** Stores a manifest under its digest, and under a tag where one is named. */
  putManifest(repository: string, mediaType: string, body: string | Uint8Array, tag?: string): Digest {
    const bytes = Buffer.from(body);
    const digest = digestOf(bytes);
    const store = this.repository(repository);
    store.manifests.set(digest, { mediaType, bytes });
    if (tag !== undefined) store.tags.set(tag, digest);
    return digest;
  }

  /** Points a tag somewhere else. */
  tag(repository: string, tag: string, digest: string): void {
    this.repository(repository).tags.set(tag, parseDigest(digest));
  }
}
