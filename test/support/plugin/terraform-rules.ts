// Terraform's own part of planning and applying, and the checks by which it accepts a provider's responses, for tests without
// Terraform. The rules are those of hashicorp/terraform, internal/plans/objchange: ProposedNew (objchange.go), AssertPlanValid
// (plan_valid.go), AssertObjectCompatible (compatible.go). Elements of sets are checked by their number only, as there.
import type { Path, TfValue } from "../../../src/tfplugin";
import {
  type CtyType,
  equalValues,
  getKey,
  isArray,
  isObject,
  isUnknown,
  type TfObject,
  unknown,
} from "../../../src/tfplugin/cty";
import type { AttributeSpec, BlockSpec, FieldsSpec, Nested } from "../../../src/tfplugin/schema";

type Key = number | string;

/** The proposed new state: the configuration, with the prior value of computed attributes that are not configured. */
export function proposedState(fields: FieldsSpec, prior: TfObject | null, config: TfObject): TfObject {
  return mapFields(fields, (name, { attribute, nested }) => {
    const [before, configured] = [member(prior, name), member(config, name)];
    if (attribute?.computed && configured === null) return wasConfigured(attribute, before) ? null : before;
    return nested === undefined ? configured : proposedNested(nested, before, configured);
  });
}

function proposedNested(nested: Nested, prior: TfValue, config: TfValue): TfValue {
  if (config === null || isUnknown(config)) return config;
  if (nested.nesting !== "set") {
    return mapElements(nested, config, (key, element) =>
      proposedState(nested.fields, elementAt(nested, prior, key), element),
    );
  }
  const unused = isArray(prior) ? prior.filter(isObject) : [];
  return mapElements(nested, config, (_key, element) => {
    const at = unused.findIndex((candidate) => mayFollow(nested.fields, candidate, element));
    const [before = null] = at < 0 ? [] : unused.splice(at, 1);
    return proposedState(nested.fields, before, element);
  });
}

/** Whether a value of a computed attribute must have been configured: it holds a value that is not computed. */
function wasConfigured({ optional, nested }: AttributeSpec, value: TfValue): boolean {
  return optional && nested !== undefined && holdsConfigured(nested, value);
}

function holdsConfigured(nested: Nested, value: TfValue): boolean {
  return elementsOf(nested, value).some(([, element]) =>
    Object.entries(nested.fields.attributes).some(([name, attribute]) => {
      const inner = member(element, name);
      if (inner === null) return false;
      return attribute.computed ? attribute.nested !== undefined && holdsConfigured(attribute.nested, inner) : true;
    }),
  );
}

/** Whether a prior element of a set may follow from a configured one: only computed attributes without configuration differ. */
function mayFollow(fields: FieldsSpec, prior: TfObject, config: TfObject): boolean {
  return members(fields).every(([name, type, { attribute, nested }]) => {
    const [before, configured] = [member(prior, name), member(config, name)];
    if (same(type, before, configured)) return true;
    if (nested !== undefined && nested.nesting !== "set" && before !== null && configured !== null) {
      const elements = elementsOf(nested, before);
      if (elements.length !== elementsOf(nested, configured).length) return false;
      return elements.every(([key, element]) => {
        const other = elementAt(nested, configured, key);
        return other !== null && mayFollow(nested.fields, element, other);
      });
    }
    return attribute?.computed === true && configured === null;
  });
}

/** The reasons for which Terraform would refuse a plan. */
export function planProblems(
  fields: FieldsSpec,
  prior: TfObject | null,
  config: TfObject,
  planned: TfObject,
  path: Path = [],
): string[] {
  return members(fields).flatMap(([name, type, { attribute, nested }]) => {
    const at = [...path, name];
    const [before, configured, value] = [member(prior, name), member(config, name), member(planned, name)];
    const fail = (problem: string) => [`${at.join(".")}: ${problem}`];
    if (same(type, value, configured)) return [];
    if (attribute !== undefined) {
      if (before !== null && configured !== null && same(type, value, before)) return [];
      if (attribute.writeOnly) return value === null ? [] : fail("a planned write-only value");
      if (attribute.computed && (!attribute.optional || configured === null)) return [];
      if (configured === null) return fail("a planned value of an attribute that is neither configured nor computed");
      if (nested === undefined) return fail("the planned value is neither the configured nor the prior one");
    }
    if (nested === undefined) return [];
    if ((value === null) !== (configured === null)) return fail("planned and configured disagree on null");
    if (isUnknown(value) || isUnknown(configured)) return fail("a planned value for an unknown one, or the reverse");
    const [elements, wanted] = [elementsOf(nested, value), elementsOf(nested, configured)];
    if (elements.length !== wanted.length)
      return fail(`${elements.length} elements planned, ${wanted.length} configured`);
    if (nested.nesting === "set") return [];
    return elements.flatMap(([key, element]) => {
      const from = elementAt(nested, configured, key);
      if (from === null) return fail(`the element ${key} is not configured`);
      const inner = key === undefined ? at : [...at, key];
      return planProblems(nested.fields, elementAt(nested, before, key), from, element, inner);
    });
  });
}

/** The reasons for which Terraform would refuse the result of an apply. */
export function applyProblems(type: CtyType, planned: TfValue, actual: TfValue, path: Path = []): string[] {
  const fail = (problem: string) => [`${path.join(".")}: ${problem}`];
  if (isUnknown(planned)) {
    return planned.refinements.isNull === false && actual === null ? fail("null, planned as not null") : [];
  }
  if (planned === null || actual === null) return planned === actual ? [] : fail("planned and actual disagree on null");
  if (isUnknown(actual)) return fail("still unknown");
  const inside = (key: Key, inner: CtyType, one: TfValue, other: TfValue) =>
    applyProblems(inner, one, other, [...path, key]);
  if (type.kind === "object" && isObject(planned) && isObject(actual)) {
    return Object.entries(type.attributes).flatMap(([name, inner]) =>
      inside(name, inner, member(planned, name), member(actual, name)),
    );
  }
  if (type.kind === "map" && isObject(planned) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(planned), ...Object.keys(actual)])];
    return keys.flatMap((key) => {
      if (!Object.hasOwn(planned, key) || !Object.hasOwn(actual, key)) return fail(`the key ${key} came or went`);
      return inside(key, type.element, member(planned, key), member(actual, key));
    });
  }
  if (type.kind === "list" && isArray(planned) && isArray(actual)) {
    if (planned.length !== actual.length) return fail(`${planned.length} elements planned, ${actual.length} actual`);
    return planned.flatMap((element, i) => inside(i, type.element, element, actual[i] ?? null));
  }
  if (type.kind === "set" && isArray(planned) && isArray(actual)) {
    const fits = (one: TfValue, other: TfValue) => applyProblems(type.element, one, other).length === 0;
    const matched =
      planned.every((one) => actual.some((other) => fits(one, other))) &&
      actual.every((other) => planned.some((one) => fits(one, other)));
    return matched && planned.length >= actual.length ? [] : fail("the elements are not those planned");
  }
  return equalValues(type, planned, actual) ? [] : fail("not the planned value");
}

interface Member {
  readonly attribute: AttributeSpec | undefined;
  readonly nested: Nested | undefined;
}

function members(fields: FieldsSpec): [string, CtyType, Member][] {
  return Object.entries(fields.type.attributes).map(([name, type]) => {
    const attribute = getKey(fields.attributes, name);
    const block: BlockSpec | undefined = getKey(fields.blocks, name);
    return [name, type, { attribute, nested: attribute?.nested ?? block }];
  });
}

function mapFields(fields: FieldsSpec, value: (name: string, member: Member) => TfValue): TfObject {
  return Object.fromEntries(members(fields).map(([name, , spec]) => [name, value(name, spec)]));
}

function member(object: TfObject | null, name: string): TfValue {
  return object === null ? null : (getKey(object, name) ?? null);
}

function elementsOf(nested: Nested, value: TfValue): [Key | undefined, TfObject][] {
  if (isArray(value))
    return value.flatMap((element, i) => (isObject(element) ? [[i, element] as [Key, TfObject]] : []));
  if (!isObject(value)) return [];
  if (nested.nesting !== "map") return [[undefined, value]];
  return Object.entries(value).flatMap(([key, element]) =>
    isObject(element) ? [[key, element] as [Key, TfObject]] : [],
  );
}

function elementAt(nested: Nested, value: TfValue, key: Key | undefined): TfObject | null {
  return elementsOf(nested, value).find(([each]) => each === key)?.[1] ?? null;
}

function mapElements(
  nested: Nested,
  value: TfValue,
  change: (key: Key | undefined, element: TfObject) => TfValue,
): TfValue {
  if (isArray(value)) return value.map((element, i) => (isObject(element) ? change(i, element) : element));
  if (!isObject(value)) return value;
  if (nested.nesting !== "map") return change(undefined, value);
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, isObject(element) ? change(key, element) : element]),
  );
}

/** Whether two values are equal, the refinements of unknown values aside. */
function same(type: CtyType, one: TfValue, other: TfValue): boolean {
  return equalValues(type, unrefined(one), unrefined(other));
}

function unrefined(value: TfValue): TfValue {
  if (isUnknown(value)) return unknown;
  if (isArray(value)) return value.map(unrefined);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unrefined(inner)]));
}
