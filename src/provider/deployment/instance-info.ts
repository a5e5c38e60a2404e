import { type Json, type JsonObject, MASK } from "../../ironic";
import { CAPABILITIES, parseCapabilities } from "../shared/capabilities";
import { sameMap, type TextMap, toSend, toText, without, withoutNulls } from "../shared/values";
import { FINGERPRINT } from "./fingerprint";
import { isServerOverride, isServerWritten, type ServerOverrides } from "./server-overrides";
import { UNFINISHED } from "./unfinished";

/**
 * The `instance_info` for state: the keys of the prior state with Ironic's current values. Other keys are Ironic's.
 * @param overrides the overrides of the last deployment, if recorded
 */
export function readInstanceInfo(prior: TextMap, now: JsonObject, overrides: ServerOverrides | undefined): TextMap {
  return Object.fromEntries(
    Object.entries(prior).flatMap(([key, before]): [string, string][] => {
      if (isServerOverride(key, now, overrides)) return [[key, before]];
      const current = Object.hasOwn(now, key) ? now[key] : undefined;
      if (current === undefined || current === null) return [];
      if (current === MASK || sameValue(key, before, current)) return [[key, before]];
      return [[key, key === CAPABILITIES ? printCapabilities(current) : toText(current)]];
    }),
  );
}

/** Keys that this provider writes. */
const OF_THIS_PROVIDER: ReadonlySet<string> = new Set([UNFINISHED, FINGERPRINT]);

/** The `instance_info` for the state of an import: every key that may have been configured. */
export function allInstanceInfo(now: JsonObject): TextMap {
  const configurable = Object.entries(now).filter(
    ([key, value]) => value !== null && value !== MASK && !OF_THIS_PROVIDER.has(key) && !isServerWritten(key),
  );
  return Object.fromEntries(
    configurable.map(([key, value]) => [key, key === CAPABILITIES ? printCapabilities(value) : toText(value)]),
  );
}

/**
 * The `instance_info` to send: configured keys; keys that were configured before and are not any more are dropped; keys that Ironic
 * wrote itself are kept.
 * @param redeploy a deployment follows: keys that Ironic computed for the last one are dropped too. It would verify the new image
 *   against the hash of the old one: `image_os_hash_value` takes precedence over any checksum.
 */
export function instanceInfoToSend(
  wanted: TextMap,
  current: JsonObject,
  prior: TextMap | null,
  { redeploy, overrides }: { readonly redeploy: boolean; readonly overrides: ServerOverrides | undefined },
): JsonObject {
  // An override of an unchanged value stays until the next deployment.
  const isLeft = (key: string) =>
    !redeploy && prior?.[key] === wanted[key] && isServerOverride(key, current, overrides);
  const ironics = Object.entries(current).filter(
    ([key]) =>
      isLeft(key) ||
      (!Object.hasOwn(wanted, key) && !Object.hasOwn(prior ?? {}, key) && !(redeploy && isServerWritten(key))),
  );
  const sent = toSend(without(wanted, Object.keys(wanted).filter(isLeft)), current, prior);
  const configured = Object.entries(sent).map(([key, value]): [string, Json] => {
    const is = current[key];
    if (key !== CAPABILITIES || typeof value !== "string") return [key, value];
    return [key, is !== undefined && is !== null && sameValue(key, value, is) ? is : parseCapabilities(value)];
  });
  return { ...Object.fromEntries(ironics), ...Object.fromEntries(configured) };
}

/** Whether both are the same `instance_info`; capabilities have no order. */
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
