/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Private state: facts that a provider keeps with the state of a resource, hidden from users. Terraform stores them unencrypted,
 * so secrets do not belong here.
 */
export class PrivateState {
  readonly #facts = new Map<string, Json>();

  /** @param stored the result of an earlier `bytes`; private state of another provider is dropped */
  constructor(stored: Uint8Array = new Uint8Array(0)) {
    if (stored.length === 0) return;
    try {
      const facts: unknown = JSON.parse(Buffer.from(stored).toString("utf8"));
      if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return;
      for (const [key, value] of Object.entries(facts)) this.#facts.set(key, value as Json);
    } catch {
      // Written by the SDK of another provider, in its own notation.
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

  /** The encoding that Terraform stores. */
  bytes(): Buffer {
    return this.#facts.size === 0 ? Buffer.alloc(0) : Buffer.from(JSON.stringify(Object.fromEntries(this.#facts)));
  }
}
