import fc from "fast-check";
import {
  bool,
  bytes,
  int,
  lazy,
  type Message,
  mapOf,
  message,
  nested,
  optional,
  ProtoError,
  repeated,
  string,
} from "../../../src/tfplugin/proto/wire";

const Inner = message({ a: int(1) });
const All = message({
  int: int(1),
  text: string(2),
  inner: nested(3, Inner),
  flag: bool(4),
  bytes: bytes(5),
  list: repeated(6, Inner),
  map: mapOf(7, Inner),
  maybe: optional(int(8)),
  maybeText: optional(string(9)),
  far: int(200),
});
const nothing = All.decode(Buffer.alloc(0));
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

// From the encoding's documentation, https://protobuf.dev/programming-guides/encoding/
test.each<[string, object, string]>([
  ["a number", { int: 150 }, "08 96 01"],
  ["a negative number", { int: -2 }, "08 fe ff ff ff ff ff ff ff ff 01"],
  ["a text", { text: "testing" }, "12 07 74 65 73 74 69 6e 67"],
  ["a message within", { inner: { a: 150 } }, "1a 03 08 96 01"],
  ["a message within that is empty", { inner: { a: 0 } }, "1a 00"],
  ["a truth", { flag: true }, "20 01"],
  ["bytes", { bytes: hex("00 ff") }, "2a 02 00 ff"],
  ["a list", { list: [{ a: 1 }, { a: 0 }] }, "32 02 08 01 32 00"],
  ["a map", { map: { k: { a: 1 } } }, "3a 07 0a 01 6b 12 02 08 01"],
  ["a default that is there", { maybe: 0, maybeText: "" }, "40 00 4a 00"],
  ["a field with a large number", { far: 1 }, "c0 0c 01"],
  ["defaults", { int: 0, text: "", flag: false, bytes: Buffer.alloc(0), list: [], map: {} }, ""],
])("writes and reads %s", (_, value, encoded) => {
  expect(All.encode(value).toString("hex")).toBe(encoded.replaceAll(" ", ""));
  expect(All.decode(hex(encoded))).toEqual({ ...nothing, ...value });
});

test("skips fields it does not know, of every kind", () => {
  const unknown = "a0 06 96 01  a1 06 00 00 00 00 00 00 00 00  a2 06 01 ff  a5 06 00 00 00 00";
  expect(All.decode(hex(`${unknown} 08 01`))).toEqual({ ...nothing, int: 1 });
});

test("the last of several wins", () => {
  expect(All.decode(hex("08 01 08 02"))).toMatchObject({ int: 2 });
});

test("a map may have any key, and an entry no value", () => {
  const map = JSON.parse('{"__proto__": {"a": 1}, "": {"a": 2}}');
  const read = All.decode(All.encode({ map })).map;
  expect(Object.entries(read)).toEqual(Object.entries(map));
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  expect(All.decode(hex("3a 03 0a 01 6b")).map).toEqual({ k: { a: 0 } });
});

test("messages may contain each other", () => {
  interface Tree {
    branches: Tree[];
  }
  const Tree: Message<Tree> = message({
    branches: repeated(
      1,
      lazy(() => Tree),
    ),
  });
  const tree = { branches: [{ branches: [] }, { branches: [{ branches: [] }] }] };
  expect(Tree.decode(Tree.encode(tree))).toEqual(tree);
});

test.each<[string, string]>([
  ["a message that ends in a number", "08 96"],
  ["one that ends in a text", "12 07 74"],
  ["one that ends in what is unknown", "a1 06 00"],
  ["a length that nothing has", "12 ff ff ff ff ff ff ff ff ff 01"],
  ["a number of too many bytes", "08 ff ff ff ff ff ff ff ff ff ff 01"],
  ["a number out of range", "08 ff ff ff ff ff ff ff ff 7f"],
  ["a field of another kind", "0a 01 00"],
  ["a kind that does not exist", "a7 06"],
])("refuses %s", (_, encoded) => {
  expect(() => All.decode(hex(encoded))).toThrow(ProtoError);
});

test("writes no number that it could not read", () => {
  for (const int of [1.5, Number.NaN, 2 ** 53]) expect(() => All.encode({ int })).toThrow(ProtoError);
});

test("reads what it wrote, and whatever comes is read or refused", () => {
  const inner = fc.record({ a: fc.maxSafeInteger() });
  const value = fc.record({
    int: fc.maxSafeInteger(),
    text: fc.string({ unit: "grapheme" }),
    inner: fc.option(inner, { nil: undefined }),
    flag: fc.boolean(),
    bytes: fc.uint8Array().map((array) => Buffer.from(array)),
    list: fc.array(inner),
    map: fc.dictionary(fc.string({ unit: "grapheme" }), inner, { noNullPrototype: true }),
    maybe: fc.option(fc.maxSafeInteger(), { nil: undefined }),
    maybeText: fc.option(fc.string({ unit: "grapheme" }), { nil: undefined }),
    far: fc.nat(),
  });
  fc.assert(fc.property(value, (given) => expect(All.decode(All.encode(given))).toEqual(given)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (given) => {
      try {
        expect(All.decode(given)).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(ProtoError);
      }
    }),
  );
});
