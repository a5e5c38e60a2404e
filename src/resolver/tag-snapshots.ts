import type { Digest, Reference } from "../reference";
import type { ImageDocument } from "../selection";
import { LruMemo } from "./lru-memo";

/** What a tag or digest points to. */
export interface TagContent {
  readonly digest: Digest;
  readonly document: ImageDocument;
  /** Whether the registry names the digest in its response; Ironic learns a single manifest's digest from nowhere else. */
  readonly hasDigestHeader: boolean;
}

/**
 * What each tag points to: read once, and then what it was, so that all who ask agree.
 *
 * A tag that is being moved may be caught in between: its index is the old one, and what that lists is gone. Then it is
 * read once more, as long as nobody has been told anything from the first reading.
 */
export class TagSnapshots {
  readonly #contents = new LruMemo<TagContent>();
  /** What somebody relies on, for good: a document that is no longer kept is read again by this digest, not by its tag. */
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

  /** Has it stay what it is, because an answer was made from it. False when it has been read anew meanwhile. */
  async commit(reference: Reference, content: TagContent, signal: AbortSignal | undefined): Promise<boolean> {
    if ((await this.read(reference, signal)).digest !== content.digest) return false;
    if (reference.digest === undefined) this.#committed.set(reference.canonical(), content.digest);
    return true;
  }

  /** Lets the next asker read it anew, because `content` can't be right. False when it has to stay what it is. */
  invalidate(reference: Reference, content: TagContent): boolean {
    const key = reference.canonical();
    if (reference.digest !== undefined || this.#committed.has(key) || this.#readTwice.has(key)) return false;
    this.#readTwice.add(key);
    this.#contents.delete(key, content);
    return true;
  }
}
