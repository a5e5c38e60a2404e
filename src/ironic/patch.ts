import { isDeepStrictEqual } from "node:util";

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
  return Object.entries(wanted).flatMap(([field, value]) =>
    diffField(`/${pointer(field)}`, current[field], value, true),
  );
}

function diffField(path: string, current: Json | undefined, wanted: Json, top: boolean): PatchOperation[] {
  if (wanted === null && top) return current === undefined || current === null ? [] : [{ op: "remove", path }];
  if (isObject(current) && isObject(wanted)) {
    const gone = Object.keys(current).filter((key) => !Object.hasOwn(wanted, key));
    return [
      ...gone.map((key): PatchOperation => ({ op: "remove", path: `${path}/${pointer(key)}` })),
      ...Object.entries(wanted).flatMap(([key, value]) =>
        diffField(`${path}/${pointer(key)}`, Object.hasOwn(current, key) ? current[key] : undefined, value, false),
      ),
    ];
  }
  if (current === undefined || (current === null && top)) return [{ op: "add", path, value: wanted }];
  return isDeepStrictEqual(current, wanted) ? [] : [{ op: "replace", path, value: wanted }];
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 6901 section 3. */
function pointer(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
