import { isSecretField, type Json, type JsonObject, MASK, sameJson } from "../../ironic";
import {
  Dynamic,
  dynamic,
  ExactNumber,
  isUnknown,
  optional,
  type TfValue,
  t,
  type Unknown,
  type Validator,
} from "../../tfplugin";
import { isEmpty, type TextMap, toText, withoutNulls } from "./values";

// Arguments such as `extra_typed`: entries of a free-form field with values of any type. The field's other argument, a map of strings,
// can't hold them. It can't become an argument of any type either: Terraform leaves all of such an argument unchanged where
// `ignore_changes` lists one key of it, so that a change of the BMC's address would be lost where the password is ignored.

/** The value of such an argument. */
export type TypedMap = Dynamic | null;

/** The name of the argument for entries with values of any type, such as `extra_typed`. */
export function typedName<Name extends string>(name: Name): `${Name}_typed` {
  return `${name}_typed`;
}

interface Options {
  /** The argument with the entries that are strings, such as `extra`. */
  readonly of: string;
  /** Keys that another argument sets, with its name. */
  readonly reserved?: Readonly<Record<string, string>>;
  /** The argument for secrets, where they can't be in this one. */
  readonly secretsIn?: string;
  readonly requiresReplace?: boolean;
}

/** Entries of a free-form field with values of any type; a null entry and an empty map mean unset. */
export function userTyped({ of, reserved = {}, secretsIn, ...options }: Options) {
  const description = `Entries of \`${of}\` that are not strings: numbers, booleans, lists and maps, such as \`{ enabled = true, list = [1, 2] }\`. Each is sent to Ironic as it is; a key is set in one of the two arguments.`;
  return userJson({
    ...options,
    description,
    validate: (value) => setsReserved(value, reserved) ?? setsSecret(value, secretsIn),
  });
}

/** A map with values of any type, which is a JSON object to Ironic; a null entry and an empty map mean unset. */
export function userJson({
  validate = () => undefined,
  ...options
}: {
  readonly description: string;
  readonly validate?: Validator<Dynamic>;
  readonly requiresReplace?: boolean;
}) {
  return optional(t.dynamic, {
    ...options,
    equivalent: (one, other) => sameJson(typedEntries(one), typedEntries(other)),
    meansUnset: (value) => isMap(value.value) && Object.keys(typedEntries(value)).length === 0,
    validate: [isTypedMap, hasJsonNumbers, validate],
  });
}

/** The entries as JSON; none while the value is unknown. Null entries are left out. */
export function typedEntries(value: TypedMap | Unknown | undefined): JsonObject {
  if (value === null || value === undefined || isUnknown(value) || !isMap(value.value)) return {};
  return withoutNulls(jsonOf(value.value) as JsonObject);
}

/** The entries as the texts of a map of strings. */
export function typedTexts(value: TypedMap | Unknown | undefined): TextMap {
  return Object.fromEntries(Object.entries(typedEntries(value)).map(([key, each]) => [key, toText(each as Json)]));
}

/** The keys of the entries, also of those whose value is unknown. */
export function typedKeys(value: TypedMap | Unknown | undefined): string[] {
  if (value === null || value === undefined || isUnknown(value) || !isMap(value.value)) return [];
  return Object.keys(withoutNulls(value.value as Readonly<Record<string, unknown>>));
}

/** The paths of the entries in a configuration, such as `extra.rack`. */
export function typedPaths(names: readonly string[], config: unknown): string[] {
  const all = config as Readonly<Record<string, TypedMap | Unknown | undefined>>;
  return names.flatMap((name) => typedKeys(all[typedName(name)]).map((key) => `${name}.${key}`));
}

/**
 * The argument for state: the configured keys with Ironic's values.
 * @param now the field in Ironic; values that it masks can't be compared, and keep their prior value
 */
export function readTyped(prior: TypedMap, now: JsonObject | undefined): TypedMap {
  if (prior === null) return null;
  const before = typedEntries(prior);
  return sameOr(prior, readEntries(before, now));
}

/**
 * A JSON object for state: the prior one where it is the same.
 * @param now null or `{}`: unset
 */
export function readJson(prior: TypedMap, now: JsonObject | null): TypedMap {
  const entries = withoutNulls((now ?? {}) as Readonly<Record<string, Json>>);
  return isEmpty(entries) && isEmpty(prior) ? prior : sameOr(prior, entries);
}

function sameOr(prior: TypedMap, entries: JsonObject): TypedMap {
  return prior !== null && sameJson(entries, typedEntries(prior)) ? prior : (dynamic(entries) as Dynamic);
}

function readEntries(before: JsonObject, now: JsonObject | undefined): JsonObject {
  const read = Object.entries(before).flatMap(([key, value]): [string, Json][] => {
    const current = member(now, key) ?? null;
    return current === null ? [] : [[key, revealed(current, value)]];
  });
  return Object.fromEntries(read);
}

/** The entries to send: Ironic's mask stays where state knows the value behind it; in a patch, it means unchanged. */
export function typedToSend(wanted: TypedMap, current: JsonObject | undefined, prior: TypedMap): JsonObject {
  return masked(typedEntries(wanted), current ?? {}, typedEntries(prior)) as JsonObject;
}

function masked(wanted: Json, current: Json | undefined, prior: Json | undefined): Json {
  if (current === MASK && prior !== undefined && sameJson(wanted, prior)) return MASK;
  return mapMembers(wanted, (value, key) => masked(value, member(current, key), member(prior, key)));
}

/** Ironic's value, with the prior one where Ironic masks it. */
export function revealed(current: Json, prior: Json | undefined): Json {
  if (current === MASK && prior !== undefined) return prior;
  return mapMembers(current, (value, key) => revealed(value, member(prior, key)));
}

function mapMembers(value: Json, each: (value: Json, key: string | number) => Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(each);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, each(inner as Json, key)]));
}

function member(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as { readonly [key: string | number]: Json })[key];
}

function isMap(value: TfValue): boolean {
  if (typeof value !== "object" || value === null || isUnknown(value)) return false;
  return !Array.isArray(value) && !(value instanceof ExactNumber);
}

function isTypedMap({ value }: Dynamic): string | undefined {
  return isMap(value) ? undefined : "must be a map, such as { enabled = true }";
}

/** JSON numbers are doubles to this provider: more digits would be lost. */
function hasJsonNumbers({ value }: Dynamic): string | undefined {
  const exact = exactNumber(value);
  return exact && `has the number ${exact}, which has more digits than JSON readers keep: write it as a string`;
}

/** The first number that JSON readers would not keep as it is. */
export function exactNumber(value: TfValue): string | undefined {
  if (value instanceof ExactNumber) return String(value);
  if (typeof value !== "object" || value === null) return undefined;
  return Object.values(value)
    .map((inner) => exactNumber(inner as TfValue))
    .find((found) => found !== undefined);
}

function setsReserved(value: Dynamic, reserved: Readonly<Record<string, string>>): string | undefined {
  const key = typedKeys(value).find((each) => Object.hasOwn(reserved, each));
  return key && `can't have the key ${key}: set it in ${reserved[key]}`;
}

/**
 * The argument is not sensitive: a new sensitive argument makes Terraform plan an update of every resource in an older state that is not
 * refreshed. Its plans show what it holds, which must be no secret therefore.
 */
export function setsSecret(value: Dynamic, secretsIn: string | undefined): string | undefined {
  const path = secretsIn === undefined ? undefined : secretPath(typedEntries(value));
  return path && `can't have the secret ${path.join(".")}: its plans show what it holds; set it in ${secretsIn}`;
}

/** The path of the first text whose key has the name of a secret. */
export function secretPath(value: Json): readonly string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === "string" && isSecretField(key)) return [key];
    const below = secretPath(inner as Json);
    if (below !== undefined) return [key, ...below];
  }
  return undefined;
}

/** A wholly known value as JSON; sets become arrays. */
export function jsonOf(value: TfValue): Json {
  if (value instanceof Dynamic) return jsonOf(value.value);
  if (value instanceof ExactNumber) return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => jsonOf(inner as TfValue));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => !isUnknown(inner))
      .map(([key, inner]) => [key, jsonOf(inner as TfValue)]),
  );
}
