import { jsonDepth } from "../../src/net";

test.each<[unknown, number]>([
  ["text", 0],
  [[], 1],
  [[[], {}, []], 2],
  [{ a: [{ b: 1 }], c: {} }, 3],
  [{ 'a"]}': '[[{\\"[\\\\', b: "\\" }, 1],
  [["\\\\", ["\\"]], 2],
])("the depth of %j", (value, depth) => {
  expect(jsonDepth(JSON.stringify(value))).toBe(depth);
});

test.each(['"', '["', '["\\', "]]][[", ""])("the text %j is no JSON and has a depth", (text) => {
  expect(jsonDepth(text)).toBeLessThan(2);
});
