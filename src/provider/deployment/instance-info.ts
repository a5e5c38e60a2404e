import { type Json, type JsonObject, MASK, sameJson } from "../../ironic";
import { CAPABILITIES, parseCapabilities } from "../shared/capabilities";
import type { Entries } from "../shared/free-form";
import { withoutHolder } from "../shared/holder";
import { readTyped, type TypedMap, typedEntries, typedTexts, typedToSend } from "../shared/typed";
import { isTextOf, sameMap, type TextMap, toSend, toText, without, withoutNulls } from "../shared/values";
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

/** The entries of `instance_info_typed` for state. */
export function readTypedInfo(prior: TypedMap, now: JsonObject, overrides: ServerOverrides | undefined): TypedMap {
  const before = Object.entries(typedEntries(prior)).filter(([key]) => isServerOverride(key, now, overrides));
  return readTyped(prior, { ...now, ...Object.fromEntries(before) });
}

/**
 * All of the configured `instance_info` as texts, for comparisons.
 * @param values a known map of strings; unknown entries of the other argument are left out
 */
export function wholeInfo(values: Readonly<Record<"instance_info" | "instance_info_typed", unknown>>): TextMap {
  const texts = withoutNulls((values.instance_info ?? {}) as TextMap);
  return { ...texts, ...typedTexts(values.instance_info_typed as TypedMap) };
}

/** Keys that this provider writes. */
const OF_THIS_PROVIDER: ReadonlySet<string> = new Set([UNFINISHED, FINGERPRINT]);

/** `instance_info` as users know it. */
export function withoutOwnKeys(info: JsonObject): JsonObject {
  return without(withoutHolder(info), OF_THIS_PROVIDER);
}

/** The `instance_info` for the state of an import: every key that may have been configured. */
export function allInstanceInfo(now: JsonObject): TextMap {
  const configurable = Object.entries(withoutOwnKeys(now)).filter(
    ([key, value]) => value !== null && value !== MASK && !isServerWritten(key),
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
  wanted: Entries,
  current: JsonObject,
  prior: Entries,
  { redeploy, overrides }: { readonly redeploy: boolean; readonly overrides: ServerOverrides | undefined },
): JsonObject {
  const [texts, before] = [textsOf(wanted), textsOf(prior)];
  // An override of an unchanged value stays until the next deployment.
  const isLeft = (key: string) => !redeploy && before[key] === texts[key] && isServerOverride(key, current, overrides);
  const isIronics = (key: string) =>
    !Object.hasOwn(texts, key) && !Object.hasOwn(before, key) && !(redeploy && isServerWritten(key));
  const sent = {
    ...withCapabilities(toSend(wanted.texts ?? {}, current, prior.texts), current),
    ...typedToSend(wanted.typed ?? null, current, prior.typed ?? null),
  };
  return {
    ...Object.fromEntries(Object.entries(current).filter(([key]) => isLeft(key) || isIronics(key))),
    ...without(sent, Object.keys(sent).filter(isLeft)),
  };
}

/** Capabilities that are the same in Ironic stay as they are; others are sent as an object. */
function withCapabilities(sent: JsonObject, current: JsonObject): JsonObject {
  const [value, is] = [sent[CAPABILITIES], current[CAPABILITIES] ?? null];
  if (typeof value !== "string") return sent;
  const isSame = is !== null && sameValue(CAPABILITIES, value, is);
  return { ...sent, [CAPABILITIES]: isSame ? is : parseCapabilities(value) };
}

function textsOf({ texts, typed }: Entries): TextMap {
  return { ...texts, ...typedTexts(typed) };
}

/** Whether both are the same `instance_info`; capabilities have no order. */
export function sameInfo(some: TextMap, others: TextMap): boolean {
  const { [CAPABILITIES]: one, ...rest } = withoutNulls(some);
  const { [CAPABILITIES]: other, ...otherRest } = withoutNulls(others);
  if (!sameMap(rest, otherRest)) return false;
  if (one === undefined || other === undefined || one === other) return one === other;
  return sameJson(parseCapabilities(one), parseCapabilities(other));
}

function sameValue(key: string, text: string, value: Json): boolean {
  if (key !== CAPABILITIES || typeof value !== "object") return isTextOf(text, value);
  return sameJson(parseCapabilities(text), value);
}

function printCapabilities(value: Json): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return toText(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}:${toText(each)}`)
    .join(",");
}
