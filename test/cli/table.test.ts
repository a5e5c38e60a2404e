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

describe("a table of many columns in a narrow terminal", () => {
  const many = ["", "ROLE", "ARCHITECTURE", "SOURCE", "PROFILE", "PINNED", "REASON", "AS PINNED"];
  const all = [
    ["*", "image", "x86_64", "local", "ironic-34", DIGEST, REASON, "disk"],
    ["", "ramdisk", "aarch64", "-", "-", DIGEST, "the only ramdisk for this node", "-"],
  ];

  test.each([10, 24, 40, 60, 80, 100, 120])(
    "fits into %i columns, words apart that are longer, and loses none",
    (columns) => {
      const lines = table(many, all, { columns });
      expect(lines).toHaveLength(3);
      // Below that, a heading and the shortest width of a cell do not fit.
      if (columns >= 40) expect(widest(lines)).toBeLessThanOrEqual(columns);
      const words = lines.join(" ").split(/\s+/);
      for (const word of all.flat().join(" ").split(" "))
        expect(words).toContain(word === DIGEST ? "sha256:0123456789ab…" : word);
    },
  );

  test("has a line for each cell where columns do not fit, and the mark of a row comes first", () => {
    expect(table(many, all, { columns: 40 })).toEqual([
      "",
      [
        ...["*", "ROLE          image", "ARCHITECTURE  x86_64", "SOURCE        local", "PROFILE       ironic-34"],
        ...["PINNED        sha256:0123456789ab…", "REASON        weight 100: no disktype,"],
        ...[
          "              format unknown, and so it",
          "              comes after each of the",
          "              others in this index",
        ],
        ...["AS PINNED     disk", ""],
      ].join("\n"),
      [
        ...["ROLE          ramdisk", "ARCHITECTURE  aarch64", "SOURCE        -", "PROFILE       -"],
        ...["PINNED        sha256:0123456789ab…", "REASON        the only ramdisk for this", "              node"],
        "AS PINNED     -",
      ].join("\n"),
    ]);
  });
});

test("lines of the last cell stay under its heading", () => {
  expect(table(["A", "B"], [["1", "one\ntwo"]], { lines: true })).toEqual(["A  B", "1  one\n   two"]);
});
