import { kindOf, MAX_DEPTH, ValueError } from "./error";
import { ExactNumber, equalNumbers, type TfNumber } from "./number";
import type { CtyType } from "./type";
import { isUnknown, Unknown } from "./unknown";

/** Any Terraform value in JavaScript. Sets are arrays whose order has no meaning. */
export type TfValue =
  | null
  | string
  | boolean
  | TfNumber
  | Unknown
  | Dynamic
  | readonly TfValue[]
  | { readonly [key: string]: TfValue };

/** An object or map value. */
export type TfObject = { readonly [key: string]: TfValue };

/** The value of an attribute of type `dynamic`, with the type that its author gave it. */
export class Dynamic {
  constructor(
    readonly type: CtyType,
    readonly value: TfValue,
  ) {}
}

/**
 * Wraps a plain JavaScript value for an attribute of type `dynamic`: arrays become tuples and objects become objects, as
 * in Terraform's own literals. `null` is null, and an unknown value stays one of unknown type.
 *
 * @throws ValueError for anything that is not a Terraform value.
 */
export function dynamic(value: TfValue): Dynamic | Unknown | null {
  if (value === null || value instanceof Unknown || value instanceof Dynamic) return value;
  return new Dynamic(inferType(value, 0), value);
}

function inferType(value: TfValue, depth: number): CtyType {
  if (depth > MAX_DEPTH) throw new ValueError([], "a value nested too deeply");
  if (typeof value === "string") return { kind: "string" };
  if (typeof value === "boolean") return { kind: "bool" };
  if (typeof value === "number" || value instanceof ExactNumber) return { kind: "number" };
  if (value === null || value instanceof Unknown || value instanceof Dynamic) return { kind: "dynamic" };
  if (isArray(value)) return { kind: "tuple", elements: value.map((element) => inferType(element, depth + 1)) };
  if (isObject(value)) {
    const entries = Object.entries(value).map(([name, child]) => [name, inferType(child, depth + 1)] as const);
    return { kind: "object", attributes: Object.fromEntries(entries) };
  }
  throw new ValueError([], `a Terraform value is required, found ${kindOf(value)}`);
}

/** `Array.isArray` that keeps `readonly` element types. */
export function isArray(value: unknown): value is readonly TfValue[] {
  return Array.isArray(value);
}

/** Whether a value is a plain object: an object or a map, and not an instance of this module's classes. */
export function isObject(value: unknown): value is TfObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof Unknown || value instanceof Dynamic || value instanceof ExactNumber);
}

/** Sets an own property even when the key is `__proto__`, which a Terraform map may contain. */
export function setKey<V>(object: { [key: string]: V }, key: string, value: V): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** Names of what every object inherits. */
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/** An own property; inherited ones, such as `constructor`, are not found. Object.hasOwn on each call took a fifth of a plan's processor time. */
export function getKey<V>(object: { readonly [key: string]: V }, key: string): V | undefined {
  return !INHERITED.has(key) || Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether two values of one type are equal; sets compare without order, unknown values by their refinements. */
export function equalValues(type: CtyType, a: TfValue, b: TfValue): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (a instanceof Unknown || b instanceof Unknown) {
    return a instanceof Unknown && b instanceof Unknown && equalRefinements(a, b);
  }
  switch (type.kind) {
    case "number":
      return isNumber(a) && isNumber(b) && equalNumbers(a, b);
    case "string":
    case "bool":
      return a === b;
    case "dynamic":
      if (!(a instanceof Dynamic && b instanceof Dynamic)) return false;
      return equalTypes(a.type, b.type) && equalValues(a.type, a.value, b.value);
    case "list":
      return isArray(a) && isArray(b) && a.length === b.length && pairwise(a, b, () => type.element);
    case "tuple":
      return isArray(a) && isArray(b) && a.length === b.length && pairwise(a, b, (i) => type.elements[i]);
    case "set":
      return isArray(a) && isArray(b) && equalSets(type.element, a, b);
    case "map": {
      if (!isObject(a) || !isObject(b)) return false;
      const keys = Object.keys(a);
      return keys.length === Object.keys(b).length && keys.every((key) => equalMembers(type.element, a, b, key));
    }
    case "object":
      if (!isObject(a) || !isObject(b)) return false;
      return Object.entries(type.attributes).every(([name, attribute]) => equalMembers(attribute, a, b, name));
  }
}

/** Whether two types are equal. */
export function equalTypes(a: CtyType, b: CtyType): boolean {
  if (a.kind !== b.kind) return false;
  if ("element" in a && "element" in b) return equalTypes(a.element, b.element);
  if (a.kind === "tuple" && b.kind === "tuple") {
    if (a.elements.length !== b.elements.length) return false;
    return a.elements.every((element, i) => {
      const other = b.elements[i];
      return other !== undefined && equalTypes(element, other);
    });
  }
  if (a.kind === "object" && b.kind === "object") {
    const names = Object.keys(a.attributes);
    if (names.length !== Object.keys(b.attributes).length) return false;
    return names.every((name) => {
      const [mine, theirs] = [getKey(a.attributes, name), getKey(b.attributes, name)];
      return mine !== undefined && theirs !== undefined && equalTypes(mine, theirs);
    });
  }
  return true;
}

/** Whether a value is known at every depth. */
export function isWhollyKnown(value: TfValue): boolean {
  if (isUnknown(value)) return false;
  if (value instanceof Dynamic) return isWhollyKnown(value.value);
  if (isArray(value)) return value.every(isWhollyKnown);
  if (isObject(value)) return Object.values(value).every(isWhollyKnown);
  return true;
}

function isNumber(value: TfValue): value is TfNumber {
  return typeof value === "number" || value instanceof ExactNumber;
}

function pairwise(
  a: readonly TfValue[],
  b: readonly TfValue[],
  typeAt: (index: number) => CtyType | undefined,
): boolean {
  return a.every((element, i) => {
    const type = typeAt(i);
    return type !== undefined && equalValues(type, element, b[i] ?? null);
  });
}

function equalMembers(type: CtyType, a: TfObject, b: TfObject, key: string): boolean {
  return equalValues(type, getKey(a, key) ?? null, getKey(b, key) ?? null);
}

/** Duplicate elements of a set count once: each side must contain the other. */
function equalSets(type: CtyType, a: readonly TfValue[], b: readonly TfValue[]): boolean {
  // The usual case: Terraform sends both sides in the same order.
  if (a.length === b.length && pairwise(a, b, () => type)) return true;
  const within = (x: TfValue, set: readonly TfValue[]) => set.some((y) => equalValues(type, x, y));
  return a.every((x) => within(x, b)) && b.every((y) => within(y, a));
}

function equalRefinements(a: Unknown, b: Unknown): boolean {
  const [x, y] = [a.refinements, b.refinements];
  const equalBounds = (m: typeof x.min, n: typeof x.min) =>
    m === n || (m !== undefined && n !== undefined && m.inclusive === n.inclusive && equalNumbers(m.value, n.value));
  return (
    x.isNull === y.isNull &&
    x.prefix === y.prefix &&
    x.minLength === y.minLength &&
    x.maxLength === y.maxLength &&
    equalBounds(x.min, y.min) &&
    equalBounds(x.max, y.max)
  );
}
