// What Terraform expects of a plan, from the schema alone (docs/plugin-protocol and docs/resource-instance-change-lifecycle
// in hashicorp/terraform): what the user set stays; what they left to the provider is the default, or what it was, or
// unknown; write-only values are null; and some changes need a new object.
import {
  equalValues,
  getKey,
  isObject,
  isUnknown,
  type Path,
  type TfObject,
  type TfValue,
  Unknown,
  unknown,
} from "../cty";
import type { AttributeSpec, FieldsSpec, Nested } from "../schema";
import {
  counterpart,
  type Entry,
  entriesOf,
  mapEntries,
  mapMembers,
  member,
  stemsFrom,
  withoutWriteOnly,
} from "./objects";

/** What a plan starts from. `prior` is null when the object is to be created. */
export interface PlanInput {
  readonly prior: TfObject | null;
  readonly config: TfObject;
  /** Terraform's own merge of the two. */
  readonly proposed: TfObject;
}

/** The plan that follows from the schema, save for what becomes unknown when anything changes: see {@link recomputed}. */
export function planFromSchema(fields: FieldsSpec, { prior, config, proposed }: PlanInput): TfObject {
  return withoutWriteOnly(fields, planObject(fields, prior, config, proposed));
}

/** The plan once it is settled what changes: what is computed anew with every change is unknown if there is one. */
export function recomputed(
  fields: FieldsSpec,
  { prior, config }: Omit<PlanInput, "proposed">,
  planned: TfObject,
): TfObject {
  if (prior === null || equalValues(fields.type, prior, planned)) return planned;
  return recompute(fields, config, planned);
}

function planObject(fields: FieldsSpec, prior: TfObject | null, config: TfObject | null, proposed: TfObject): TfObject {
  return mapMembers(fields, proposed, (name, value) => {
    const attribute = getKey(fields.attributes, name);
    const said = member(config, name);
    if (attribute?.computed && config !== null && said === null) return unset(attribute, prior === null, value);
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined) return value;
    const was = member(prior, name);
    return mapEntries(inner, value, (entry) => planEntry(inner, was, said, entry));
  });
}

function planEntry(inner: Nested, prior: TfValue, config: TfValue, entry: Entry): TfValue {
  // A set's elements are matched to the configuration by what the user said, and to the state by being there already.
  const said = counterpart(inner, config, entry, (candidate) => stemsFrom(inner.fields, candidate, entry.object));
  const was = counterpart(inner, prior, entry, (candidate) => equalValues(inner.fields.type, candidate, entry.object));
  return planObject(inner.fields, was, said, entry.object);
}

/** An attribute that is the provider's to set. */
function unset(attribute: AttributeSpec, creating: boolean, proposed: TfValue): TfValue {
  if (attribute.default !== undefined) return attribute.default;
  if (creating && proposed === null) return openOf(attribute);
  return proposed;
}

const unknownButSet = new Unknown({ isNull: false });

function openOf(attribute: AttributeSpec): Unknown {
  return attribute.alwaysSet ? unknownButSet : unknown;
}

/** Something changes: what changes along with it becomes unknown. */
function recompute(fields: FieldsSpec, config: TfObject | null, planned: TfObject): TfObject {
  return mapMembers(fields, planned, (name, value) => {
    const attribute = getKey(fields.attributes, name);
    const said = member(config, name);
    if (attribute?.recomputed && said === null) return openOf(attribute);
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined) return value;
    return mapEntries(inner, value, (entry) => {
      const from = counterpart(inner, said, entry, (candidate) => stemsFrom(inner.fields, candidate, entry.object));
      return recompute(inner.fields, from, entry.object);
    });
  });
}

/**
 * The paths whose change needs a new object. Inside a set, whose elements have no path, it is the set's.
 *
 * @param always replace on any change: the resource cannot be updated in place
 */
export function replacedPaths(fields: FieldsSpec, prior: TfObject, planned: TfObject, always: boolean): Path[] {
  return replacedIn(fields, prior, planned, always, []);
}

function replacedIn(fields: FieldsSpec, prior: TfObject, planned: TfObject, always: boolean, path: Path): Path[] {
  return Object.entries(fields.type.attributes).flatMap(([name, type]): Path[] => {
    const change = { state: member(prior, name), planned: member(planned, name) };
    if (equalValues(type, change.state, change.planned)) return [];
    const here = [...path, name];
    if (always) return [here];
    const attribute = getKey(fields.attributes, name);
    const rule = attribute?.requiresReplace ?? false;
    if (typeof rule === "function" ? rule(change) : rule) return [here];
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined || isUnknown(change.planned)) return [];
    if (inner.nesting === "set") return setNeedsReplace(inner, change.state, change.planned) ? [here] : [];
    return entriesOf(inner, change.planned).flatMap((entry) => {
      const was = counterpart(inner, change.state, entry, () => false) ?? {};
      return replacedIn(inner.fields, was, entry.object, false, entry.key === undefined ? here : [...here, entry.key]);
    });
  });
}

/** Whether an element is planned that differs from every element there was in an attribute that requires replacement. */
function setNeedsReplace(inner: Nested, prior: TfValue, planned: TfValue): boolean {
  const before = entriesOf(inner, prior);
  return entriesOf(inner, planned).some(
    ({ object }) =>
      replacedIn(inner.fields, {}, object, false, []).length > 0 &&
      before.every((was) => replacedIn(inner.fields, was.object, object, false, []).length > 0),
  );
}

/** The paths of everything unknown in a value, outermost first. */
export function unknownPaths(value: TfValue, path: Path = []): Path[] {
  if (isUnknown(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((element: TfValue, i) => unknownPaths(element, [...path, i]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => unknownPaths(inner, [...path, key]));
}

/** The paths of attributes that the schema says are always set, and that are null. */
export function unsetPaths(fields: FieldsSpec, object: TfObject, path: Path = []): Path[] {
  return Object.entries(fields.type.attributes).flatMap(([name]): Path[] => {
    const attribute = getKey(fields.attributes, name);
    const value = member(object, name);
    const here = [...path, name];
    if (attribute?.alwaysSet && value === null) return [here];
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined) return [];
    return entriesOf(inner, value).flatMap((entry) =>
      unsetPaths(inner.fields, entry.object, entry.key === undefined ? here : [...here, entry.key]),
    );
  });
}
