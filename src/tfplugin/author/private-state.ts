/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Facts a provider keeps with a resource's state where no user sees them. Terraform stores them unencrypted: no place for
 * secrets.
 */
export class PrivateState {
  readonly #facts = new Map<string, Json>();

  /** @param stored what an earlier `bytes` gave; private state of another provider is dropped */
  constructor(stored: Uint8Array = new Uint8Array(0)) {
    if (stored.length === 0) return;
    try {
      const facts: unknown = JSON.parse(Buffer.from(stored).toString("utf8"));
      if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return;
      for (const [key, value] of Object.entries(facts)) this.#facts.set(key, value as Json);
    } catch {
      // An SDK of another provider wrote this in a notation of its own.
    }
  }

  get(key: string): Json | undefined {
    return this.#facts.get(key);
  }

  set(key: string, value: Json): void {
    this.#facts.set(key, value);
  }

  delete(key: string): void {
    this.#facts.delete(key);
  }

  /** What to store. */
  bytes(): Buffer {
    return this.#facts.size === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(Object.fromEntries(this.#facts)));
  }
}
