import { Fn, type IResolvable, Token, Tokenization } from "cdktf";
import type { FieldValue } from "../node/configuration";
import { SynthValue } from "../synth-value";
import { holdsToken, isToken } from "../tokens";

/** Ironic's free-form fields as a map of strings, which the provider takes; undefined when there are none. */
export function texts(fields: Readonly<Record<string, FieldValue>>): Record<string, string> | undefined {
  if (isToken(fields)) return fields as Record<string, string>;
  const entries = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/**
 * Network data as a map of strings. Its values are lists, and JSON in Terraform: a token whose type is not known before Terraform runs is
 * JSON where it is a text, and is encoded where it is not.
 */
export function networkDataTexts(fields: Readonly<Record<string, FieldValue>>): Record<string, string> | undefined {
  if (isToken(fields)) return texts(fields);
  return texts(
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [name, Tokenization.isResolvable(value) ? jsonText(value) : value]),
    ),
  );
}

/** A token as JSON text: unchanged where it is a text, and encoded where it is not. */
export function jsonText(value: IResolvable): string {
  const encoded = Token.asString(Fn.try([Fn.tostring(value), Fn.jsonencode(value)]));
  return resolvedText(value, encoded);
}

/** A string unchanged, and any other value as JSON: the form in which the provider reads the values of Ironic. */
export function toText(value: FieldValue): string {
  if (typeof value === "string") return value;
  if (Tokenization.isResolvable(value)) return resolvedText(value);
  // The value of a token is known to Terraform alone, and must be escaped in the JSON.
  return holdsToken(value)
    ? Token.asString(Fn.jsonencode(mapTexts(value, (text) => text.replaceAll("%{", "%%{"))))
    : JSON.stringify(mapTexts(value, (text) => text.replaceAll("${", "$$$${").replaceAll("%{", "%%{")));
}

/**
 * A value with its literal texts changed: the texts of an object are data, whether it holds a token or not, and no templates of Terraform.
 * CDKTF escapes `${` itself in the arguments of functions.
 */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (isToken(value)) return value;
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change));
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [change(key), mapTexts(each, change)]));
}

/** The text of a token whose type is not known before synthesis: `variable.value`, `variable.booleanValue`, `Lazy.anyValue`. */
function resolvedText(value: IResolvable, expression: string | IResolvable = value): string {
  return Token.asString(
    new SynthValue((context): string => {
      let produced: unknown = value;
      // A copy: expressions change the context that they are given.
      while (Tokenization.isResolvable(produced)) produced = produced.resolve({ ...context });
      // Terraform converts numbers and booleans behind an expression to text.
      if (typeof produced !== "string") return context.resolve(toText(produced as FieldValue));
      return context.resolve(isExpression(produced) ? expression : value);
    }),
  );
}

/** Whether a text is evaluated by Terraform. */
function isExpression(text: string): boolean {
  return isToken(text) || /(?<!\$)\$\{/.test(text);
}
