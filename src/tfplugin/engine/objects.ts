import {
  type CtyType,
  Dynamic,
  getKey,
  isArray,
  isObject,
  isUnknown,
  setKey,
  type TfObject,
  type TfValue,
} from "../cty";
import type { AttributeSpec, FieldsSpec, Nested } from "../schema";

/** One object of a nested attribute or block, with its key. */
export interface Entry {
  /** The index in a list or set, the key in a map, undefined for a single object. */
  readonly key: number | string | undefined;
  readonly object: TfObject;
}

/** The known objects of a nested attribute or block. */
export function entriesOf(nested: Nested, value: TfValue): Entry[] {
  if (isArray(value)) return value.flatMap((object, key) => (isObject(object) ? [{ key, object }] : []));
  if (!isObject(value)) return [];
  if (nested.nesting !== "map") return [{ key: undefined, object: value }];
  return Object.entries(value).flatMap(([key, object]) => (isObject(object) ? [{ key, object }] : []));
}

/** Replaces every known object of a nested attribute or block; null and unknown stay. */
export function mapEntries(nested: Nested, value: TfValue, change: (entry: Entry) => TfValue): TfValue {
  if (isArray(value)) return value.map((object, key) => (isObject(object) ? change({ key, object }) : object));
  if (!isObject(value)) return value;
  if (nested.nesting !== "map") return change({ key: undefined, object: value });
  const result: { [key: string]: TfValue } = {};
  for (const [key, object] of Object.entries(value))
    setKey(result, key, isObject(object) ? change({ key, object }) : object);
  return result;
}

/**
 * The counterpart of an entry in another value of the same nested attribute or block: by index, by key, or, in a set, the one
 * that `matches`. Null if there is none.
 */
export function counterpart(
  nested: Nested,
  other: TfValue,
  entry: Entry,
  matches: (candidate: TfObject) => boolean,
): TfObject | null {
  if (nested.nesting === "set") return entriesOf(nested, other).find(({ object }) => matches(object))?.object ?? null;
  const found = entriesOf(nested, other).find(({ key }) => key === entry.key);
  return found?.object ?? null;
}

/** A member of an object; null where it is absent. */
export function member(object: TfObject | null, name: string): TfValue {
  return object === null ? null : (getKey(object, name) ?? null);
}

/** What a schema says of one member of an object. */
export interface MemberSpec {
  readonly name: string;
  readonly type: CtyType;
  /** Undefined for a block. */
  readonly attribute: AttributeSpec | undefined;
  /** The fields of nested attributes, or of a block. */
  readonly inner: Nested | undefined;
}

const members = new WeakMap<FieldsSpec, readonly MemberSpec[]>();

/** The members of an object. Kept: a plan walks a schema ten times, and looking up each attribute took a tenth of its processor time. */
export function membersOf(fields: FieldsSpec): readonly MemberSpec[] {
  const known = members.get(fields);
  if (known !== undefined) return known;
  const found = Object.entries(fields.type.attributes).map(([name, type]): MemberSpec => {
    const attribute = getKey(fields.attributes, name);
    return { name, type, attribute, inner: attribute?.nested ?? getKey(fields.blocks, name) };
  });
  members.set(fields, found);
  return found;
}

/** A copy of an object with every member replaced. */
export function mapMembers(
  fields: FieldsSpec,
  object: TfObject,
  change: (value: TfValue, spec: MemberSpec) => TfValue,
): TfObject {
  const result: { [name: string]: TfValue } = {};
  for (const spec of membersOf(fields)) result[spec.name] = change(member(object, spec.name), spec);
  return result;
}

/** A copy with every write-only attribute null, at any depth, as plan and state require. */
export function withoutWriteOnly(fields: FieldsSpec, object: TfObject): TfObject {
  return mapMembers(fields, object, (value, { attribute, inner }) => {
    if (attribute?.writeOnly) return null;
    return inner === undefined
      ? value
      : mapEntries(inner, value, (entry) => withoutWriteOnly(inner.fields, entry.object));
  });
}

/** A copy with every missing member added: null for attributes and single blocks, empty for the other blocks. */
export function complete(fields: FieldsSpec, object: TfObject): TfObject {
  const extra = Object.keys(object).filter((name) => !Object.hasOwn(fields.type.attributes, name));
  const whole = mapMembers(fields, object, (value, { attribute, inner }) => {
    if (inner === undefined) return value;
    if (value === null && attribute === undefined) return emptyBlock(inner);
    return mapEntries(inner, value, (entry) => complete(inner.fields, entry.object));
  });
  // Members that the schema does not have stay, so that the check of the result reports them.
  return extra.length === 0
    ? whole
    : { ...whole, ...Object.fromEntries(extra.map((name) => [name, object[name] ?? null])) };
}

function emptyBlock(block: Nested): TfValue {
  if (block.nesting === "single") return null;
  if ("type" in block && block.nesting === "group") return complete(block.fields, {});
  return block.nesting === "map" ? {} : [];
}

/** A copy with null in place of every unknown value, at any depth. */
export function unknownAsNull(value: TfValue): TfValue {
  if (isUnknown(value)) return null;
  if (value instanceof Dynamic)
    return isUnknown(value.value) ? null : new Dynamic(value.type, unknownAsNull(value.value));
  if (isArray(value)) return value.map(unknownAsNull);
  if (!isObject(value)) return value;
  const result: { [key: string]: TfValue } = {};
  for (const [key, inner] of Object.entries(value)) setKey(result, key, unknownAsNull(inner));
  return result;
}
