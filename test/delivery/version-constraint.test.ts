import { meetsConstraints, parseConstraints, printConstraints } from "../../src/delivery/version-constraint";

// test/e2e/delivery/dependency-lock.e2e.ts has real Terraform's output for these.
test.each([
  ["0.1.0", "0.1.0"],
  ["= 0.1", "0.1.0"],
  ["=1", "1.0.0"],
  [">=0.1,<2", ">= 0.1.0, < 2.0.0"],
  ["< 2, >= 0.1", ">= 0.1.0, < 2.0.0"],
  ["~> 1", "~> 1.0"],
  ["~> 1.2", "~> 1.2"],
  ["~> 1.2.3", "~> 1.2.3"],
  ["!= 1.0.0, > 0.9, 1.0.0, <= 1.0.0, > 0.9.0", "> 0.9.0, 1.0.0, <= 1.0.0, != 1.0.0"],
  ["1.0.0-rc.1, 1.0.0, 1.0.0-rc.10, 1.0.0-rc.2, 1.0.0-beta", "1.0.0-beta, 1.0.0-rc.1, 1.0.0-rc.2, 1.0.0-rc.10, 1.0.0"],
])("%j is written %j", (text, canonical) => {
  expect(printConstraints(parseConstraints(text) ?? [])).toBe(canonical);
  expect(printConstraints(parseConstraints(canonical) ?? [])).toBe(canonical);
});

test.each(["", "latest", "1.2.3.4", "v1.0.0", "^1.0", "1.x", "1.0,", ">> 1", "~>", "1.0.0+build"])(
  "%j is none",
  (text) => {
    expect(parseConstraints(text)).toBeUndefined();
  },
);

test.each([
  ["0.1.0", "", true],
  ["0.1.0", "0.1", true],
  ["0.1.1", "0.1", false],
  ["0.1.1", "!= 0.1.0", true],
  ["0.1.0", "!= 0.1.0", false],
  ["0.1.0", "> 0.1.0", false],
  ["0.1.1", "> 0.1.0", true],
  ["0.1.0", ">= 0.1.0, < 0.2", true],
  ["0.2.0", ">= 0.1.0, < 0.2", false],
  ["0.2.0", "<= 0.2", true],
  ["0.9.0", "~> 0.1", true],
  ["1.0.0", "~> 0.1", false],
  ["1.9.0", "~> 1", true],
  ["0.1.9", "~> 0.1.2", true],
  ["0.1.1", "~> 0.1.2", false],
  ["0.2.0", "~> 0.1.2", false],
  ["0.2.0-rc.1", ">= 0.1.0", false],
  ["0.2.0-rc.1", "", false],
  ["0.2.0-rc.1", "0.2.0-rc.1", true],
  ["0.2.0", "0.2.0-rc.1", false],
  ["0.2.0", "> 0.2.0-rc.1", true],
  ["nonsense", ">= 0", false],
])("%s meets %j: %s", (version, constraints, expected) => {
  expect(meetsConstraints(version, constraints === "" ? [] : (parseConstraints(constraints) ?? []))).toBe(expected);
});
