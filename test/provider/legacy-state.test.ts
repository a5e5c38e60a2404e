import {
  clearImported,
  isImported,
  markApplied,
  markImported,
  upgradeLegacyState,
  wasAppliedHere,
} from "../../src/provider/shared/legacy-state";
import { computed, type Json, optional, schema, t } from "../../src/tfplugin";

const some = schema({
  attributes: { id: computed(t.string), name: optional(t.string), extra: optional(t.map(t.string)) },
});

test.each<[string, unknown, object]>([
  ["values", { id: "1", name: "n", extra: { a: "1" } }, { id: "1", name: "n", extra: { a: "1" } }],
  ["nulls of what the user alone decides", { id: "1", name: null, extra: null }, { id: "1", name: "", extra: {} }],
  ["attributes that are missing", { id: "1" }, { id: "1", name: "", extra: {} }],
  ["attributes that are no more", { id: "1", gone: 7 }, { id: "1", name: "", extra: {} }],
  ["false and zero", { id: "1", name: false, extra: 0 }, { id: "1", name: false, extra: 0 }],
  ["what is not an object", [1], { name: "", extra: {} }],
  ["null", null, { name: "", extra: {} }],
])("state of the old provider with %s", (_, state, expected) => {
  expect(upgradeLegacyState(some, state as never, { name: "", extra: {} })).toEqual(expected);
});

test("marks in private state: by whom it was applied, and whether it was imported", () => {
  const facts = new Map<string, Json>();
  const privateState = {
    get: (key: string) => facts.get(key),
    set: (key: string, value: Json) => void facts.set(key, value),
    delete: (key: string) => void facts.delete(key),
  };
  expect([wasAppliedHere(privateState), isImported(privateState)]).toEqual([false, false]);
  markApplied(privateState);
  markImported(privateState);
  expect([wasAppliedHere(privateState), isImported(privateState)]).toEqual([true, true]);
  clearImported(privateState);
  expect([wasAppliedHere(privateState), isImported(privateState)]).toEqual([true, false]);
});
