import type { JsonObject } from "../../ironic";
import { type TextMap, without } from "./values";

/** The key of `properties` and of `instance_info` with the format `name:value,name:value`. */
export const CAPABILITIES = "capabilities";

/** The pairs of `name:value,name:value`, or of a JSON object, which Ironic accepts as well. */
export function parseCapabilities(text: string): JsonObject {
  if (/^\s*\{/.test(text)) return JSON.parse(text) as JsonObject;
  return Object.fromEntries(
    text
      .split(",")
      .map((pair) => pair.trim())
      .filter((pair) => pair !== "")
      .map((pair) => {
        const colon = pair.indexOf(":");
        return colon < 0 ? [pair, ""] : [pair.slice(0, colon), pair.slice(colon + 1)];
      }),
  );
}

/**
 * `properties`, whose capabilities are limited to the pairs in the prior state. They are a free-form field within a text: the conductor
 * adds pairs to it, such as what inspection found and the RAID level (`utils.get_updated_capabilities`).
 */
export function namedCapabilities(prior: TextMap | null, now: JsonObject): JsonObject {
  const [before, current] = [pairsOf(prior?.[CAPABILITIES]), pairsOf(now[CAPABILITIES])];
  if (before === undefined || current === undefined) return now;
  const named = Object.fromEntries(Object.entries(current).filter(([name]) => Object.hasOwn(before, name)));
  return { ...now, [CAPABILITIES]: samePairs(before, named) ? (prior?.[CAPABILITIES] ?? "") : print(named) };
}

/**
 * The planned `properties`, whose capabilities keep the pairs that only Ironic has. If no capabilities are planned any more, only the
 * pairs of the prior state are removed.
 */
export function withOtherCapabilities(wanted: TextMap, current: JsonObject, prior: TextMap | null): TextMap {
  const [before, now] = [pairsOf(prior?.[CAPABILITIES]), pairsOf(current[CAPABILITIES])];
  const dropped = (wanted[CAPABILITIES] ?? undefined) === undefined;
  const planned = dropped ? before && {} : pairsOf(wanted[CAPABILITIES]);
  if (planned === undefined || now === undefined) return wanted;
  const all = { ...without(now, Object.keys(before ?? {})), ...planned };
  if (dropped && Object.keys(all).length === 0) return wanted;
  return { ...wanted, [CAPABILITIES]: samePairs(all, now) ? String(current[CAPABILITIES]) : print(all) };
}

/** The pairs of a text; undefined for an absent value, and for a JSON object or other text in braces. */
export function pairsOf(value: unknown): TextMap | undefined {
  return typeof value === "string" && !/[{}]/.test(value) ? (parseCapabilities(value) as TextMap) : undefined;
}

function samePairs(some: TextMap, others: TextMap): boolean {
  const names = Object.keys(some);
  return names.length === Object.keys(others).length && names.every((name) => some[name] === others[name]);
}

/** The text of pairs. */
export function print(pairs: TextMap): string {
  return Object.entries(pairs)
    .map(([name, value]) => (value === "" ? name : `${name}:${value}`))
    .join(",");
}
