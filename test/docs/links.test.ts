import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const ROOT = join(__dirname, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
/** What the npm package holds beside its code: a link to anything else leads nowhere there. */
const SHIPPED = /^(?:(?:README|CHANGELOG|CONTRIBUTING|SECURITY|bench\/README)\.md$|docs\/|examples(?:\/|$))/;
/** For contributors, who have the sources. */
const WITH_SOURCES = join("docs", "architecture.md");

/** A heading as GitHub names it in a link. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

/** A page's relative links that lead nowhere. */
function broken(page: string, text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", fragment] = link.split("#");
    const target = path === "" ? page : relative(ROOT, join(ROOT, dirname(page), path));
    if (!(page === WITH_SOURCES || SHIPPED.test(target)) || !existsSync(join(ROOT, target))) return true;
    if (fragment === undefined) return false;
    const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));
    return !headings.includes(fragment);
  });
}

test.each(PAGES)("the relative links of %s lead to what the npm package holds", (page) => {
  expect(broken(page, read(page))).toEqual([]);
});

test("the check finds what it is for", () => {
  const text = "[a](docs/absent.md) [b](src/index.ts) [c](#absent) [d](https://nobody.example) [e](docs/index.md)";
  expect(broken("README.md", text)).toEqual(["docs/absent.md", "src/index.ts", "#absent"]);
});

test("README is short, shows the two commands early, and links to every guide", () => {
  const text = read("README.md");
  const lines = text.split("\n");
  expect(lines.length).toBeLessThanOrEqual(131);
  for (const command of ["$ npm run demo", "$ npm test"]) {
    const at = lines.findIndex((line) => line.startsWith(command));
    expect(at).toBeGreaterThan(0);
    expect(at).toBeLessThan(30);
  }
  const guides = PAGES.filter((page) => page.startsWith(join("docs", "guides")));
  expect(guides.filter((page) => !text.includes(`](${page})`))).toEqual([]);
});
