// Semantic equality: values that an attribute declares to mean the same (`equivalent`, `meansUnset`) are not a change. The value
// that Terraform has already is kept: the prior one by a plan and a refresh, the planned one by an apply.
import {
  type CtyType,
  encodeMsgpack,
  equalValues,
  isArray,
  isObject,
  isUnknown,
  isWhollyKnown,
  type TfObject,
  type TfValue,
} from "../cty";
import type { AttributeSpec, FieldsSpec, Nested } from "../schema";
import { counterpart, entriesOf, mapEntries, mapMembers, member, membersOf } from "./objects";

/** Whether a configured value leaves a computed attribute to the provider: it is unset, and nothing else is to be planned then. */
export function isLeftToProvider(attribute: AttributeSpec, configured: TfValue): boolean {
  return attribute.computed && attribute.default === undefined && isUnset(attribute, configured);
}

/** Whether a value is null or means the same. */
function isUnset({ meansUnset }: AttributeSpec, value: TfValue): boolean {
  return value === null || (meansUnset !== undefined && isWhollyKnown(value) && meansUnset(value));
}

/**
 * The plan with the prior value in place of each planned one that means the same. Terraform accepts the prior value instead of a
 * configured one, but null only where null is configured (internal/plans/objchange, AssertPlanValid).
 */
export function keepPrior(fields: FieldsSpec, prior: TfObject | null, planned: TfObject): TfObject {
  return keep(
    fields,
    prior,
    planned,
    (attribute, before, value) => before !== null && equivalent(attribute, before, value),
  );
}

/**
 * The state that a hook returned, with the value of `known` in place of each one that means the same: the planned value after an
 * apply, which Terraform requires to stay, the prior state after a refresh, the configuration of a data source.
 */
export function keepKnown(fields: FieldsSpec, known: TfObject | null, returned: TfObject): TfObject {
  return keep(fields, known, returned, equivalent);
}

/**
 * The configured element from which each element of a proposed or planned set follows. Elements of a set have no key by which they
 * could be matched; they agree in every configured attribute.
 */
export function configuredElements(inner: Nested, config: TfValue, value: TfValue): ReadonlyMap<TfObject, TfObject> {
  return matchElements(inner, config, value, (element, object) => matchesConfig(inner.fields, element, object));
}

/** The configured element of each element of a prior set that is unchanged, in any notation. */
export function unchangedElements(inner: Nested, config: TfValue, prior: TfValue): ReadonlyMap<TfObject, TfObject> {
  return matchElements(inner, config, prior, (element, object) => isUnchanged(inner.fields, element, object));
}

/**
 * Matches configured elements to others, one to one: first those with the most configured attributes, as `{a}` may fit more than
 * `{a, b}` does, and by augmenting paths, so that every element is matched that can be.
 */
function matchElements(
  inner: Nested,
  config: TfValue,
  value: TfValue,
  fits: (configured: TfObject, object: TfObject) => boolean,
): ReadonlyMap<TfObject, TfObject> {
  const objects = entriesOf(inner, value).map(({ object }) => object);
  const configured = entriesOf(inner, config).map(({ object }) => object);
  const matched = new Map<TfObject, TfObject>();
  const match = (element: TfObject, tried: Set<TfObject>): boolean => {
    const fitting = objects.filter((object) => !tried.has(object) && fits(element, object));
    const free = fitting.find((object) => !matched.has(object));
    const found =
      free ??
      fitting.find((object) => {
        tried.add(object);
        return match(matched.get(object) ?? element, tried);
      });
    if (found !== undefined) matched.set(found, element);
    return found !== undefined;
  };
  for (const element of configured.sort((a, b) => configuredCount(b) - configuredCount(a))) match(element, new Set());
  return matched;
}

function configuredCount(object: TfObject): number {
  return Object.values(object).filter((value) => value !== null).length;
}

/** Whether an object can follow from a configured one by Terraform's merge: they agree in every configured attribute. */
function matchesConfig(fields: FieldsSpec, config: TfObject, object: TfObject): boolean {
  return agrees(fields, config, object, (attribute, configured, value) => {
    if (attribute.writeOnly || (attribute.computed && configured === null)) return true;
    return isLeftToProvider(attribute, configured) || equivalent(attribute, configured, value);
  });
}

/** Whether a plan of the configured object is not a change of the prior one. */
function isUnchanged(fields: FieldsSpec, config: TfObject, prior: TfObject): boolean {
  return agrees(fields, config, prior, (attribute, configured, value) => {
    if (isLeftToProvider(attribute, configured)) return true;
    return equivalent(attribute, configured ?? attribute.default ?? null, value);
  });
}

function agrees(
  fields: FieldsSpec,
  config: TfObject,
  object: TfObject,
  agree: (attribute: AttributeSpec, configured: TfValue, value: TfValue) => boolean,
): boolean {
  return membersOf(fields).every(({ name, type, attribute, inner }) => {
    const [configured, value] = [member(config, name), member(object, name)];
    if (attribute === undefined ? equalValues(type, configured, value) : agree(attribute, configured, value))
      return true;
    if (inner === undefined || !isContainer(configured) || !isContainer(value)) return false;
    const [left, right] = [entriesOf(inner, configured), entriesOf(inner, value)];
    if (left.length !== right.length) return false;
    return right.every((entry) => {
      const matches = (candidate: TfObject) => agrees(inner.fields, candidate, entry.object, agree);
      const from = counterpart(inner, configured, entry, matches);
      return from !== null && matches(from);
    });
  });
}

type Keeps = (attribute: AttributeSpec, before: TfValue, value: TfValue) => boolean;

function keep(fields: FieldsSpec, before: TfObject | null, object: TfObject, keeps: Keeps): TfObject {
  if (before === null) return object;
  return mapMembers(fields, object, (value, { name, attribute, inner }) => {
    const kept = member(before, name);
    if (attribute !== undefined && hasEquivalence(attribute) && keeps(attribute, kept, value)) return kept;
    if (inner === undefined) return value;
    if (inner.nesting === "set") return keepElements(inner, kept, value, keeps);
    return mapEntries(inner, value, (entry) =>
      keep(
        inner.fields,
        counterpart(inner, kept, entry, () => false),
        entry.object,
        keeps,
      ),
    );
  });
}

/** Elements of a set correspond as a whole: one of which any part means something else is another element. */
function keepElements(inner: Nested, before: TfValue, value: TfValue, keeps: Keeps): TfValue {
  const unmatched = unmatchedElements(inner, before, value);
  return mapEntries(inner, value, ({ object }) => {
    const index = unmatched.findIndex((candidate) => corresponds(inner.fields, candidate, object));
    const [candidate = null] = index < 0 ? [] : unmatched.splice(index, 1);
    return keep(inner.fields, candidate, object, keeps);
  });
}

/** The elements of one set that are not in the other. */
function unmatchedElements(inner: Nested, set: TfValue, other: TfValue): TfObject[] {
  const others = entriesOf(inner, other);
  return entriesOf(inner, set)
    .map(({ object }) => object)
    .filter((object) => !others.some((entry) => equalValues(inner.fields.type, object, entry.object)));
}

/** Whether two objects mean the same; a value still unknown in `before` may have become any. */
function corresponds(fields: FieldsSpec, before: TfObject, object: TfObject): boolean {
  return agrees(
    fields,
    before,
    object,
    (attribute, kept, value) => isUnknown(kept) || equivalent(attribute, kept, value),
  );
}

/** Whether two values of an attribute mean the same. Unknown values equal only themselves. */
function equivalent(attribute: AttributeSpec, one: TfValue, other: TfValue): boolean {
  if (equalValues(attribute.type, one, other)) return true;
  if (!hasEquivalence(attribute) || !isWhollyKnown(one) || !isWhollyKnown(other)) return false;
  if (!fits(attribute.type, one) || !fits(attribute.type, other)) return false;
  if (isUnset(attribute, one) || isUnset(attribute, other)) return isUnset(attribute, one) && isUnset(attribute, other);
  return attribute.equivalent?.(one, other) ?? false;
}

/** Hooks may return values of other types, which are reported later; the functions of a schema are not called with them. */
function fits(type: CtyType, value: TfValue): boolean {
  try {
    encodeMsgpack(type, value);
    return true;
  } catch {
    return false;
  }
}

function hasEquivalence({ equivalent, meansUnset }: AttributeSpec): boolean {
  return equivalent !== undefined || meansUnset !== undefined;
}

function isContainer(value: TfValue): boolean {
  return isArray(value) || isObject(value);
}
