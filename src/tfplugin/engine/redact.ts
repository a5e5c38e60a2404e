import { mapTexts, printableLines, Secrets } from "../../text";
import { Dynamic, ExactNumber, isArray, isObject, type JsonValue, type TfObject, type TfValue } from "../cty";
import type { FieldsSpec } from "../schema";
import { entriesOf, member, membersOf } from "./objects";

/** Masks the values of sensitive and write-only attributes in messages and logs, in any spelling. */
export class Redactor {
  readonly secrets: Secrets;
  readonly #parent: Redactor | undefined;

  /**
   * @param options.base further secrets: those of the provider's own configuration
   * @param options.parent learns every secret that this one learns
   */
  constructor({ base, parent }: { readonly base?: Redactor; readonly parent?: Redactor } = {}) {
    this.secrets = new Secrets(...(base ? [base.secrets] : []));
    this.#parent = parent;
  }

  /** Learns the sensitive and write-only values of an object. */
  learn(fields: FieldsSpec, value: TfObject | null): void {
    if (value === null) return;
    for (const { name, attribute, inner } of membersOf(fields)) {
      const inside = member(value, name);
      if (attribute?.sensitive || attribute?.writeOnly) this.#learnAll(inside);
      else if (inner !== undefined) for (const { object } of entriesOf(inner, inside)) this.learn(inner.fields, object);
    }
  }

  /** Learns from state of another schema version or resource type: an attribute that is secret here was secret there. */
  learnRaw(fields: FieldsSpec, raw: JsonValue): void {
    if (isObject(raw)) this.learn(fields, raw);
  }

  /** The text with every secret masked, and safe for a terminal. */
  text(text: string): string {
    return printableLines(this.secrets.mask(text));
  }

  /** A copy of JSON-like data with every secret masked, also in its keys, and safe for a terminal. */
  data(value: unknown): unknown {
    return mapTexts(value, (text) => this.text(text));
  }

  #learnAll(value: TfValue): void {
    if (typeof value === "string") this.#add(value);
    else if (typeof value === "number" || value instanceof ExactNumber) this.#add(String(value));
    else if (value instanceof Dynamic) this.#learnAll(value.value);
    else if (isArray(value)) for (const element of value) this.#learnAll(element);
    else if (isObject(value)) for (const inner of Object.values(value)) this.#learnAll(inner);
  }

  #add(secret: string): void {
    this.secrets.add(secret);
    if (this.#parent !== undefined) this.#parent.#add(secret);
  }
}
