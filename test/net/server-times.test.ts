import { lifetimeOf, retryAfter, timeBetween } from "../../src/net";
import { parseHttpDate } from "../../src/net/server-times";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const MAX = 30 * 24 * 60 * 60 * 1000;

describe("Retry-After", () => {
  const read = (value: string | undefined) => retryAfter({ "retry-after": value }, NOW);

  test.each<[string, number]>([
    ["0", 0],
    ["7", 7_000],
    [" 120 ", 120_000],
    ["0000120", 120_000],
    ["86400", 86_400_000],
    ["99999999999999999999", MAX],
    ["9".repeat(400), MAX],
    ["Thu, 01 Jan 2026 00:00:05 GMT", 5_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Fri, 31 Dec 9999 23:59:59 GMT", MAX],
    ["Thursday, 01-Jan-26 00:00:05 GMT", 5_000],
    ["Thu Jan  1 00:00:05 2026", 5_000],
    ["Thu Jan 01 00:00:05 2026", 5_000],
  ])("%s", (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  test.each([
    undefined,
    "",
    "soon",
    "-5",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    "5, 7",
    "NaN",
    "Infinity",
    "１２",
    "Mon, nonsense GMT",
    "Mon, GMT",
    "Thu, 01 Jan 2026 00:00:05",
    "Thu, 01 Jan 2026 00:00:05 PST",
    "Thu, 01 Jan 2026 00:00:05 GMT+0100",
    "Thu, 32 Jan 2026 00:00:05 GMT",
    "Sat, 31 Feb 2026 00:00:00 GMT",
    "Thu, 01 Foo 2026 00:00:05 GMT",
    "Thu, 01 Jan 2026 24:00:00 GMT",
    "Thu, 01 Jan 2026 00:60:00 GMT",
    "2026-01-01T00:00:05Z",
    "1767225605000000000000000000000 GMT",
  ])("%s is none", (value) => {
    expect(read(value)).toBeUndefined();
  });

  test("any value is undefined, or a bounded number", () => {
    const alphabet = [
      "Mon, ",
      "Jan",
      "Feb",
      " GMT",
      "00",
      "31",
      "99",
      "9".repeat(20),
      ":",
      " ",
      "-",
      "x",
      "\u0000",
      "é",
    ];
    for (let seed = 1; seed < 5_000; seed += 1) {
      let state = seed;
      const words = Array.from({ length: seed % 9 }, () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
        return alphabet[state % alphabet.length];
      });
      const milliseconds = read(words.join("")) ?? 0;
      expect(milliseconds >= 0 && milliseconds <= MAX).toBe(true);
    }
  });
});

test("a date with two digits for its year is not far ahead", () => {
  const year = (text: string) => new Date(parseHttpDate(text, NOW) ?? Number.NaN).getUTCFullYear();
  expect(year("Thursday, 01-Jan-76 00:00:00 GMT")).toBe(2076);
  expect(year("Thursday, 01-Jan-77 00:00:00 GMT")).toBe(1977);
});

test.each<[unknown, number | undefined]>([
  [300, 300_000],
  [0, 0],
  [-1, 0],
  [0.5, 500],
  [1e300, MAX],
  [Number.POSITIVE_INFINITY, MAX],
  [Number.NaN, undefined],
  ["300", undefined],
  [null, undefined],
  [undefined, undefined],
  [[300], undefined],
])("a lifetime of %p", (seconds, expected) => {
  expect(lifetimeOf(seconds)).toBe(expected);
});

test.each<[unknown, unknown, number | undefined]>([
  ["2026-01-01T00:00:00.000000Z", "2026-01-01T01:00:00.000000Z", 3_600_000],
  ["2026-01-01T00:00:00", "2026-01-01T00:00:01Z", 1_000],
  ["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:01Z", 1_000],
  ["2026-01-01T00:00:01Z", "2026-01-01T00:00:00Z", 0],
  ["2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", MAX],
  ["0000-01-01T00:00:00Z", "2026-01-01T00:00:00Z", MAX],
  ["2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z", undefined],
  ["2026-01-01T00:00:00+02:00", "2026-01-01T01:00:00Z", undefined],
  ["now", "2026-01-01T01:00:00Z", undefined],
  [undefined, "2026-01-01T01:00:00Z", undefined],
  [0, 3_600_000, undefined],
  [null, null, undefined],
  [{}, [], undefined],
])("the time from %p to %p", (from, to, expected) => {
  expect(timeBetween(from, to)).toBe(expected);
});
