import fc from "fast-check";
import {
  decodeMsgpack,
  ExactNumber,
  encodeMsgpack,
  getKey,
  type TfNumber,
  tfNumber,
  ValueError,
} from "../../../src/tfplugin/cty";
import { parseJson } from "../../../src/tfplugin/cty/json-text";

const number = { kind: "number" } as const;
const through = (n: TfNumber) => decodeMsgpack(number, encodeMsgpack(number, n));

test.each([
  ["0", 0],
  ["-0.0", 0],
  ["007", 7],
  ["1.50", 1.5],
  ["1e3", 1000],
  ["0.1", 0.1],
  [".5", 0.5],
  ["5.", 5],
  ["1e21", 1e21],
])("%s is the JavaScript number %d", (text, expected) => {
  expect(tfNumber(text)).toBe(expected);
});

test.each([
  "9007199254740993",
  "18446744073709551616",
  "123456789012345678901234567890",
  "0.1000000000000000055511151231257827021181583404541015625",
  "3.14159265358979323846264338327950288",
  "-12345678901234567890.123456789",
])("%s keeps its digits", (text) => {
  const number = tfNumber(text);
  expect(number).toBeInstanceOf(ExactNumber);
  expect(String(number)).toBe(text);
  expect(String(through(number))).toBe(text);
});

test("one number has one representation", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (n) => {
      expect(tfNumber(String(n))).toBe(n === 0 ? 0 : n);
      expect(through(n)).toBe(n === 0 ? 0 : n);
    }),
  );
});

test("a double that is not what it prints as is kept exactly", () => {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(0.1, 1);
  const read = decodeMsgpack(number, bytes) as ExactNumber;
  expect(read).toBeInstanceOf(ExactNumber);
  expect(Number(read)).toBe(0.1);
  expect(encodeMsgpack(number, read)).toEqual(bytes);
});

test("infinities travel in MessagePack, NaN nowhere", () => {
  expect(through(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
  expect(through(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  expect(() => encodeMsgpack(number, Number.NaN)).toThrow(ValueError);
  expect(() => decodeMsgpack(number, Buffer.from("cb7ff8000000000000", "hex"))).toThrow(ValueError);
});

test.each(["", "abc", "1e", "0x10", "1_000", "--1", "Infinity", "1e99999999999", "."])("%p is no number", (text) => {
  expect(() => tfNumber(text)).toThrow(ValueError);
});

test("a monstrous exponent stays short", () => {
  expect(String(tfNumber("1e900000000"))).toBe("1e900000000");
  expect(String(tfNumber("15e-900000000"))).toBe("15e-900000000");
});

describe("JSON text", () => {
  test("reads what JSON.parse reads, digits aside", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text, (_, v) => (v === 0 ? 0 : v)));
      }),
    );
  });

  test("refuses what JSON.parse refuses", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((j) => j.slice(1)),
          fc.json().map((j) => `${j},`),
        ),
        (text) => {
          let valid = true;
          try {
            JSON.parse(text);
          } catch {
            valid = false;
          }
          if (valid) parseJson(text);
          else expect(() => parseJson(text)).toThrow(ValueError);
        },
      ),
    );
  });

  test("keeps digits and odd keys", () => {
    const value = parseJson('{"__proto__": [12345678901234567890, "\\u00e9\\n"], "a": {}}') as {
      [key: string]: unknown;
    };
    expect(Object.keys(value)).toEqual(["__proto__", "a"]);
    const [big, text] = getKey(value, "__proto__") as [ExactNumber, string];
    expect(String(big)).toBe("12345678901234567890");
    expect(text).toBe("é\n");
  });
});
