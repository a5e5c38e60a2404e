import { MASK } from "../../src/ironic";
import {
  isEmpty,
  keepPriorIfEmpty,
  knownMap,
  readMap,
  sameMap,
  toSend,
  toText,
  without,
  withoutNulls,
} from "../../src/provider/shared/values";
import { unknown } from "../../src/tfplugin";

// A null inside a map is not in its type, and in what users say all the same.
const nulls = (map: Record<string, string | null>) => map as Record<string, string>;

test.each<[unknown, boolean]>([
  [null, true],
  [undefined, true],
  ["", true],
  [false, true],
  [0, true],
  [[], true],
  [{}, true],
  [{ a: null }, true],
  [" ", false],
  [true, false],
  [1, false],
  [[""], false],
  [{ a: "" }, false],
  [unknown, false],
])("%j is empty: %s", (value, empty) => {
  expect(isEmpty(value)).toBe(empty);
});

test.each([
  ["", null, ""],
  [null, "", null],
  [null, null, null],
  ["a", "b", "b"],
  ["a", null, null],
  ["", "b", "b"],
])("state %j, Ironic %j: %j is kept", (prior, now, kept) => {
  expect(keepPriorIfEmpty(prior, now)).toBe(kept);
});

test("maps without nulls, and without some keys", () => {
  expect(withoutNulls({ a: "1", b: null })).toEqual({ a: "1" });
  expect(without({ a: 1, b: 2, c: 3 }, ["a", "c", "d"])).toEqual({ b: 2 });
});

test.each([
  ["text", "text"],
  [4, "4"],
  [true, "true"],
  [["a"], '["a"]'],
  [{ a: 1 }, '{"a":1}'],
])("%j as text", (value, text) => {
  expect(toText(value)).toBe(text);
});

test.each<[string, Record<string, string> | null, object | undefined, object | null]>([
  ["texts and others", null, { a: "1", b: 2, c: null, d: { e: 1 } }, { a: "1", b: "2", d: '{"e":1}' }],
  ["nothing, as state has it", null, {}, null],
  ["nothing, as state has it", {}, {}, {}],
  ["nothing, where there was something", { a: "1" }, {}, {}],
  ["no field at all", null, undefined, null],
  ["a masked value that state knows", { p: "secret" }, { p: MASK, q: MASK }, { p: "secret", q: MASK }],
  ["a masked value that state does not know", { p: null } as never, { p: MASK }, { p: MASK }],
])("a field of Ironic as state holds it: %s", (_, prior, now, expected) => {
  expect(readMap(prior, now as never)).toEqual(expected);
});

test.each<[Record<string, string> | null, Record<string, string> | null, boolean]>([
  [null, {}, true],
  [{ a: "1" }, { a: "1" }, true],
  [{ a: "1" }, { a: "2" }, false],
  [{ a: "1" }, { b: "1" }, false],
  [{ a: MASK }, { a: "1" }, true],
  [{ a: MASK }, {}, false],
  [nulls({ a: null }), {}, true],
])("%j says the same as %j: %s", (left, right, same) => {
  expect(sameMap(left, right)).toBe(same);
  expect(sameMap(right, left)).toBe(same);
});

test.each<[string, Record<string, string>, object | undefined, Record<string, string> | null, object]>([
  ["what is new", { a: "1", b: null as never }, undefined, null, { a: "1" }],
  ["a number that reads the same stays one", { a: "1", b: "true" }, { a: 1, b: true }, null, { a: 1, b: true }],
  ["another value is text", { a: "2" }, { a: 1 }, null, { a: "2" }],
  ["a masked value that state has already is not sent again", { p: "s" }, { p: MASK }, { p: "s" }, { p: MASK }],
  ["a masked value that changed is", { p: "t" }, { p: MASK }, { p: "s" }, { p: "t" }],
  ["the mask itself means unchanged", { p: MASK }, { p: MASK }, null, { p: MASK }],
  ["a key of every object", { constructor: "1" } as never, {}, null, { constructor: "1" }],
])("to send: %s", (_, wanted, current, prior, expected) => {
  expect(toSend(wanted, current as never, prior)).toEqual(expected);
});

test("a map is known once all of it is", () => {
  expect(knownMap(null)).toBeNull();
  expect(knownMap(unknown)).toBeUndefined();
  expect(knownMap({ a: unknown })).toBeUndefined();
  expect(knownMap({ a: "1" })).toEqual({ a: "1" });
});
