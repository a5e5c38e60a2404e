import { type Json, type JsonObject, MASK, sameJson } from "../../ironic";
import { Dynamic, isUnknown, type Unknown } from "../../tfplugin";

/**
 * A map of strings, the type of Ironic's free-form fields in the schema, as in `openshift-metal3/ironic`. Configuration and state may
 * contain null values, which that provider's SDK treated as absent; no other map has them.
 */
export type TextMap = Readonly<Record<string, string>>;

/** Whether a value means the same as null: `openshift-metal3/ironic` stored "", 0, false, {} and [] for unset arguments. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (value instanceof Dynamic) return isEmpty(value.value);
  return typeof value === "object" && !isUnknown(value) && Object.values(value).every((each) => each === null);
}

/** Ironic's value, or the prior one if both are empty. */
export function keepPriorIfEmpty<T>(prior: T | null, now: T | null): T | null {
  return isEmpty(prior) && isEmpty(now) ? prior : now;
}

/** Drops entries whose value is null. */
export function withoutNulls<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}

/** The planned value, which Terraform requires in the new state, or Ironic's value where the plan was unknown. */
export function plannedOr<T>(planned: T | Unknown, found: T): T {
  return isUnknown(planned) ? found : planned;
}

/** A JSON value as a string of a map: a string as it is, any other value as JSON. */
export function toText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Whether a string of a map is a JSON value as `toText` prints it, in any order of keys and with any spaces. */
export function isTextOf(text: string, value: Json): boolean {
  if (toText(value) === text) return true;
  return typeof value === "object" && sameJson(parsedJson(text) ?? text, value);
}

/** Whether two strings of maps are equal, or JSON objects or lists with the same content. */
function sameText(one: string, other: string): boolean {
  if (one === other) return true;
  const [some, others] = [parsedJson(one), parsedJson(other)];
  return some !== undefined && others !== undefined && sameJson(some, others);
}

/** The JSON object or list of a text; undefined for any other text. */
export function parsedJson(text: string): Json | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** One of Ironic's free-form fields for state. A masked value can't be compared, and keeps its prior value. */
export function readMap(prior: TextMap | null, now: JsonObject | undefined): TextMap | null {
  const read: Record<string, string> = {};
  for (const [key, value] of Object.entries(now ?? {})) {
    if (value === null) continue;
    const before = prior === null ? undefined : textOf(prior, key);
    const isKept = before !== undefined && (value === MASK || isTextOf(before, value));
    read[key] = isKept ? before : toText(value);
  }
  return keepPriorIfEmpty(prior, read);
}

/** Whether two maps have the same entries; null values are none. */
export function sameEntries(one: TextMap, other: TextMap): boolean {
  const [some, others] = [withoutNulls(one), withoutNulls(other)];
  const keys = Object.keys(some);
  return keys.length === Object.keys(others).length && keys.every((key) => some[key] === others[key]);
}

/** Whether two maps are equal; a masked value equals any value. */
export function sameMap(left: TextMap | null, right: TextMap | null): boolean {
  const [a, b] = [left ?? {}, right ?? {}];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => {
    const [one, other] = [textOf(a, key), textOf(b, key)];
    if (one === undefined || other === undefined) return one === other;
    return one === MASK || other === MASK || sameText(one, other);
  });
}

/**
 * A map of strings to send. Ironic's number or boolean stays where its text is the planned value, and so does its mask where state
 * knows that value: in a patch, the mask means unchanged.
 */
export function toSend(wanted: TextMap, current: JsonObject | undefined, prior: TextMap | null): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(withoutNulls(wanted)).map(([key, value]): [string, Json] => {
      const now = current && Object.hasOwn(current, key) ? current[key] : undefined;
      if (now === undefined || now === null) return [key, value];
      if (now === MASK && (value === MASK || (prior && textOf(prior, key) === value))) return [key, MASK];
      return [key, isTextOf(value, now) ? now : value];
    }),
  );
}

/** Whether a value, or a value in it, is unknown. */
export function hasUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnknown);
}

/** The map without the given keys. */
export function without<T>(map: Readonly<Record<string, T>>, keys: Iterable<string>): Record<string, T> {
  const dropped = new Set(keys);
  return Object.fromEntries(Object.entries(map).filter(([key]) => !dropped.has(key)));
}

/** A map whose values are all known; undefined while the map or a value is unknown. */
export function knownMap(map: Readonly<Record<string, string | Unknown>> | Unknown | null): TextMap | null | undefined {
  if (map === null) return null;
  if (isUnknown(map)) return undefined;
  const values = map as Readonly<Record<string, string | Unknown>>;
  return Object.values(values).some((value) => isUnknown(value)) ? undefined : (values as TextMap);
}

function textOf(map: TextMap, key: string): string | undefined {
  return Object.hasOwn(map, key) ? (map[key] ?? undefined) : undefined;
}
