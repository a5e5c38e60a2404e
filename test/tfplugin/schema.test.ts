import {
  type Attribute,
  between,
  block,
  computed,
  lengthBetween,
  matching,
  nested,
  oneOf,
  optional,
  required,
  SchemaError,
  schema,
  t,
} from "../../src/tfplugin";

// biome-ignore format: one mistake a line
test.each<[string, () => unknown, string]>([
  ["a reserved name", () => schema({ attributes: { count: optional(t.string) } }), "count: Terraform reserves this name"],
  ["a reserved block", () => schema({ blocks: { lifecycle: block.single({}) } }), "lifecycle: Terraform reserves this name"],
  ["a name with capitals", () => schema({ attributes: { userName: optional(t.string) } }), "userName: a name has lower-case letters"],
  ["one name twice", () => schema({ attributes: { a: optional(t.string) }, blocks: { a: block.list({}) } }), "a: both an attribute and a block"],
  ["no version", () => schema({ version: -1 }), "the version is not a number"],
  ["write-only in a set", () => schema({ attributes: { a: optional(nested.set({ b: optional(t.string, { writeOnly: true }) })) } }), "a.b: a write-only attribute cannot be in a set"],
  ["write-only in a set's block", () => schema({ blocks: { a: block.set({ blocks: { b: block.single({ attributes: { c: optional(t.string, { writeOnly: true }) } }) } }) } }), "a.b.c: a write-only attribute cannot be in a set"],
  ["partly write-only", () => schema({ attributes: { a: optional(nested.single({ b: optional(t.string) }), { writeOnly: true }) } }), "a.b: must be write-only like the attribute around it"],
  ["a default of null", () => schema({ attributes: { a: optional(t.string, { default: null as never }) } }), "a: a default must not be null"],
  ["dynamic elements", () => schema({ attributes: { a: optional(t.list(t.dynamic)) } }), "a: a list, set or map cannot have dynamic elements"],
  ["dynamic in a nested list", () => schema({ attributes: { a: optional(nested.list({ b: optional(t.dynamic) })) } }), "a.b: a dynamic value cannot be in a list, set or map"],
  ["too many single blocks", () => schema({ blocks: { a: block.single({ maxItems: 2 }) } }), "a: a single block is one block"],
  ["counts that leave none", () => schema({ blocks: { a: block.list({ minItems: 3, maxItems: 2 }) } }), "a: minItems and maxItems leave no number of blocks"],
])("refuses %s", (_, make, message) => {
  expect(make).toThrow(SchemaError);
  expect(make).toThrow(message);
});

test("accepts what is alike and right", () => {
  const whole = schema({
    attributes: {
      counts: optional(t.string),
      a: optional(nested.single({ b: optional(t.string, { writeOnly: true }) }), { writeOnly: true }),
      any: optional(nested.single({ b: optional(t.dynamic) })),
    },
    blocks: { one: block.single({ minItems: 1, maxItems: 1 }), many: block.list({ minItems: 2 }) },
  });
  expect(Object.keys(whole.type.attributes)).toEqual(["counts", "a", "any", "one", "many"]);
});

describe("validators say what is allowed, and not what was given", () => {
  test.each<[string, unknown, string | undefined]>([
    ["oneOf", oneOf("a", "b")("a"), undefined],
    ["oneOf", oneOf("a", "b")("secret"), 'must be one of "a", "b"'],
    ["matching", matching(/^x/, "an x")("xy"), undefined],
    ["matching", matching(/^x/, "an x")("secret"), "must be an x"],
    ["between", between(1, 2)(2), undefined],
    ["between", between(1, 2)(2.5), "must be from 1 to 2"],
    ["lengthBetween", lengthBetween(1, 2)("🦊🦊"), undefined],
    ["lengthBetween", lengthBetween(1, 2)([]), "must have a length from 1 to 2, and has 0"],
  ])("%s", (_, said, expected) => {
    expect(said).toBe(expected);
  });

  test("a global expression starts anew each time", () => {
    const check = matching(/x/g, "an x");
    expect([check("x"), check("x")]).toEqual([undefined, undefined]);
  });
});

test("the compiler knows the values: these lines are right as they are", () => {
  const size: Attribute<never> | object = required(t.integer, {
    validate: (value) => (value > 1 ? undefined : "small"),
  });
  // @ts-expect-error a default has the attribute's type
  optional(t.integer, { default: "1" });
  // @ts-expect-error what is write-only is in no plan, so it can't have a new one planned
  optional(t.string, { writeOnly: true, requiresReplace: true });
  // @ts-expect-error what only the provider sets has no default
  computed(t.string, { default: "x" });
  expect(size).toMatchObject({ required: true, optional: false, computed: false });
});
