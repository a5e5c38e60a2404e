/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** One operation of a JSON patch (RFC 6902); Ironic accepts these three kinds. */
export interface PatchOperation {
  /** `add` and `replace` set a value, `remove` deletes one. */
  readonly op: "add" | "replace" | "remove";
  /** A JSON pointer (RFC 6901): `/driver_info/redfish_address`. */
  readonly path: string;
  /** For `add` and `replace`. */
  readonly value?: Json;
}

/** Ironic's mask of secrets in responses. */
export const MASK = "******";

/** Fields that are set to null: Ironic 29 to 39 fail when they are removed (`_authorize_patch_and_get_node`). */
const SET_TO_NULL: ReadonlySet<string> = new Set(["automated_clean"]);

/**
 * The smallest patch that turns `current` into `wanted`, field by field; objects are compared inside.
 *
 * Top-level fields that `wanted` lacks are left alone, and null removes one; inside an object, keys that `wanted` lacks are
 * removed. A value that Ironic masks can't be compared: it counts as unchanged where `wanted` holds the mask too, and is replaced
 * otherwise.
 */
export function diff(current: JsonObject, wanted: JsonObject): PatchOperation[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const path = `/${pointer(field)}`;
    const before = member(current, field) ?? null;
    if (value === null && before !== null)
      return [SET_TO_NULL.has(field) ? { op: "replace", path, value } : { op: "remove", path }];
    if (value === null) return [];
    if (before === null) return [{ op: "add", path, value }];
    return change(path, before, value);
  });
}

function change(path: string, current: Json, wanted: Json): PatchOperation[] {
  if (!isJsonObject(current) || !isJsonObject(wanted)) {
    return sameJson(current, wanted) ? [] : [{ op: "replace", path, value: wanted }];
  }
  const below = (key: string) => `${path}/${pointer(key)}`;
  const operations = [
    ...Object.keys(current)
      .filter((key) => !Object.hasOwn(wanted, key))
      .map((key): PatchOperation => ({ op: "remove", path: below(key) })),
    ...Object.entries(wanted).flatMap(([key, value]): PatchOperation[] => {
      const before = member(current, key);
      return before === undefined ? [{ op: "add", path: below(key), value }] : change(below(key), before, value);
    }),
  ];
  // Ironic refuses paths with keys such as `rack/row` or `example.org`: their parent is replaced as a whole, unless it holds a mask,
  // which Ironic would store as the secret. A refusal is better then.
  const replaced = operations.some((operation) => !PATH.test(operation.path)) && !hasMask(wanted);
  return replaced ? [{ op: "replace", path, value: wanted }] : operations;
}

/** The paths that Ironic accepts in a patch (the API's JSON schema); letters of every script are word characters there. */
const PATH = /^(\/[\p{L}\p{N}_-]+)+$/u;

/** Equality as JSON: prototypes and the order of keys do not matter. */
export function sameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((each, index) => sameJson(each, b[index] as Json));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key] as Json, b[key] as Json))
  );
}

function hasMask(value: Json): boolean {
  if (value === MASK) return true;
  return (
    typeof value === "object" && value !== null && Object.values(value as object).some((each) => hasMask(each as Json))
  );
}

function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 6901 section 3. */
function pointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
