import { inspect } from "node:util";
import fc from "fast-check";
import { InvalidReferenceError, IronicOciError, printable, printableJson, Reference } from "../../src/reference";
import { obeyedIn } from "../support/terminal";

const hostile = fc
  .array(fc.constantFrom("\u001b[2J", "\u009b31m", "\u202e", "\u200b", "\u2028", "\r", "\n", "\u0007", "a", "é", "😀"))
  .map((pieces) => pieces.join(""));

class AnyError extends IronicOciError {
  readonly code = "ANY";
}

test("no error contains characters that a terminal interprets", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const error = new AnyError(text, { hint: text });
      expect(obeyedIn(error.message)).toEqual([]);
      expect(obeyedIn(error.hint ?? "")).toEqual([]);
      expect(error.message.split("\n")).toHaveLength(text.split("\n").length);
      expect(printable(text)).not.toMatch(/\n/);
    }),
  );
});

test("JSON for a terminal reads back as it was, and has nothing to obey in it", () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: "binary" })), fc.jsonValue(), (text, value) => {
      const json = printableJson({ text, [text]: value });
      expect(obeyedIn(json)).toEqual([]);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ text, [text]: value })));
    }),
  );
});

describe("possible passwords are never shown", () => {
  test.each([
    "oci://robot:PASS@registry.example/images/one:tag",
    "oci://robot:PASS@registry.example",
    "oci://robot:a@PASS@registry.example/images/one:tag",
    "oci://robot:a/PASS@registry.example/images/one:tag",
    "oci://robot:a:PASS@registry.example:5000/images/one:tag",
    "https://robot:PASS@registry.example/images/one:tag",
    "robot:PASS@registry.example/images/one:tag",
    "oci://PASS@registry.example/images/one:tag",
    "OCI://robot:PASS@registry.example/images/one",
    `oci://robot:PASS@registry.example/images/one@sha256:${"a".repeat(64)}`,
    "docker://robot:PASS@registry.example/images/one@sha256:short",
    " oci://robot:PASS@registry.example/images/one",
  ])("%s", (text) => {
    const secret = "hunter2-in-a-reference";
    try {
      Reference.parse(text.replace("PASS", secret));
      throw new Error("it was taken for a reference");
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidReferenceError);
      expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(secret);
      expect((error as InvalidReferenceError).message).toContain("registry.example");
    }
  });

  test("other text stays", () => {
    for (const text of ["oci://host:5000/path@latest", "oci://host/path:tag@latest", "oci://host/Path@sha256:00"]) {
      expect(() => Reference.parse(text)).toThrow(text);
    }
  });
});
