import { type Json, type JsonObject, MASK } from "../../ironic";
import { CAPABILITIES, parseCapabilities } from "../shared/capabilities";
import { sameMap, type TextMap, toSend, toText, without, withoutNulls } from "../shared/values";
import { isServerOverride, isServerWritten, type ServerOverrides } from "./server-overrides";

/**
 * `instance_info` as state holds it: what it says already, as Ironic has it now. The rest is Ironic's own.
 * @param record what Ironic wrote over it when it was deployed, where that is known
 */
export function readInstanceInfo(prior: TextMap, now: JsonObject, record: ServerOverrides | undefined): TextMap {
  return Object.fromEntries(
    Object.entries(prior).flatMap(([key, was]): [string, string][] => {
      if (isServerOverride(key, now, record)) return [[key, was]];
      const is = Object.hasOwn(now, key) ? now[key] : undefined;
      if (is === undefined || is === null) return [];
      if (is === MASK || sameValue(key, was, is)) return [[key, was]];
      return [[key, key === CAPABILITIES ? printCapabilities(is) : toText(is)]];
    }),
  );
}

/** Everything of `instance_info` that somebody may have said: what an import starts from. */
export function allInstanceInfo(now: JsonObject): TextMap {
  const said = Object.entries(now).filter(([key, value]) => value !== null && value !== MASK && !isServerWritten(key));
  return Object.fromEntries(
    said.map(([key, value]) => [key, key === CAPABILITIES ? printCapabilities(value) : toText(value)]),
  );
}

/**
 * `instance_info` as it is to be: what is said, what was said before and no more is gone, and what is Ironic's stays.
 * @param anew a deployment follows: what Ironic computed for the last one is gone too. It would check the new image against the
 *   old one's hash: `image_os_hash_value` goes before any checksum.
 */
export function instanceInfoToSend(
  wanted: TextMap,
  current: JsonObject,
  prior: TextMap | null,
  { anew, record }: { readonly anew: boolean; readonly record: ServerOverrides | undefined },
): JsonObject {
  // What Ironic made of something that is said as before is left to it until it deploys.
  const left = (key: string) => !anew && prior?.[key] === wanted[key] && isServerOverride(key, current, record);
  const ironics = Object.entries(current).filter(
    ([key]) =>
      left(key) || (!Object.hasOwn(wanted, key) && !Object.hasOwn(prior ?? {}, key) && !(anew && isServerWritten(key))),
  );
  const sent = toSend(without(wanted, Object.keys(wanted).filter(left)), current, prior);
  const said = Object.entries(sent).map(([key, value]): [string, Json] => {
    const is = current[key];
    if (key !== CAPABILITIES || typeof value !== "string") return [key, value];
    return [key, is !== undefined && is !== null && sameValue(key, value, is) ? is : parseCapabilities(value)];
  });
  return { ...Object.fromEntries(ironics), ...Object.fromEntries(said) };
}

/** Whether both come to the same `instance_info`: the order of capabilities means nothing. */
export function sameInfo(some: TextMap, others: TextMap): boolean {
  const { [CAPABILITIES]: one, ...rest } = withoutNulls(some);
  const { [CAPABILITIES]: other, ...otherRest } = withoutNulls(others);
  if (!sameMap(rest, otherRest)) return false;
  if (one === undefined || other === undefined || one === other) return one === other;
  return sortedCapabilities(parseCapabilities(one)) === sortedCapabilities(parseCapabilities(other));
}

function sameValue(key: string, text: string, value: Json): boolean {
  if (key !== CAPABILITIES || typeof value !== "object") return toText(value) === text;
  return sortedCapabilities(parseCapabilities(text)) === sortedCapabilities(value as JsonObject);
}

function printCapabilities(value: Json): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return toText(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}:${toText(each)}`)
    .join(",");
}

function sortedCapabilities(capabilities: JsonObject): string {
  return JSON.stringify(Object.entries(capabilities).sort(([a], [b]) => (a < b ? -1 : 1)));
}
