import type { Digest, Reference } from "../reference";
import type { ImageDocument } from "../selection";
import { Memory } from "./memory";

/** What a tag or digest points to. */
export interface TagContent {
  readonly digest: Digest;
  readonly document: ImageDocument;
}

/**
 * What each tag points to: read once, and then what it was, so that all who ask agree.
 *
 * A tag that is being moved may be caught in between: its index is the old one, and what that lists is gone. Then it is
 * read once more, as long as nobody has been told anything from the first reading.
 */
export class TagViews {
  readonly #contents = new Memory<TagContent>();
  /** References that stay what they are: somebody relies on them, or they have been read twice. */
  readonly #final = new Set<string>();
  readonly #fetch: (reference: Reference, signal: AbortSignal) => Promise<TagContent>;

  constructor(fetch: (reference: Reference, signal: AbortSignal) => Promise<TagContent>) {
    this.#fetch = fetch;
  }

  read(reference: Reference, signal: AbortSignal | undefined): Promise<TagContent> {
    return this.#contents.get(reference.canonical(), signal, (shared) => this.#fetch(reference, shared));
  }

  /** Has it stay what it is, because an answer was made from it. False when it has been read anew meanwhile. */
  async settle(reference: Reference, content: TagContent, signal: AbortSignal | undefined): Promise<boolean> {
    if ((await this.read(reference, signal)) !== content) return false;
    this.#final.add(reference.canonical());
    return true;
  }

  /** Lets the next asker read it anew, because `content` can't be right. False when it has to stay what it is. */
  reconsider(reference: Reference, content: TagContent): boolean {
    const key = reference.canonical();
    if (reference.digest !== undefined || this.#final.has(key)) return false;
    this.#final.add(key);
    this.#contents.forget(key, content);
    return true;
  }
}
