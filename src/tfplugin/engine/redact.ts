import { Dynamic, ExactNumber, getKey, isArray, isObject, type JsonValue, type TfObject, type TfValue } from "../cty";
import type { FieldsSpec } from "../schema";
import { entriesOf, member } from "./objects";

const MASK = "(sensitive value)";
/** Characters of the shortest secret that is masked: shorter ones occur in ordinary words, and masking them would garble messages. */
const MIN_LENGTH = 4;
/** Values of flags, which are not secrets. */
const NOT_SECRET = new Set(["true", "false", "null", "none"]);

/**
 * Masks secrets in messages and logs. It knows the values of sensitive and write-only attributes, and masks them in any text,
 * also in the forms that JSON and URLs give them.
 */
export class Redactor {
  readonly #secrets = new Set<string>();
  readonly #parent: Redactor | undefined;
  #sorted: readonly string[] | undefined;

  /**
   * @param options.base further secrets, known from the start: those of the provider's own configuration
   * @param options.parent learns every secret that this one learns
   */
  constructor({ base, parent }: { readonly base?: Redactor; readonly parent?: Redactor } = {}) {
    for (const secret of base?.secrets ?? []) this.#secrets.add(secret);
    this.#parent = parent;
  }

  get secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  /** Learns the sensitive and write-only values of an object. */
  learn(fields: FieldsSpec, value: TfObject | null): void {
    if (value === null) return;
    for (const name of Object.keys(fields.type.attributes)) {
      const inside = member(value, name);
      const attribute = getKey(fields.attributes, name);
      const inner = attribute?.nested ?? getKey(fields.blocks, name);
      if (attribute?.sensitive || attribute?.writeOnly) this.#learnAll(inside);
      else if (inner !== undefined) for (const { object } of entriesOf(inner, inside)) this.learn(inner.fields, object);
    }
  }

  /** Learns from state of another schema version or resource type: an attribute that is secret here was secret there. */
  learnRaw(fields: FieldsSpec, raw: JsonValue): void {
    if (isObject(raw)) this.learn(fields, raw);
  }

  /** The text with every secret masked. */
  text(text: string): string {
    // Longest first: one secret may contain another.
    this.#sorted ??= [...this.#secrets].sort((a, b) => b.length - a.length);
    let result = text;
    for (const secret of this.#sorted) if (result.includes(secret)) result = result.replaceAll(secret, MASK);
    return result;
  }

  /** A copy of JSON-like data with every secret masked, also in its keys. */
  data(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (value instanceof Error) return this.text(value.stack ?? String(value));
    if (typeof value === "bigint") return String(value);
    if (Array.isArray(value)) return value.map((element) => this.data(element));
    if (typeof value === "object" && value !== null) {
      if ("toJSON" in value && typeof value.toJSON === "function") return this.data(value.toJSON());
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [this.text(key), this.data(inner)]));
    }
    return value;
  }

  #learnAll(value: TfValue): void {
    if (typeof value === "string") this.#add(value);
    else if (typeof value === "number" || value instanceof ExactNumber) this.#add(String(value));
    else if (value instanceof Dynamic) this.#learnAll(value.value);
    else if (isArray(value)) for (const element of value) this.#learnAll(element);
    else if (isObject(value)) for (const inner of Object.values(value)) this.#learnAll(inner);
  }

  #add(secret: string): void {
    if (secret.length < MIN_LENGTH || NOT_SECRET.has(secret)) return;
    if (this.#parent !== undefined) this.#parent.#add(secret);
    if (this.#secrets.has(secret)) return;
    this.#sorted = undefined;
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), inUrl(secret)]) this.#secrets.add(form);
    // Messages often show one line of a text that has several.
    const lines = secret.split(/\r?\n/);
    if (lines.length > 1) for (const line of lines) if (line.trim().length >= 8) this.#secrets.add(line.trim());
  }
}

function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text; // a lone surrogate has no URL form
  }
}
