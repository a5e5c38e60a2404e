import fc from "fast-check";
import { parseChallenges } from "../../src/registry/auth/challenge";

/** Challenges as plain objects, to compare. */
function read(header: string): { scheme: string; parameters: Record<string, string> }[] {
  return parseChallenges(header).map(({ scheme, parameters }) => ({
    scheme,
    parameters: Object.fromEntries(parameters),
  }));
}

test.each([
  [
    'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull"',
    [
      {
        scheme: "bearer",
        parameters: {
          realm: "https://auth.example/token",
          service: "registry.example",
          scope: "repository:a/b:pull",
        },
      },
    ],
  ],
  ["Basic", [{ scheme: "basic", parameters: {} }]],
  ['BASIC REALM="x"', [{ scheme: "basic", parameters: { realm: "x" } }]],
  ["Bearer realm=unquoted", [{ scheme: "bearer", parameters: { realm: "unquoted" } }]],
  [
    'Bearer realm = "spaced" , service = "too"',
    [{ scheme: "bearer", parameters: { realm: "spaced", service: "too" } }],
  ],
  ['Basic realm="a \\"quoted\\" b\\\\c"', [{ scheme: "basic", parameters: { realm: 'a "quoted" b\\c' } }]],
  ['Basic realm="commas, and = signs"', [{ scheme: "basic", parameters: { realm: "commas, and = signs" } }]],
  ['Bearer realm="first",realm="second"', [{ scheme: "bearer", parameters: { realm: "first" } }]],
  ["", []],
  [" , ,", []],
  ['"no scheme"', []],
])("reads %j", (header, expected) => {
  expect(read(header)).toEqual(expected);
});

test("several challenges share one header", () => {
  expect(read('Negotiate, Basic realm="b", Bearer realm="https://t/",service="s"')).toEqual([
    { scheme: "negotiate", parameters: {} },
    { scheme: "basic", parameters: { realm: "b" } },
    { scheme: "bearer", parameters: { realm: "https://t/", service: "s" } },
  ]);
  expect(read('Negotiate YII+/aGk=, Bearer realm="x"')).toEqual([
    { scheme: "negotiate", parameters: {} },
    { scheme: "bearer", parameters: { realm: "x" } },
  ]);
});

test("a syntax error ends the list and keeps the challenges before it", () => {
  expect(read('Basic realm="good", Bearer realm="never closed')[0]).toEqual({
    scheme: "basic",
    parameters: { realm: "good" },
  });
});

test("no input crashes it, and names are never inherited ones", () => {
  const pieces = fc.constantFrom('"', "\\", ",", "=", " ", "\t", "Bearer", "Basic", "realm", "a", "==", "é", "\u0000");
  const header = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(pieces, { maxLength: 60 }).map((all) => all.join("")),
  );
  fc.assert(
    fc.property(header, (text) => {
      for (const { scheme, parameters } of parseChallenges(text)) {
        expect(scheme).toBe(scheme.toLowerCase());
        for (const name of parameters.keys()) expect(name).toMatch(/^[^\s"=,]+$/);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("challenges in the specified form are parsed to the same value", () => {
  const token = fc.stringMatching(/^[a-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
  const value = fc.string({ unit: "grapheme-ascii", maxLength: 30 });
  const challenge = fc.record({
    scheme: token,
    parameters: fc.dictionary(token, value, { minKeys: 1, noNullPrototype: true }),
  });
  fc.assert(
    fc.property(fc.array(challenge, { minLength: 1, maxLength: 4 }), (challenges) => {
      const header = challenges
        .map(({ scheme, parameters }) => {
          const pairs = Object.entries(parameters).map(
            ([name, text]) => `${name}="${text.replace(/["\\]/g, (character) => `\\${character}`)}"`,
          );
          return `${scheme} ${pairs.join(", ")}`;
        })
        .join(", ");
      expect(read(header)).toEqual(challenges);
    }),
  );
});

test("a header much longer than HTTP allows is read in linear time", () => {
  // Sixteen times undici's limit: a quadratic parser would exceed jest's timeout.
  const length = 256 * 1024;
  for (const piece of ['a="', "a=a,", "Bearer ", "=", '"', "\\", "a ", "a", "a=", 'x a="\\']) {
    parseChallenges(`Bearer ${piece.repeat(length / piece.length)}`);
  }
});
