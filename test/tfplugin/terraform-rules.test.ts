import {
  block,
  computed,
  nested,
  optional,
  optionalComputed,
  required,
  schema,
  type TfValue,
  t,
  Unknown,
  unknown,
} from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { applyProblems, planProblems, proposedState } from "../support/plugin/terraform-rules";

// The rules of Terraform that other tests rely on: each accepts what Terraform accepts, and refuses what it refuses.
const inner = { name: required(t.string), serial: computed(t.string) };
const of = schema({
  attributes: {
    name: required(t.string),
    note: optional(t.string),
    color: optionalComputed(t.string),
    id: computed(t.string),
    wo: optional(t.string, { writeOnly: true }),
    tags: optional(t.map(t.string)),
    list: optional(nested.list(inner)),
    map: optional(nested.map(inner)),
    set: optional(nested.set(inner)),
    kept: optionalComputed(nested.single({ user: optional(t.string), made: computed(t.string) })),
  },
  blocks: { part: block.list({ attributes: inner }) },
});
const empty: TfObject = {
  ...{ name: "a", note: null, color: null, id: null, wo: null, tags: null },
  ...{ list: null, map: null, set: null, kept: null, part: [] },
};
const one = (name: string, serial: TfValue = null) => ({ name, serial });

test.each<[string, TfObject, TfObject, TfObject]>([
  ["computed, not configured: the prior value", { color: "red", id: "1" }, {}, { color: "red", id: "1" }],
  ["configured", { color: "red", note: "x" }, { color: "blue" }, { color: "blue" }],
  ["a list, by index", { list: [one("a", "1")] }, { list: [one("b"), one("c")] }, { list: [one("b", "1"), one("c")] }],
  [
    "a map, by key",
    { map: { x: one("a", "1") } },
    { map: { x: one("b"), y: one("a") } },
    { map: { x: one("b", "1"), y: one("a") } },
  ],
  [
    "a set, by what is configured",
    { set: [one("a", "1"), one("b", "2")] },
    { set: [one("b"), one("c")] },
    { set: [one("b", "2"), one("c")] },
  ],
  ["blocks", { part: [one("a", "1")] }, { part: [one("a")] }, { part: [one("a", "1")] }],
  ["a computed object that was configured", { kept: { user: "u", made: "m" } }, {}, {}],
  ["a computed object that was not", { kept: { user: null, made: "m" } }, {}, { kept: { user: null, made: "m" } }],
])("the proposed state of %s", (_, prior, config, proposed) => {
  expect(proposedState(of, { ...empty, ...prior }, { ...empty, ...config })).toEqual({ ...empty, ...proposed });
});

test.each<[string, TfObject, TfObject, TfObject, string[]]>([
  ["the configuration", { note: "x" }, { note: "y" }, { note: "y" }, []],
  ["the prior value for a configured one", { note: "x" }, { note: "y" }, { note: "x" }, []],
  [
    "a third value",
    { note: "x" },
    { note: "y" },
    { note: "z" },
    ["note: the planned value is neither the configured nor the prior one"],
  ],
  [
    "null for a configured one",
    {},
    { note: "y" },
    {},
    ["note: the planned value is neither the configured nor the prior one"],
  ],
  [
    "the prior value where nothing is configured",
    { note: "x" },
    {},
    { note: "x" },
    ["note: a planned value of an attribute that is neither configured nor computed"],
  ],
  ["the same, computed", { color: "x" }, {}, { color: "x" }, []],
  ["any value of a computed one", { id: "1" }, {}, { id: "2" }, []],
  ["a write-only value", {}, { wo: "s" }, { wo: "s2" }, ["wo: a planned write-only value"]],
  ["none of it", {}, { wo: "s" }, {}, []],
  [
    "an element too many",
    {},
    { list: [one("a")] },
    { list: [one("a"), one("b")] },
    ["list: 2 elements planned, 1 configured"],
  ],
  [
    "another element",
    {},
    { list: [one("a")] },
    { list: [one("b")] },
    ["list.0.name: the planned value is neither the configured nor the prior one"],
  ],
  ["the prior element", { list: [one("b", "1")] }, { list: [one("a")] }, { list: [one("b", "1")] }, []],
  ["another key", {}, { map: { x: one("a") } }, { map: { y: one("a") } }, ["map: the element y is not configured"]],
  ["a block too few", {}, { part: [one("a")] }, {}, ["part: 0 elements planned, 1 configured"]],
  ["any element of a set", {}, { set: [one("a")] }, { set: [one("b")] }, []],
])("a plan of %s", (_, prior, config, planned, problems) => {
  const whole = (object: TfObject) => ({ ...empty, ...object });
  expect(planProblems(of, whole(prior), whole(config), whole(planned))).toEqual(problems);
});

test.each<[string, TfObject, TfObject, string[]]>([
  ["the planned value", { note: "x" }, { note: "x" }, []],
  ["another one", { note: "x" }, { note: "y" }, ["note: not the planned value"]],
  ["a value for null", {}, { note: "y" }, ["note: planned and actual disagree on null"]],
  ["any value for an unknown one", { id: unknown }, { id: "y" }, []],
  ["null for one planned as not null", { id: new Unknown({ isNull: false }) }, {}, ["id: null, planned as not null"]],
  [
    "another key",
    { tags: { a: "1" } },
    { tags: { b: "1" } },
    ["tags: the key a came or went", "tags: the key b came or went"],
  ],
  ["an unknown value", { note: "x" }, { note: unknown }, ["note: still unknown"]],
  ["an element more", { list: [] }, { list: [one("a")] }, ["list: 0 elements planned, 1 actual"]],
  ["a set in another order", { set: [one("a"), one("b")] }, { set: [one("b"), one("a")] }, []],
  ["a set with another element", { set: [one("a")] }, { set: [one("b")] }, ["set: the elements are not those planned"]],
])("a result with %s", (_, planned, actual, problems) => {
  expect(applyProblems(of.type, { ...empty, ...planned }, { ...empty, ...actual })).toEqual(problems);
});
