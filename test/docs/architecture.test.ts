import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");
const page = readFileSync(join(ROOT, "docs", "architecture.md"), "utf8");

interface Rule {
  readonly name: string;
  readonly from: { readonly path?: string };
  readonly to: { readonly pathNot?: readonly string[] };
}
const { forbidden } = require(join(ROOT, ".dependency-cruiser.cjs")) as { forbidden: readonly Rule[] };

/** Module → what it may import, by the rules that lint checks. */
const rules = new Map(
  forbidden
    .filter(({ name }) => /^(src\/\w+|constructs)-imports$/.test(name))
    .map(({ name, to }) => {
      const module = name.replace(/-imports$/, "");
      const allowed = (to.pathNot ?? []).map((path) => path.slice(1, -1)).filter((path) => path !== module);
      return [module, allowed];
    }),
);

/** Module → the last cell of its row. */
const rows = new Map(
  [...page.matchAll(/^\| `(src\/\w+|constructs)` \|.*\| ([^|]+) \|$/gm)].map(([, module = "", cell = ""]) => [
    module,
    cell,
  ]),
);

test("every module has a rule and a row", () => {
  const folders = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/${name}`);
  expect([...rules.keys()].sort()).toEqual([...folders, "constructs"].sort());
  expect([...rows.keys()].sort()).toEqual([...rules.keys()].sort());
});

test.each([...rules])("%s may import what its row says", (module, allowed) => {
  const cell = rows.get(module) ?? "";
  if (module === "src/cli") {
    expect(cell).toBe("all but `src/testing`");
    const pattern = new RegExp(`^${allowed[0]}/`);
    expect([...rules.keys()].filter((each) => each.startsWith("src/") && !pattern.test(`${each}/`))).toEqual([
      "src/cli",
      "src/testing",
    ]);
    return;
  }
  expect([...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort()).toEqual([...allowed].sort());
  if (allowed.length === 0) expect(cell).toBe("–");
});

test("the names in the drawings exist in the sources", () => {
  const drawings = [...page.matchAll(/^```\n(.*?)^```$/gms)].map(([, drawing = ""]) => drawing);
  expect(drawings).toHaveLength(2);
  const names = drawings.flatMap((text) => [...text.matchAll(/\b\w*[a-z][A-Z]\w*\b/g)].map(([name]) => name));
  expect(names).toEqual(expect.arrayContaining(["OciResolver", "selectImage", "patchNode"]));
  const sources = ["src", "constructs"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")),
    )
    .join("\n");
  const words = new Set(sources.match(/\w+/g));
  expect([...new Set(names)].filter((name) => !words.has(name))).toEqual([]);
});

test("the glossary has at most 40 lines", () => {
  const [, glossary = ""] = page.split("## Glossary\n");
  expect(glossary.split("\n").filter(Boolean).length).toBeGreaterThan(20);
  expect(glossary.trim().split("\n").length).toBeLessThanOrEqual(40);
});
