import { isJsonObject, type Json, type JsonObject, MASK, sameJson } from "../../ironic";
import {
  type Diagnostics,
  type Dynamic,
  dynamic,
  isUnknown,
  isWhollyKnown,
  optional,
  ProviderError,
  required,
  type TfValue,
  t,
  type Unknown,
} from "../../tfplugin";
import { exactNumber, jsonOf, revealed } from "./typed";
import { withoutNulls } from "./values";

// Arguments with a list of objects of which a member has any type, such as the `args` of steps: one argument of any type. Terraform
// refuses a list of objects with such a member where two objects differ in it ("cannot find a common base type for all elements").

/** The value of such an argument. */
export type ObjectListValue = Dynamic | null;

/** The rules of such a list. */
export interface ObjectList {
  /** An element of the list, such as `step`. */
  readonly element: string;
  /** A list in HCL, for errors. */
  readonly example: string;
  /** An element as it is sent; elements with the same form mean the same. */
  canonical(element: JsonObject): JsonObject;
  /** The fault of an element, such as `has no op`. */
  fault(element: JsonObject): string | undefined;
  /** Whether `[]` is allowed, and means unset. */
  readonly mayBeEmpty?: boolean;
  /** What tells the elements apart, where their order has no meaning. Two elements with the same key are a fault. */
  readonly keyOf?: (element: JsonObject) => string;
}

interface Options {
  readonly description: string;
}

const attribute = (list: ObjectList, { description }: Options) => ({
  description,
  equivalent: (one: Dynamic, other: Dynamic) => sameValues(list, one, other),
  validate: (value: Dynamic) => listFault(list, value),
});

/** A list that has to be configured. */
export const requiredObjects = (list: ObjectList, options: Options) =>
  required(t.dynamicList, attribute(list, options));

/** A list that may be configured. */
export const userObjects = (list: ObjectList, options: Options) =>
  optional(t.dynamicList, {
    ...attribute(list, options),
    ...(list.mayBeEmpty && { meansUnset: isEmptyList }),
  });

/** The elements as they are sent; none while the value is unknown. */
export function objectsOf(list: ObjectList, value: ObjectListValue | Unknown): readonly JsonObject[] {
  if (value === null || isUnknown(value)) return [];
  const json = jsonOf(value.value);
  return Array.isArray(json) ? json.filter(isJsonObject).map((each) => list.canonical(withoutNulls(each))) : [];
}

/**
 * The argument for state: the prior value where Ironic has the same.
 * @param now the list in Ironic, whose masked values keep their prior value
 */
export function readObjects(
  list: ObjectList,
  prior: ObjectListValue,
  now: readonly JsonObject[] | null,
): ObjectListValue {
  const before = objectsOf(list, prior);
  const current = unmasked(list, now ?? [], before);
  if (sameObjects(list, before, current)) return prior;
  return dynamic(current as unknown as TfValue) as Dynamic;
}

/**
 * The list to send: Ironic's own where it is the planned one, so that a patch leaves it unchanged.
 * @param now the list in Ironic; undefined for a new object
 * @param prior the list in state
 * @throws {ProviderError} when the planned list is not a valid one, or has Ironic's mask in place of a secret
 */
export function objectsToSend(
  list: ObjectList,
  name: string,
  planned: ObjectListValue,
  now?: readonly JsonObject[],
  prior: ObjectListValue = null,
): readonly JsonObject[] {
  // A plan checks what it knows.
  const fault = planned === null ? undefined : listFault(list, planned);
  if (fault !== undefined) throw new ProviderError("Invalid value", { detail: `${name} ${fault}.`, path: [name] });
  const wanted = objectsOf(list, planned);
  if (now && sameObjects(list, wanted, unmasked(list, now, objectsOf(list, prior)))) return now;
  if (!hasMask(wanted)) return wanted;
  const detail = `${name} has the value ${MASK}, by which Ironic hides a secret in its responses. The list is sent as a whole, and Ironic would store the mask: configure the value itself.`;
  throw new ProviderError("A masked value can't be sent", { detail, path: [name] });
}

function unmasked(list: ObjectList, now: readonly JsonObject[], prior: readonly JsonObject[]): readonly JsonObject[] {
  const { keyOf } = list;
  return now.map((each, index) => {
    const current = list.canonical(withoutNulls(each));
    const before = keyOf ? prior.find((other) => keyOf(other) === keyOf(current)) : prior[index];
    return revealed(current, before) as JsonObject;
  });
}

/** Whether two known values mean the same. */
export function sameValues(list: ObjectList, one: Dynamic, other: Dynamic): boolean {
  return sameObjects(list, objectsOf(list, one), objectsOf(list, other));
}

function sameObjects(list: ObjectList, some: readonly JsonObject[], others: readonly JsonObject[]): boolean {
  return sameJson(sorted(list, some), sorted(list, others));
}

function sorted({ keyOf }: ObjectList, all: readonly JsonObject[]): readonly JsonObject[] {
  if (!keyOf) return all;
  return [...all].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

function listFault(list: ObjectList, value: Dynamic): string | undefined {
  const json = jsonOf(value.value);
  if (!Array.isArray(json)) return `must be a list of ${list.element}s, such as ${list.example}`;
  if (value.type.kind === "set" && !list.keyOf) {
    return `must be a list: the order of the ${list.element}s counts, and a set has none`;
  }
  if (json.length === 0 && !list.mayBeEmpty) return "must not be empty";
  if (exactNumber(value.value) !== undefined) {
    return "has a number with more digits than JSON readers keep: write it as a string";
  }
  return faultOf(list, json);
}

/** Reports the fault of a list in the elements that are known, where others are not: a list that is known is checked by its schema. */
export function checkKnownElements(
  list: ObjectList,
  name: string,
  value: ObjectListValue | Unknown,
  diagnostics: Diagnostics,
): void {
  if (value === null || isUnknown(value) || isWhollyKnown(value) || !Array.isArray(value.value)) return;
  const elements = value.value as readonly TfValue[];
  const fault = faultOf(
    list,
    elements.map((each) => (isWhollyKnown(each) ? jsonOf(each) : undefined)),
  );
  if (fault !== undefined) diagnostics.error("Invalid value", { detail: `${name} ${fault}.`, path: [name] });
}

/**
 * The first fault of a list, which completes "The argument …". It quotes the keys of elements, and no other value, which may be a secret.
 * @param json the elements, as configured; undefined for one that is not known yet
 */
export function faultOf(list: ObjectList, json: readonly (Json | undefined)[]): string | undefined {
  const stray = json.findIndex((each) => each !== undefined && !isJsonObject(each));
  if (stray >= 0) return `must have an object for each ${list.element}: ${nth(list, stray)} is none`;
  const elements = (json as readonly (JsonObject | undefined)[]).map((each) => each && withoutNulls(each));
  for (const [index, each] of elements.entries()) {
    const fault = each && list.fault(each);
    if (fault !== undefined) return `is not valid: ${nth(list, index)} ${fault}`;
  }
  const { keyOf } = list;
  if (!keyOf) return undefined;
  const keys = elements.flatMap((each) => (each ? [keyOf(each)] : []));
  const twice = keys.find((key, index) => keys.indexOf(key) < index);
  return twice && `has the ${list.element} ${twice} twice, and Ironic accepts each once`;
}

/** Such as `step 2`. */
function nth({ element }: ObjectList, index: number): string {
  return `${element} ${index + 1}`;
}

function isEmptyList({ value }: Dynamic): boolean {
  return Array.isArray(value) && value.length === 0;
}

function hasMask(value: Json | readonly JsonObject[]): boolean {
  if (value === MASK) return true;
  return typeof value === "object" && value !== null && Object.values(value).some((each) => hasMask(each as Json));
}
