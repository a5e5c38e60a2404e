import { Fn, Token } from "cdktf";
import type { FieldValue } from "../node/configuration";

/** Ironic's free-form fields as the provider's maps of strings hold them; undefined for none at all. */
export function texts(fields: Readonly<Record<string, FieldValue>>): Record<string, string> | undefined {
  const entries = Object.entries(fields).map(([name, value]) => [name, toText(value)]);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** A string as it is, and anything else as JSON: so the provider reads it back. */
export function toText(value: FieldValue): string {
  if (typeof value === "string") return value;
  // What a token stands for is known to Terraform only, and it has to go into the JSON escaped.
  return holdsToken(value) ? Token.asString(Fn.jsonencode(value)) : JSON.stringify(value);
}

function holdsToken(value: FieldValue): boolean {
  if (Token.isUnresolved(value)) return true;
  return typeof value === "object" && Object.values(value).some(holdsToken);
}
