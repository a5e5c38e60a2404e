export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** One operation of a JSON patch (RFC 6902), of the kinds that Ironic takes. */
export interface PatchOperation {
  readonly op: "add" | "replace" | "remove";
  readonly path: string;
  readonly value?: Json;
}

/** What Ironic's API shows in place of a secret. */
export const MASK = "******";

/**
 * The smallest patch that turns `current` into `wanted`, field by field; objects are compared inside.
 *
 * Only what `wanted` names is touched at the top; inside an object that it names, what it leaves out is removed. A
 * value that Ironic masks can't be compared: it is taken for unchanged when `wanted` holds the mask too, and set anew
 * when it holds anything else.
 */
export function diff(current: JsonObject, wanted: JsonObject): PatchOperation[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const path = `/${pointer(field)}`;
    const before = own(current, field) ?? null;
    if (value === null) return before === null ? [] : [{ op: "remove", path }];
    if (before === null) return [{ op: "add", path, value }];
    return change(path, before, value);
  });
}

function change(path: string, current: Json, wanted: Json): PatchOperation[] {
  if (!isObject(current) || !isObject(wanted)) {
    return same(current, wanted) ? [] : [{ op: "replace", path, value: wanted }];
  }
  const below = (key: string) => `${path}/${pointer(key)}`;
  const operations = [
    ...Object.keys(current)
      .filter((key) => !Object.hasOwn(wanted, key))
      .map((key): PatchOperation => ({ op: "remove", path: below(key) })),
    ...Object.entries(wanted).flatMap(([key, value]): PatchOperation[] => {
      const before = own(current, key);
      return before === undefined ? [{ op: "add", path: below(key), value }] : change(below(key), before, value);
    }),
  ];
  // Ironic refuses paths with keys such as `rack/row` or `example.org`: what is around them is replaced as a whole, but
  // never with a mask in it, which Ironic would take for the secret. Then the refusal is the better answer.
  const replaced = operations.some((operation) => !PATH.test(operation.path)) && !hasMask(wanted);
  return replaced ? [{ op: "replace", path, value: wanted }] : operations;
}

/** The paths that Ironic takes in a patch (its API's schema of one); letters of every script are word characters there. */
const PATH = /^(\/[\p{L}\p{N}_-]+)+$/u;

/** As JSON: whatever prototypes the two have, and in whatever order their keys are. */
function same(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => same(each, b[index] as Json));
  }
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key] as Json, b[key] as Json))
  );
}

function hasMask(value: Json): boolean {
  if (value === MASK) return true;
  return (
    typeof value === "object" && value !== null && Object.values(value as object).some((each) => hasMask(each as Json))
  );
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 6901 section 3. */
function pointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
