import { Dynamic, ExactNumber, getKey, isArray, isObject, type JsonValue, type TfObject, type TfValue } from "../cty";
import type { FieldsSpec } from "../schema";
import { entriesOf, member } from "./objects";

const MASK = "(sensitive value)";
/** Shorter texts are in every other word: masking them would tell nothing and destroy every message. */
const MIN_LENGTH = 4;
/** Words that are values of flags and not secrets. */
const PLAIN = new Set(["true", "false", "null", "none"]);

/**
 * Keeps secrets out of what people read. It knows the values of sensitive and write-only attributes, and masks them in any
 * text, also in the forms that JSON and URLs give them.
 */
export class Redactor {
  readonly #secrets = new Set<string>();
  readonly #whole: Redactor | undefined;
  #sorted: readonly string[] | undefined;

  /**
   * @param options.base what is secret besides: the provider's own configuration
   * @param options.whole learns all that this one learns
   */
  constructor({ base, whole }: { readonly base?: Redactor; readonly whole?: Redactor } = {}) {
    for (const secret of base?.secrets ?? []) this.#secrets.add(secret);
    this.#whole = whole;
  }

  get secrets(): ReadonlySet<string> {
    return this.#secrets;
  }

  /** Learns the secrets in a value of a schema. */
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

  /** Learns from state of another schema version or resource type: a name that is secret in this schema was so in that one. */
  learnRaw(fields: FieldsSpec, raw: JsonValue): void {
    if (isObject(raw)) this.learn(fields, raw);
  }

  /** The text with every secret masked. */
  text(text: string): string {
    // Longest first: a secret may contain another.
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
    if (secret.length < MIN_LENGTH || PLAIN.has(secret)) return;
    if (this.#whole !== undefined) this.#whole.#add(secret);
    if (this.#secrets.has(secret)) return;
    this.#sorted = undefined;
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), inUrl(secret)]) this.#secrets.add(form);
    // A text of several lines is often shown a line at a time.
    const lines = secret.split(/\r?\n/);
    if (lines.length > 1) for (const line of lines) if (line.trim().length >= 8) this.#secrets.add(line.trim());
  }
}

function inUrl(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text; // half a surrogate pair has no URL form
  }
}
