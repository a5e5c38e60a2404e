import { Dynamic } from "../../tfplugin";
import { typedEntries } from "../shared/typed";
import { withoutNulls } from "../shared/values";

/**
 * The known value of an argument for a comparison or a hash of its JSON: the entries of a map in the order of their keys, without nulls;
 * any other value as it is.
 */
export function ordered(value: unknown): unknown {
  if (value instanceof Dynamic) return ordered(typedEntries(value));
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(withoutNulls(value as Readonly<Record<string, unknown>>)).sort(([a], [b]) => (a < b ? -1 : 1));
}
