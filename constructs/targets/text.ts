import { Fn, Token } from "cdktf";
import type { FieldValue } from "../node/configuration";
import { holdsToken, isToken } from "../tokens";

/** Ironic's free-form fields as a map of strings, which the provider takes; undefined when there are none. */
export function texts(fields: Readonly<Record<string, FieldValue>>): Record<string, string> | undefined {
  if (isToken(fields)) return fields as Record<string, string>;
  const entries = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A string unchanged, and any other value as JSON, which the provider parses. */
export function toText(value: FieldValue): string {
  if (typeof value === "string") return value;
  // The value of a token is known to Terraform alone, and must be escaped in the JSON.
  return holdsToken(value) ? Token.asString(Fn.jsonencode(value)) : JSON.stringify(value);
}
