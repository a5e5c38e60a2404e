import { type Json, type JsonObject, MASK } from "../../ironic";
import { isUnknown, type Unknown } from "../../tfplugin";

/**
 * A map of strings: all that the schema of the old provider has for Ironic's free-form fields. As its SDK did, `{ a = null }` is
 * taken to say nothing of a: there may be such in what users say and in state, and nowhere else.
 */
export type TextMap = Readonly<Record<string, string>>;

/** The old provider wrote "", {}, [] and the like into state where nothing was said; they mean the same as null. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && !isUnknown(value) && Object.values(value).every((each) => each === null);
}

/** What Ironic has, in the words that state has for it already where both mean the same. */
export function keep<T>(prior: T | null, now: T | null): T | null {
  return isEmpty(prior) && isEmpty(now) ? prior : now;
}

/**
 * The plan for an argument that is the user's alone: what they said, or nothing; and what state has where that means the
 * same, so that "" beside null is no change.
 */
export function planned<T>(said: T | Unknown | null, prior: T | null | undefined): T | Unknown | null {
  if (prior === undefined || prior === null) return said;
  return (isEmpty(prior) && isEmpty(said)) || sameSaid(said, prior) ? prior : said;
}

/** Whether two maps differ in nothing but keys that are null. */
function sameSaid(said: unknown, prior: unknown): boolean {
  if (![said, prior].every((each) => typeof each === "object" && each !== null && !Array.isArray(each))) return false;
  if (isUnknown(said)) return false;
  const [one, other] = [withoutNulls(said as TextMap), withoutNulls(prior as TextMap)];
  return Object.keys(one).length === Object.keys(other).length && Object.entries(one).every(([k, v]) => other[k] === v);
}

/** The map without what says nothing. */
export function withoutNulls<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== null));
}

/** The plan for an argument that stays as it was where the user says nothing, or "", which was the same for the old provider. */
export function plannedOrKept<T>(said: T | Unknown | null, prior: T | null | undefined): T | Unknown | null {
  // A plan may differ from what is said only where state says something.
  return isEmpty(said) && prior !== undefined && prior !== null ? prior : said;
}

/** A value of Ironic's JSON as a map of strings holds it. */
export function toText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * One of Ironic's free-form fields as state holds it. A value that Ironic masks can't be compared: it is what state says
 * it is.
 */
export function readMap(prior: TextMap | null, now: JsonObject | undefined): TextMap | null {
  const read: Record<string, string> = {};
  for (const [key, value] of Object.entries(now ?? {})) {
    if (value === null) continue;
    const was = prior === null ? undefined : own(prior, key);
    read[key] = value === MASK && was !== undefined ? was : toText(value);
  }
  return keep(prior, read);
}

/** Whether two maps say the same; a masked value may be anything. */
export function sameMap(left: TextMap | null, right: TextMap | null): boolean {
  const [a, b] = [left ?? {}, right ?? {}];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => {
    const [one, other] = [own(a, key), own(b, key)];
    return one === other || (one !== undefined && other !== undefined && (one === MASK || other === MASK));
  });
}

/**
 * What to send for a map of strings: where Ironic has a number or boolean that reads the same, that; and the mask, which
 * means unchanged, where Ironic masks and state knows the value already.
 */
export function toSend(wanted: TextMap, current: JsonObject | undefined, prior: TextMap | null): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(withoutNulls(wanted)).map(([key, value]): [string, Json] => {
      const now = current && Object.hasOwn(current, key) ? current[key] : undefined;
      if (now === undefined || now === null) return [key, value];
      if (now === MASK && (value === MASK || (prior && own(prior, key) === value))) return [key, MASK];
      return [key, toText(now) === value ? now : value];
    }),
  );
}

/** The map without some of its keys. */
export function without<T>(map: Readonly<Record<string, T>>, keys: Iterable<string>): Record<string, T> {
  const dropped = new Set(keys);
  return Object.fromEntries(Object.entries(map).filter(([key]) => !dropped.has(key)));
}

/** A map whose values are all known; undefined while it, or one of them, is not. */
export function knownMap(map: Readonly<Record<string, string | Unknown>> | Unknown | null): TextMap | null | undefined {
  if (map === null) return null;
  if (isUnknown(map)) return undefined;
  const values = map as Readonly<Record<string, string | Unknown>>;
  return Object.values(values).some((value) => isUnknown(value)) ? undefined : (values as TextMap);
}

function own(map: TextMap, key: string): string | undefined {
  return Object.hasOwn(map, key) ? (map[key] ?? undefined) : undefined;
}
