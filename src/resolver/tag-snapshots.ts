import type { Digest, Reference } from "../reference";
import type { ImageDocument } from "../selection";
import { LruMemo } from "./lru-memo";

/** Content of a tag or digest. */
export interface TagContent {
  readonly digest: Digest;
  readonly document: ImageDocument;
  /** Whether the registry names the digest in its response; Ironic learns a single manifest's digest from nowhere else. */
  readonly hasDigestHeader: boolean;
}

/**
 * Snapshot of each tag: read once per resolver, so that all callers get pins from one state of the tag.
 *
 * A tag that is moved during a run may be read in between: the old index, whose manifests are already deleted. It is then read
 * once more, unless a result from the first snapshot was already returned (committed).
 */
export class TagSnapshots {
  readonly #contents = new LruMemo<TagContent>();
  /** Digests already returned to a caller: a document evicted from the cache is read again by digest, not by tag. */
  readonly #committed = new Map<string, Digest>();
  readonly #readTwice = new Set<string>();
  readonly #fetch: (reference: Reference, signal: AbortSignal) => Promise<TagContent>;

  constructor(fetch: (reference: Reference, signal: AbortSignal) => Promise<TagContent>) {
    this.#fetch = fetch;
  }

  read(reference: Reference, signal: AbortSignal | undefined): Promise<TagContent> {
    const key = reference.canonical();
    return this.#contents.get(key, signal, (shared) => {
      const digest = this.#committed.get(key);
      return this.#fetch(digest === undefined ? reference : reference.withDigest(digest), shared);
    });
  }

  /** Fixes the snapshot before a result from it is returned. False when the tag has been read again in between. */
  async commit(reference: Reference, content: TagContent, signal: AbortSignal | undefined): Promise<boolean> {
    if ((await this.read(reference, signal)).digest !== content.digest) return false;
    if (reference.digest === undefined) this.#committed.set(reference.canonical(), content.digest);
    return true;
  }

  /**
   * Discards an inconsistent snapshot, so that the next read fetches the tag. False for a digest, a committed snapshot, or a second
   * time.
   */
  invalidate(reference: Reference, content: TagContent): boolean {
    const key = reference.canonical();
    if (reference.digest !== undefined || this.#committed.has(key) || this.#readTwice.has(key)) return false;
    this.#readTwice.add(key);
    this.#contents.delete(key, content);
    return true;
  }
}
