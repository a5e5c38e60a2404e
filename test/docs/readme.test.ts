import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstBlock } from "../support/readme";
import { runToEnd } from "../support/run";

// That the program runs, with the real cdktf and cdktn, is in test/e2e/cdktf.
const ROOT = join(__dirname, "..", "..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "readme-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["README's first program", "README.md", "main.ts"],
  ["the guide's program without CDKTF", "docs/guides/constructs.md", "main.mts"],
])("%s compiles as strictly as a project of cdktf init", async (_name, page, program) => {
  mkdirSync(join(folder, "node_modules"));
  for (const name of ["cdktf", "constructs"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  symlinkSync(ROOT, join(folder, "node_modules", "cdktf-ironic-oci"));
  writeFileSync(join(folder, program), firstBlock("ts", page));
  const flags = [
    "--strict",
    "--noUnusedLocals",
    "--noImplicitReturns",
    "--target",
    "es2022",
    "--module",
    "node16",
    "--skipLibCheck",
    // README's program compiles without Node's types as well; the guide's prints to the console.
    ...(page === "README.md" ? [] : ["--types", "node", "--typeRoots", join(ROOT, "node_modules", "@types")]),
  ];
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const { code, stdout } = await runToEnd([process.execPath, tsc, "--noEmit", ...flags, program], { cwd: folder });
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
});

test("it takes what it shows from the conductor, and its cdktf.json starts it", () => {
  expect(firstBlock("ts")).toContain('imageDownloadSource: "local"');
  expect(JSON.parse(firstBlock("json"))).toMatchObject({ app: "npx tsx main.ts" });
});
