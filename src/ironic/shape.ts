/**
 * A check of a JSON value: the first fault, as a clause that follows the value's name, or undefined. Any server may respond at a
 * URL, so the TypeScript types of responses hold only after a check.
 */
export type Shape = (value: unknown) => string | undefined;

export const text: Shape = (value) => unless(typeof value === "string", value, "a string");
export const number: Shape = (value) => unless(typeof value === "number", value, "a number");
export const flag: Shape = (value) => unless(typeof value === "boolean", value, "true or false");
export const object: Shape = (value) => unless(isObject(value), value, "an object");

export const nullable =
  (shape: Shape): Shape =>
  (value) =>
    value === null ? undefined : shape(value);

export const listOf =
  (shape: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return unless(false, value, "a list");
    for (const [index, item] of value.entries()) {
      const fault = shape(item);
      if (fault !== undefined) return `item ${index}: ${fault}`;
    }
    return undefined;
  };

/** An object: the `required` fields exist, and each of the fields that exists has its shape. Other fields are ignored. */
export const fields =
  (shapes: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  (value) => {
    if (!isObject(value)) return object(value);
    const missing = required.find((name) => !Object.hasOwn(value, name));
    if (missing !== undefined) return `it has no ${missing}`;
    const faultOf = (name: string) => (Object.hasOwn(value, name) ? shapes[name]?.(value[name]) : undefined);
    return firstFault(Object.keys(shapes), faultOf);
  };

/** An object whose values all have one shape. */
export const valuesOf =
  (shape: Shape): Shape =>
  (value) =>
    isObject(value) ? firstFault(Object.keys(value), (name) => shape(value[name])) : object(value);

function firstFault(names: readonly string[], faultOf: (name: string) => string | undefined): string | undefined {
  for (const name of names) {
    const fault = faultOf(name);
    if (fault !== undefined) return `${name}: ${fault}`;
  }
  return undefined;
}

function unless(fits: boolean, value: unknown, expected: string): string | undefined {
  return fits ? undefined : `${kindOf(value)} where ${expected} is expected`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}
