import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every argument goes through the real Terraform: it stands in a test of test/e2e, in an example that one applies, or in test/metal. */
const ROOT = join(__dirname, "..", "..");
const sources = ["test/e2e", "examples", "test/metal"].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|tf|py)$/.test(path))
    .map((path) => readFileSync(join(ROOT, folder, path), "utf8")),
);
const words = new Set(sources.join("\n").match(/\w+/g));
const camelCase = (name: string) => name.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

const PAGES = ["docs/resources", "docs/data-sources"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((page) => join(folder, page)),
);
test.each(PAGES)("the arguments of %s", (page) => {
  const [configurable = ""] = readFileSync(join(ROOT, page), "utf8").split("### Read-Only");
  const names = [...configurable.matchAll(/^ *- `(\w+)` \(/gm)].map(([, name]) => String(name));
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !words.has(name) && !words.has(camelCase(name)))).toEqual([]);
});
