// The plan that Terraform expects by the schema alone (docs/plugin-protocol and docs/resource-instance-change-lifecycle in
// hashicorp/terraform): configured values stay; computed ones that are not configured get their default, their prior value, or
// unknown; write-only values are null; and some changes need a new object.
import { equalValues, isObject, isUnknown, type Path, type TfObject, type TfValue, Unknown, unknown } from "../cty";
import type { AttributeSpec, FieldsSpec, Nested } from "../schema";
import { configuredElements, isLeftToProvider, keepPrior, unchangedElements } from "./equivalence";
import { counterpart, entriesOf, mapEntries, mapMembers, member, membersOf, withoutWriteOnly } from "./objects";

/** The values from which a plan is made. */
export interface PlanInput {
  /** The prior state; null when the object is to be created. */
  readonly prior: TfObject | null;
  readonly config: TfObject;
  /** Terraform's merge of the two (`proposed_new_state`). */
  readonly proposed: TfObject;
}

/** The plan that follows from the schema, before {@link markUnknownOnUpdate}. */
export function planFromSchema(fields: FieldsSpec, { prior, config, proposed }: PlanInput): TfObject {
  return keepPrior(fields, prior, withoutWriteOnly(fields, planObject(fields, prior, config, proposed)));
}

/** Marks attributes that change with every update unknown, if the plan differs from the prior state. */
export function markUnknownOnUpdate(
  fields: FieldsSpec,
  { prior, config }: Omit<PlanInput, "proposed">,
  planned: TfObject,
): TfObject {
  if (prior === null || equalValues(fields.type, prior, planned)) return planned;
  return markUnknown(fields, config, planned);
}

function planObject(fields: FieldsSpec, prior: TfObject | null, config: TfObject | null, proposed: TfObject): TfObject {
  return mapMembers(fields, proposed, (value, { name, attribute, inner }) => {
    const configured = member(config, name);
    const priorValue = member(prior, name);
    if (attribute?.computed && config !== null) {
      if (configured === null) return planUnconfigured(attribute, prior === null, value);
      if (isLeftToProvider(attribute, configured) && priorValue !== null) return priorValue;
    }
    if (inner === undefined) return value;
    if (inner.nesting === "set") return planSet(inner, priorValue, configured, value);
    return mapEntries(inner, value, (entry) => {
      const from = counterpart(inner, configured, entry, () => false);
      return planObject(
        inner.fields,
        counterpart(inner, priorValue, entry, () => false),
        from,
        entry.object,
      );
    });
  });
}

/**
 * Terraform has merged the elements of a set with prior ones that differ in computed attributes only, the first that fits each. An
 * element that is unchanged, in any notation, is its prior one; no other element takes that one's computed values.
 */
function planSet(inner: Nested, prior: TfValue, config: TfValue, proposed: TfValue): TfValue {
  const { fields } = inner;
  const from = configuredElements(inner, config, proposed);
  const unchanged = unchangedElements(inner, config, prior);
  const priorOf = new Map([...unchanged].map(([object, configured]) => [configured, object]));
  return mapEntries(inner, proposed, (entry) => {
    const { object } = entry;
    const configured = from.get(object) ?? null;
    const same = counterpart(inner, prior, entry, (candidate) => equalValues(fields.type, candidate, object));
    if (configured === null) return planObject(fields, same, null, object);
    const kept = priorOf.get(configured);
    if (kept !== undefined) return planObject(fields, kept, configured, kept);
    if (same !== null && unchanged.has(same)) return planObject(fields, null, configured, configured);
    return planObject(fields, same, configured, object);
  });
}

/** The plan of a computed attribute that is not configured. */
function planUnconfigured(attribute: AttributeSpec, creating: boolean, proposed: TfValue): TfValue {
  if (attribute.default !== undefined) return attribute.default;
  if (creating && proposed === null) return unknownFor(attribute);
  return proposed;
}

const unknownNonNull = new Unknown({ isNull: false });

function unknownFor(attribute: AttributeSpec): Unknown {
  return attribute.nonNull ? unknownNonNull : unknown;
}

function markUnknown(fields: FieldsSpec, config: TfObject | null, planned: TfObject): TfObject {
  return mapMembers(fields, planned, (value, { name, attribute, inner }) => {
    const configured = member(config, name);
    if (attribute?.unknownOnUpdate && configured === null) return unknownFor(attribute);
    if (inner === undefined) return value;
    const elements = inner.nesting === "set" ? configuredElements(inner, configured, value) : undefined;
    return mapEntries(inner, value, (entry) => {
      const from = elements?.get(entry.object) ?? counterpart(inner, configured, entry, () => false);
      return markUnknown(inner.fields, from, entry.object);
    });
  });
}

/**
 * The paths whose change replaces the resource. A change inside a set, whose elements have no path, has the path of the set.
 *
 * @param always whether any change replaces: the resource cannot be updated in place
 */
export function replacedPaths(fields: FieldsSpec, prior: TfObject, planned: TfObject, always: boolean): Path[] {
  return replacedIn(fields, prior, planned, always, []);
}

function replacedIn(fields: FieldsSpec, prior: TfObject, planned: TfObject, always: boolean, path: Path): Path[] {
  return membersOf(fields).flatMap(({ name, type, attribute, inner }): Path[] => {
    const change = { state: member(prior, name), planned: member(planned, name) };
    if (equalValues(type, change.state, change.planned)) return [];
    const memberPath = [...path, name];
    if (always) return [memberPath];
    const rule = attribute?.requiresReplace ?? false;
    if (typeof rule === "function" ? rule(change) : rule) return [memberPath];
    if (inner === undefined || isUnknown(change.planned)) return [];
    if (inner.nesting === "set") return setNeedsReplace(inner, change.state, change.planned) ? [memberPath] : [];
    return entriesOf(inner, change.planned).flatMap((entry) => {
      const before = counterpart(inner, change.state, entry, () => false) ?? {};
      return replacedIn(
        inner.fields,
        before,
        entry.object,
        false,
        entry.key === undefined ? memberPath : [...memberPath, entry.key],
      );
    });
  });
}

/** Whether a planned element differs from every prior element in an attribute that requires replacement. */
function setNeedsReplace(inner: Nested, prior: TfValue, planned: TfValue): boolean {
  const before = entriesOf(inner, prior);
  return entriesOf(inner, planned).some(
    ({ object }) =>
      replacedIn(inner.fields, {}, object, false, []).length > 0 &&
      before.every((entry) => replacedIn(inner.fields, entry.object, object, false, []).length > 0),
  );
}

/** The paths of all unknown values, outermost first. */
export function unknownPaths(value: TfValue, path: Path = []): Path[] {
  if (isUnknown(value)) return [path];
  if (Array.isArray(value)) return value.flatMap((element: TfValue, i) => unknownPaths(element, [...path, i]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => unknownPaths(inner, [...path, key]));
}

/** The paths of attributes that are null although the schema declares them never null. */
export function unsetPaths(fields: FieldsSpec, object: TfObject, path: Path = []): Path[] {
  return membersOf(fields).flatMap(({ name, attribute, inner }): Path[] => {
    const value = member(object, name);
    const memberPath = [...path, name];
    if (attribute?.nonNull && value === null) return [memberPath];
    if (inner === undefined) return [];
    return entriesOf(inner, value).flatMap((entry) =>
      unsetPaths(inner.fields, entry.object, entry.key === undefined ? memberPath : [...memberPath, entry.key]),
    );
  });
}
