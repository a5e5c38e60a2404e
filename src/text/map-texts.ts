/** A copy of JSON-like data with each text changed, keys too; an error becomes its stack. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (value instanceof Error) return change(value.stack ?? String(value));
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return value.map((element) => mapTexts(element, change));
  if (typeof value === "object" && value !== null) {
    if ("toJSON" in value && typeof value.toJSON === "function") return mapTexts(value.toJSON(), change);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [change(key), mapTexts(inner, change)]));
  }
  return value;
}
