import fc from "fast-check";
import { diff, type Json, type JsonObject, MASK, type PatchOperation } from "../../src/ironic";

/** Keys that Ironic's paths can name, keys that they can't, and names that every object has. */
const key = fc.oneof(
  fc.constantFrom("a", "b", "c-d", "e_f", "ü", "0"),
  fc.constantFrom("", "a/b", "~", "~1", "a.b", "x y", "/"),
  fc.constantFrom("constructor", "toString", "hasOwnProperty"),
);
const { json } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, "", "x", [], {}),
    fc.array(tie("json"), { maxLength: 2 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("json"), { maxKeys: 4, noNullPrototype: true }),
}));
const field = fc.constantFrom("extra", "properties", "name", "constructor");
const fields: fc.Arbitrary<JsonObject> = fc.dictionary(field, json, { noNullPrototype: true });

const copy = <T extends Json>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Applies a JSON patch (RFC 6902) as strictly as Ironic's library: replaced and removed members have to exist. */
function apply(to: JsonObject, operations: readonly PatchOperation[]): JsonObject {
  const result = copy(to) as { [key: string]: Json };
  for (const { op, path, value = null } of operations) {
    const keys = path
      .split("/")
      .slice(1)
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = keys.pop() ?? "";
    let parent = result;
    for (const each of keys) {
      if (!Object.hasOwn(parent, each)) throw new Error(`${path}: no ${each}`);
      parent = parent[each] as { [key: string]: Json };
    }
    if (op !== "add" && !Object.hasOwn(parent, last)) throw new Error(`${op} ${path}: it is not there`);
    if (op === "remove") delete parent[last];
    else parent[last] = copy(value) as Json;
  }
  return result;
}

const withoutNulls = (object: JsonObject) =>
  Object.fromEntries(Object.entries(object).filter(([, each]) => each !== null));

test("applied, it gives the wanted fields; other fields stay", () => {
  fc.assert(
    fc.property(fields, fields, (current, wanted) => {
      const patched = apply(current, diff(current, wanted));
      expect(withoutNulls(patched)).toEqual(withoutNulls({ ...current, ...wanted }));
    }),
    { numRuns: 500 },
  );
});

test("nothing to do is an empty patch, and done once it is done", () => {
  fc.assert(
    fc.property(fields, fields, (current, wanted) => {
      expect(diff(current, copy(current))).toEqual([]);
      expect(diff(apply(current, diff(current, wanted)), wanted)).toEqual([]);
    }),
  );
});

test("every path is one that Ironic takes", () => {
  fc.assert(
    fc.property(fields, fields, (current, wanted) => {
      for (const { path } of diff(current, wanted)) expect(path).toMatch(/^(\/[\p{L}\p{N}_-]+)+$/u);
    }),
  );
});

test("only differences are in it", () => {
  const current = { extra: { same: { a: 1 }, changed: 1, gone: 1, list: [1, 2] }, name: "n", description: "d" };
  const wanted = {
    extra: { same: { a: 1 }, changed: 2, list: [2, 1], new: { b: null } },
    name: "n",
    description: null,
  };
  expect(diff(current, wanted)).toEqual([
    { op: "remove", path: "/extra/gone" },
    { op: "replace", path: "/extra/changed", value: 2 },
    { op: "replace", path: "/extra/list", value: [2, 1] },
    { op: "add", path: "/extra/new", value: { b: null } },
    { op: "remove", path: "/description" },
  ]);
  expect(diff({ extra: null }, { extra: { a: 1 }, owner: "o", lessee: null })).toEqual([
    { op: "add", path: "/extra", value: { a: 1 } },
    { op: "add", path: "/owner", value: "o" },
  ]);
});

test("values are compared as JSON, without prototypes", () => {
  const bare = Object.assign(Object.create(null) as object, { b: 1, a: 2 }) as JsonObject;
  expect(diff({ extra: { list: [{ a: 2, b: 1 }] } }, { extra: { list: [bare] } })).toEqual([]);
  expect(diff({ extra: { list: [0] } }, { extra: { list: [-0] } })).toEqual([]);
  expect(diff({ extra: { list: [{ a: 1 }] } }, { extra: { list: [{ b: 1 }] } })).toHaveLength(1);
  expect(diff({ extra: { list: [[1]] } }, { extra: { list: [{ 0: 1 }] } })).toHaveLength(1);
});

test("a key that no path can name replaces its parent, and no more", () => {
  const current = { extra: { plain: 1, labels: { "rack/row": "1", kept: "k" } } };
  const wanted = { extra: { plain: 2, labels: { "rack/row": "2", kept: "k" } } };
  expect(diff(current, wanted)).toEqual([
    { op: "replace", path: "/extra/plain", value: 2 },
    { op: "replace", path: "/extra/labels", value: { "rack/row": "2", kept: "k" } },
  ]);
  // Unchanged ones are no reason.
  expect(diff(current, { extra: { plain: 2, labels: { "rack/row": "1", kept: "k" } } })).toEqual([
    { op: "replace", path: "/extra/plain", value: 2 },
  ]);
});

test("a mask is left alone, replaced by any other value, and never sent", () => {
  const current = { driver_info: { password: MASK, address: "a" } };
  expect(diff(current, { driver_info: { password: MASK, address: "b" } })).toEqual([
    { op: "replace", path: "/driver_info/address", value: "b" },
  ]);
  expect(diff(current, { driver_info: { password: "new", address: "a" } })).toEqual([
    { op: "replace", path: "/driver_info/password", value: "new" },
  ]);
  // With a key that Ironic's paths can't name, its refusal is better than a password of six stars.
  const operations = diff(current, { driver_info: { password: MASK, address: "a", "x.y": 1 } });
  expect(operations).toEqual([{ op: "add", path: "/driver_info/x.y", value: 1 }]);
});
