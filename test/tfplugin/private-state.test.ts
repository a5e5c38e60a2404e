import { PrivateState } from "../../src/tfplugin/author/private-state";

test("keeps facts from one call to the next", () => {
  const first = new PrivateState();
  first.set("a", { list: [1, "two", null] });
  first.set("gone", true);
  const second = new PrivateState(first.bytes());
  second.delete("gone");
  const third = new PrivateState(second.bytes());
  expect(third.get("a")).toEqual({ list: [1, "two", null] });
  expect(third.get("gone")).toBeUndefined();
});

test("is empty bytes when it is empty", () => {
  expect(new PrivateState().bytes()).toHaveLength(0);
});

test("a name that objects have anyway is a fact like others", () => {
  const state = new PrivateState();
  expect(state.get("constructor")).toBeUndefined();
  state.set("__proto__", 1);
  expect(new PrivateState(state.bytes()).get("__proto__")).toBe(1);
});

// HashiCorp's SDKs write JSON objects and other things; a resource that was moved brings them along.
test.each(["", "\x01\x02", "[1]", "null", '"text"'])("what is not ours is dropped: %j", (stored) => {
  expect(new PrivateState(Buffer.from(stored)).bytes()).toHaveLength(0);
});
