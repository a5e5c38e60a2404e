import {
  block,
  computed,
  isUnknown,
  nested,
  optional,
  optionalComputed,
  required,
  type Schema,
  schema,
  type TfValue,
  t,
  unknown,
} from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import {
  markUnknownOnUpdate,
  planFromSchema,
  replacedPaths,
  unknownPaths,
  unsetPaths,
} from "../../src/tfplugin/engine/schema-plan";
import { proposedState } from "../support/plugin/terraform-rules";
import { configOf } from "../support/plugin/values";

// The plan that follows from a schema alone; what Terraform makes of it is in test/e2e/tfplugin.
function plan(of: Schema, prior: TfObject | null, said: TfObject, merged: TfObject = {}): TfObject {
  const config = configOf(of, said);
  const planned = planFromSchema(of, { prior, config, proposed: { ...proposedState(of, prior, config), ...merged } });
  return markUnknownOnUpdate(of, { prior, config }, planned);
}

/** With unknown values as text, for comparing. */
const shown = (value: TfValue) => JSON.parse(JSON.stringify(value));
const LATER = "(known after apply)";

describe("attributes", () => {
  const simple = schema({
    attributes: {
      name: required(t.string),
      size: optional(t.integer, { default: 1 }),
      note: optional(t.string),
      color: optionalComputed(t.string, { nonNull: true }),
      etag: computed(t.string, { unknownOnUpdate: true, nonNull: true }),
      id: computed(t.string),
      wo: optional(t.string, { writeOnly: true }),
    },
  });
  const existing = { name: "a", size: 1, note: null, color: "red", etag: "1", id: "i", wo: null };

  test("to be created", () => {
    const planned = plan(simple, null, { name: "a", wo: "secret" });
    expect(shown(planned)).toEqual({ name: "a", size: 1, note: null, color: LATER, etag: LATER, id: LATER, wo: null });
    // Terraform is told what is certain of what is unknown.
    const refined = Object.entries(planned).flatMap(([name, value]) =>
      isUnknown(value) ? [[name, value.refinements]] : [],
    );
    expect(refined).toEqual([
      ["color", { isNull: false }],
      ["etag", { isNull: false }],
      ["id", {}],
    ]);
  });

  test("what the user says is planned, even if unknown", () => {
    expect(shown(plan(simple, null, { name: unknown, size: 3, color: "blue" }))).toMatchObject({
      name: LATER,
      size: 3,
      color: "blue",
    });
  });

  test("unchanged", () => {
    expect(plan(simple, existing, { name: "a", wo: "another secret" })).toEqual(existing);
  });

  test("changed: only what is unknown on update is unknown", () => {
    expect(shown(plan(simple, existing, { name: "a", note: "new" }))).toEqual({
      ...existing,
      note: "new",
      etag: LATER,
    });
  });
});

describe("nested objects keep what is computed in their counterpart", () => {
  const disk = { name: required(t.string), size: optional(t.integer, { default: 10 }), serial: computed(t.string) };
  const of = schema({
    attributes: {
      single: optional(nested.single(disk)),
      list: optional(nested.list(disk)),
      map: optional(nested.map(disk)),
      set: optional(nested.set(disk)),
    },
    blocks: {
      group: block.group({ attributes: disk }),
      part: block.list({ attributes: disk, blocks: { inner: block.set({ attributes: disk }) } }),
      zone: block.set({ attributes: disk }),
    },
  });
  const said = (name: string) => ({ name, size: null, serial: null });
  const existing = (name: string) => ({ name, size: 10, serial: `serial-${name}` });
  const planned = (name: string) => ({ name, size: 10, serial: LATER });

  test("to be created", () => {
    const config = {
      single: said("a"),
      list: [said("a"), said("b")],
      map: { x: said("a") },
      set: [said("a"), said("b")],
      group: said("a"),
      part: [{ ...said("a"), inner: [said("b")] }],
      zone: [said("a")],
    };
    expect(shown(plan(of, null, config))).toEqual({
      single: planned("a"),
      list: [planned("a"), planned("b")],
      map: { x: planned("a") },
      set: [planned("a"), planned("b")],
      group: planned("a"),
      part: [{ ...planned("a"), inner: [planned("b")] }],
      zone: [planned("a")],
    });
  });

  test("one more: what was there keeps its serial, the new one gets one", () => {
    const prior = {
      single: null,
      list: [existing("a")],
      map: { x: existing("a") },
      set: [existing("a")],
      group: existing("a"),
      part: [],
      zone: [],
    };
    const config = {
      list: [said("a"), said("b")],
      map: { x: said("a"), y: said("b") },
      set: [said("b"), said("a")],
      group: said("a"),
    };
    // As Terraform merges them: counterparts are found by index, by key, and in sets by what the user said.
    const merged = {
      list: [existing("a"), said("b")],
      map: { x: existing("a"), y: said("b") },
      set: [said("b"), existing("a")],
      group: existing("a"),
    };
    expect(shown(plan(of, prior, config, merged))).toMatchObject({
      list: [existing("a"), planned("b")],
      map: { x: existing("a"), y: planned("b") },
      set: [planned("b"), existing("a")],
      group: existing("a"),
    });
  });

  test("elements of a set with objects of their own are told apart by those, too", () => {
    const inner = { name: required(t.string), uid: computed(t.integer) };
    const teams = schema({
      attributes: {
        teams: optional(
          nested.set({ lead: optional(t.string), users: optional(nested.list(inner)), id: computed(t.string) }),
        ),
      },
    });
    const user = (name: string, uid: number | null = null) => ({ name, uid });
    const team = (users: TfObject[], id: string | null = null) => ({ lead: null, users, id });
    const prior = { teams: [team([user("ann", 1)], "t1"), team([user("bob", 2)], "t2")] };
    const config = { teams: [team([user("bob")]), team([user("ann"), user("zoe")])] };
    const merged = { teams: [team([user("bob", 2)], "t2"), team([user("ann"), user("zoe")])] };
    const later = { name: "zoe", uid: LATER };
    expect(shown(plan(teams, prior, config, merged))).toEqual({
      teams: [
        { lead: null, users: [{ name: "bob", uid: 2 }], id: "t2" },
        { lead: null, users: [{ name: "ann", uid: LATER }, later], id: LATER },
      ],
    });
  });

  test("elements of a set that differ in an attribute with a default alone are each planned as configured", () => {
    const sized = (size: number | null, serial: string | null = null) => ({ name: "a", size, serial });
    const config = { set: [sized(null), sized(20)], group: said("a") };
    expect(shown(plan(of, null, config)).set).toEqual([
      { name: "a", size: 10, serial: LATER },
      { name: "a", size: 20, serial: LATER },
    ]);
    // As Terraform merges them: the first prior element that fits, whatever its default.
    const prior = { single: null, list: null, map: null, group: existing("a"), part: [], zone: [] };
    const before = { ...prior, set: [sized(20, "s20"), sized(10, "s10")] };
    const merged = { set: [sized(20, "s20"), sized(20)], group: existing("a") };
    expect(shown(plan(of, before, config, merged)).set).toEqual([sized(20, "s20"), sized(10, "s10")]);
  });

  test("wholly unknown ones stay so", () => {
    expect(shown(plan(of, null, { list: unknown, set: [unknown], group: said("a") }))).toMatchObject({
      list: LATER,
      set: [LATER],
    });
  });
});

describe("replacement", () => {
  const fixed = { kind: optional(t.string, { requiresReplace: true }), note: optional(t.string) };
  const of = schema({
    attributes: {
      name: required(t.string, { requiresReplace: true }),
      size: optional(t.integer, {
        requiresReplace: ({ state, planned }) =>
          state !== null && planned !== null && !isUnknown(planned) && planned < state,
      }),
      note: optional(t.string),
      list: optional(nested.list(fixed)),
      map: optional(nested.map(fixed)),
      set: optional(nested.set(fixed)),
    },
    blocks: { single: block.single({ attributes: fixed }) },
  });
  const base = { name: "a", size: 5, note: null, list: null, map: null, set: null, single: null };
  const one = (kind: string | null, note: string | null = null) => ({ kind, note });
  const replaced = (prior: TfObject, change: TfObject, always = false) =>
    replacedPaths(of, { ...base, ...prior }, { ...base, ...prior, ...change }, always);

  test.each<[string, TfObject, TfObject, unknown]>([
    ["nothing", {}, {}, []],
    ["a plain attribute", {}, { note: "x" }, []],
    ["one that needs it", {}, { name: "b" }, [["name"]]],
    ["one that may, unknown", {}, { name: unknown }, [["name"]]],
    ["one that decides: no", {}, { size: 6 }, []],
    ["one that decides: yes", {}, { size: 4 }, [["size"]]],
    ["inside a list", { list: [one("a"), one("b")] }, { list: [one("a"), one("c")] }, [["list", 1, "kind"]]],
    ["an element more, with it", { list: [] }, { list: [one("a")] }, [["list", 0, "kind"]]],
    ["an element more, without", { list: [] }, { list: [one(null, "x")] }, []],
    ["inside a map", { map: { x: one("a") } }, { map: { x: one("b") } }, [["map", "x", "kind"]]],
    ["inside a set", { set: [one("a")] }, { set: [one("b")] }, [["set"]]],
    ["inside a set, but not that", { set: [one("a", "x")] }, { set: [one("a", "y")] }, []],
    ["inside a block", { single: one("a") }, { single: one("b") }, [["single", "kind"]]],
    ["a list that becomes unknown", { list: [one("a")] }, { list: unknown }, []],
  ])("by a change of %s", (_, prior, change, paths) => {
    expect(replaced(prior, change)).toEqual(paths);
  });

  test("by any change, where there is no update", () => {
    expect(replaced({}, { note: "x", size: 6 }, true)).toEqual([["size"], ["note"]]);
  });
});

test("paths of what is unknown, and of what should be set", () => {
  const of = schema({
    attributes: {
      id: computed(t.string, { nonNull: true }),
      list: optional(nested.list({ id: computed(t.string, { nonNull: true }), x: optional(t.string) })),
    },
  });
  const object = {
    id: null,
    list: [
      { id: "1", x: unknown },
      { id: null, x: null },
    ],
  };
  expect(unknownPaths(object)).toEqual([["list", 0, "x"]]);
  expect(unsetPaths(of, object)).toEqual([["id"], ["list", 1, "id"]]);
});
