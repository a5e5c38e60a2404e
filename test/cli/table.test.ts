import { table } from "../../src/cli/table";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const REASON = "weight 100: no disktype, format unknown, and so it comes after each of the others in this index";
const headings = ["", "MANIFEST", "ARCHITECTURE", "REASON"];
const rows = [
  ["*", DIGEST, "amd64", REASON],
  ["", DIGEST, "arm64", "for arm64"],
];
const widest = (lines: readonly string[]) =>
  Math.max(...lines.flatMap((line) => line.split("\n")).map(({ length }) => length));

test("without a width, digests are whole and no line is wrapped", () => {
  const lines = table(headings, rows);
  expect(lines).toHaveLength(3);
  expect(lines[1]).toBe(`*  ${DIGEST}  amd64         ${REASON}`);
});

test.each([80, 100, 120, 140])("a table fits into a terminal of %i columns, and no word is lost", (columns) => {
  const lines = table(headings, rows, { columns });
  expect(widest(lines)).toBeLessThanOrEqual(columns);
  const text = lines.join(" ");
  expect(text).toContain("sha256:0123456789ab…");
  const words = text.split(/\s+/);
  expect(words).toEqual(expect.arrayContaining(REASON.split(" ")));
});

test("a table that fits keeps whole digests", () => {
  expect(table(headings, [["", DIGEST, "any", "won"]], { columns: 100 })[1]).toContain(DIGEST);
});

test("a terminal that is too narrow for a column gets wider lines, and still every word", () => {
  const text = table(headings, rows, { columns: 10 }).join(" ");
  expect(text.split(/\s+/)).toEqual(expect.arrayContaining(REASON.split(" ")));
});

test("lines of the last cell stay under its heading", () => {
  expect(table(["A", "B"], [["1", "one\ntwo"]], { lines: true })).toEqual(["A  B", "1  one\n   two"]);
});
