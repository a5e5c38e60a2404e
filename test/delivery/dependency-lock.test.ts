import * as fc from "fast-check";
import { DependencyLock } from "../../src/delivery/dependency-lock";
import { DependencyLockSyntaxError } from "../../src/delivery/dependency-lock-tokens";

const ADDRESS = "registry.terraform.io/cdktf-ironic-oci/ironic";
const HEADER = `# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.
`;
const OWN = { address: ADDRESS, version: "0.1.0", constraints: "0.1.0", hashes: ["h1:own="] };
const OWN_TEXT = `provider "${ADDRESS}" {
  version     = "0.1.0"
  constraints = "0.1.0"
  hashes = [
    "h1:own=",
  ]
}
`;
const other = (address: string) => `provider "${address}" {
  version = "3.2.4"
  hashes = [
    "h1:${address}=",
    "zh:00",
  ]
}
`;
const NULL = other("registry.terraform.io/hashicorp/null");
const AWS = other("registry.terraform.io/aaa/aws");

const added = (text: string) => DependencyLock.parse(text).with(OWN).text;

test("parses Terraform's output", () => {
  const { providers } = DependencyLock.parse([HEADER, OWN_TEXT, NULL].join("\n"));
  expect(providers).toMatchObject([
    OWN,
    { address: "registry.terraform.io/hashicorp/null", version: "3.2.4", constraints: undefined },
  ]);
  expect(providers[1]?.hashes).toEqual(["h1:registry.terraform.io/hashicorp/null=", "zh:00"]);
});

test("a file that does not exist, or is blank, becomes one of Terraform's", () => {
  for (const nothing of ["", "\n", " \n\n"]) expect(added(nothing)).toBe(`${HEADER}\n${OWN_TEXT}`);
});

test("a configuration without a version gives an entry without constraints", () => {
  const entry = { ...OWN, constraints: undefined, hashes: ["zh:b", "h1:a"] };
  expect(DependencyLock.parse("").with(entry).text).toBe(`${HEADER}
provider "${ADDRESS}" {
  version = "0.1.0"
  hashes = [
    "h1:a",
    "zh:b",
  ]
}
`);
});

test("an entry goes where Terraform would put it, and nothing else moves", () => {
  const text = (...blocks: string[]) => [HEADER, ...blocks].join("\n");
  expect(added(text(NULL))).toBe(text(OWN_TEXT, NULL));
  expect(added(text(AWS))).toBe(text(AWS, OWN_TEXT));
  expect(added(text(AWS, NULL))).toBe(text(AWS, OWN_TEXT, NULL));
  // Not in Terraform's order, and left so.
  expect(added(text(NULL, AWS))).toBe(text(OWN_TEXT, NULL, AWS));
  expect(added(NULL.trimEnd())).toBe(`${OWN_TEXT}\n${NULL.trimEnd()}`);
  expect(added(`${AWS}\n\n`)).toBe(`${AWS}\n${OWN_TEXT}`);
});

test("comments stay where they belong", () => {
  const commented = `# of the file\n\n/* apart */\n\n# of null: why 3.2.4\n// and more\n${NULL}# at the end\n`;
  expect(added(commented)).toBe(
    `# of the file\n\n/* apart */\n\n${OWN_TEXT}\n# of null: why 3.2.4\n// and more\n${NULL}# at the end\n`,
  );
});

test("an entry of another version or checksum is replaced where it is", () => {
  const old = `provider "${ADDRESS}" { # old\n  hashes = ["h1:old=", "zh:old"]\n  version = "0.0.9"\n} # after\n`;
  expect(added(`${NULL}\n# before\n${old}\n${AWS}`)).toBe(`${NULL}\n# before\n${OWN_TEXT.trimEnd()} # after\n\n${AWS}`);
});

test("the line ends of a file are kept", () => {
  const crlf = (text: string) => text.replaceAll("\n", "\r\n");
  expect(added(crlf(`${HEADER}\n${NULL}`))).toBe(crlf(`${HEADER}\n${OWN_TEXT}\n${NULL}`));
  expect(added(crlf(`${HEADER}\n${AWS}`))).toBe(crlf(`${HEADER}\n${AWS}\n${OWN_TEXT}`));
});

test("the remaining content of a file is kept, byte for byte", () => {
  const comment = fc.string({ unit: fc.constantFrom("a", " ", '"', "{", "}", "*", "/", "=") });
  const piece = fc.oneof(
    comment.map((text) => `# ${text}\n`),
    comment.map((text) => `/* ${text.replaceAll("/", "")} */\n`),
    fc.constantFrom("\n", "\t\n", " "),
    fc
      .tuple(fc.constantFrom("a.example/n/t", "registry.terraform.io/z/z", "z.example/n/t"), fc.nat(99))
      .map(
        ([address, number]) => `provider "${address}${number}" {\n  version="1.0.0" /* } */\n  hashes=["h1:\\"}"]\n}\n`,
      ),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.filter((each, at) => !each.startsWith("provider") || pieces.indexOf(each) === at).join("");
      fc.pre(text.trim() !== "");
      const after = added(text);
      const [before = "", behind = "", ...more] = after.split(OWN_TEXT.trimEnd());
      expect(more).toEqual([]);
      // Without the entry, the text is the original, except for blank lines.
      const blank = (part: string) => part.replace(/\s+/g, "");
      expect(blank(before) + blank(behind)).toBe(blank(text));
      expect(text.startsWith(before.trimEnd())).toBe(true);
      expect(text.trimEnd().endsWith(behind.trim())).toBe(true);
      expect(added(after)).toBe(after);
    }),
  );
});

test.each([
  [`${NULL}<<<<<<< HEAD\n${OWN_TEXT}=======\n>>>>>>> other\n`, 8, "a merge conflict is not resolved"],
  ['provider "a.example/n/t" {\n  version = "1.0.0"\n', 3, "expected an argument or }, found the end of the file"],
  ['provider "a.example/n/t" {\n  version = "1.0.0\n}\n', 2, "a string does not end"],
  [`${NULL}\n${NULL}`, 9, "registry.terraform.io/hashicorp/null is a duplicate"],
  ['provider "a.example/n/t" {\n  version = "1"\n  version = "2"\n}', 3, "version is a duplicate"],
  ['provider "a.example/n/t" {\n  hashes = []\n}', 1, "a.example/n/t has no version"],
  ["provider {\n}", 1, "a provider block has one label, its address"],
  ['provider "a" "b" {\n}', 1, "a provider block has one label, its address"],
  ['version = "1.0.0"', 1, "expected {, found ="],
  ['provider "a" {\n  hashes = ["h1:a" "h1:b"]\n}', 2, 'expected , or ], found "h1:b"'],
  ['provider "a" {\n  version = 1\n}', 2, '"1" is not expected here'],
  ["\n/* no end", 2, '"/" is not expected here'],
  ["{}", 1, "expected a block such as provider, found {"],
  ["\u0000", 1, '"\\u0000" is not expected here'],
])("%j is damaged", (text, line, problem) => {
  const parse = () => DependencyLock.parse(text);
  expect(parse).toThrow(DependencyLockSyntaxError);
  expect(parse).toThrow(expect.objectContaining({ line, problem }));
});
