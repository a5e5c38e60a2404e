// Semantic equality: values that an attribute declares to mean the same (`equivalent`, `meansUnset`) are no change. The value
// that Terraform has already is kept: the prior one by a plan and a refresh, the planned one by an apply.
import {
  type CtyType,
  encodeMsgpack,
  equalValues,
  getKey,
  isArray,
  isObject,
  isUnknown,
  isWhollyKnown,
  type TfObject,
  type TfValue,
} from "../cty";
import type { AttributeSpec, FieldsSpec, Nested } from "../schema";
import { counterpart, entriesOf, mapEntries, mapMembers, member } from "./objects";

/** Whether a configured value leaves the attribute unset: null, or a value that means the same. */
export function isUnset({ meansUnset }: AttributeSpec, value: TfValue): boolean {
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
 * Whether an object of a set can follow from a configured one: they agree in every configured attribute. Elements of a set have
 * no key by which they could be matched.
 */
export function matchesConfig(fields: FieldsSpec, config: TfObject, object: TfObject): boolean {
  return Object.entries(fields.type.attributes).every(([name, type]) => {
    const [configured, value] = [member(config, name), member(object, name)];
    const attribute = getKey(fields.attributes, name);
    if (attribute?.computed && isUnset(attribute, configured)) return true;
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined) {
      if (attribute === undefined) return equalValues(type, configured, value);
      return attribute.writeOnly || equivalent(attribute, configured, value);
    }
    const [left, right] = [entriesOf(inner, configured), entriesOf(inner, value)];
    if (left.length !== right.length) return false;
    return right.every((entry) => {
      const from = counterpart(inner, configured, entry, (candidate) =>
        matchesConfig(inner.fields, candidate, entry.object),
      );
      return from !== null && matchesConfig(inner.fields, from, entry.object);
    });
  });
}

type Keeps = (attribute: AttributeSpec, before: TfValue, value: TfValue) => boolean;

function keep(fields: FieldsSpec, before: TfObject | null, object: TfObject, keeps: Keeps): TfObject {
  if (before === null) return object;
  return mapMembers(fields, object, (name, value) => {
    const attribute = getKey(fields.attributes, name);
    const kept = member(before, name);
    if (attribute !== undefined && hasEquivalence(attribute) && keeps(attribute, kept, value)) return kept;
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
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
export function unmatchedElements(inner: Nested, set: TfValue, other: TfValue): TfObject[] {
  const others = entriesOf(inner, other);
  return entriesOf(inner, set)
    .map(({ object }) => object)
    .filter((object) => !others.some((entry) => equalValues(inner.fields.type, object, entry.object)));
}

/** Whether two objects mean the same; a value still unknown in `before` may have become any. */
function corresponds(fields: FieldsSpec, before: TfObject, object: TfObject): boolean {
  return Object.entries(fields.type.attributes).every(([name, type]) => {
    const [kept, value] = [member(before, name), member(object, name)];
    const attribute = getKey(fields.attributes, name);
    if (isUnknown(kept)) return true;
    if (attribute === undefined ? equalValues(type, kept, value) : equivalent(attribute, kept, value)) return true;
    const inner = attribute?.nested ?? getKey(fields.blocks, name);
    if (inner === undefined || !isContainer(kept) || !isContainer(value)) return false;
    const [elements, others] = [entriesOf(inner, kept), entriesOf(inner, value)];
    if (elements.length !== others.length) return false;
    return elements.every((entry) => {
      const matches = (candidate: TfObject) => corresponds(inner.fields, entry.object, candidate);
      const found = counterpart(inner, value, entry, matches);
      return found !== null && matches(found);
    });
  });
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
