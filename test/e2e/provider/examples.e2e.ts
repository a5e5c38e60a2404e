import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installProvider } from "../../../src/delivery";
import { firstBlock } from "../../support/readme";
import { Terraform } from "../support/terraform";

// What the documentation shows: well formed, formatted, and fitting the provider's schema.
const EXAMPLES = join(__dirname, "..", "..", "..", "examples");
const PROVIDER = join("provider", "provider.tf");
const all = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".tf"));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "provider-examples-"));
  installProvider(join(folder, "plugins"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("there is one for the provider and for each resource, data source and function", () => {
  expect(all.length).toBe(1 + 12 + 8 + 2);
});

test.each(all)("%s is formatted and valid", async (path) => {
  const terraform = new Terraform(join(folder, path.replaceAll("/", "-")), { pluginDir: join(folder, "plugins") });
  cpSync(join(EXAMPLES, path), join(terraform.dir, "example.tf"));
  if (path !== PROVIDER) cpSync(join(EXAMPLES, PROVIDER), join(terraform.dir, "provider.tf"));
  expect(await terraform.run(["fmt", "-check", "-diff"])).toMatchObject({ code: 0, stdout: "" });
  expect(await terraform.init()).toMatchObject({ code: 0 });
  expect(await terraform.validated()).toMatchObject({ valid: true, diagnostics: [] });
});

test("README's configuration is formatted and valid", async () => {
  const terraform = new Terraform(join(folder, "readme"), { pluginDir: join(folder, "plugins") });
  writeFileSync(join(terraform.dir, "main.tf"), firstBlock("terraform"));
  expect(await terraform.run(["fmt", "-check", "-diff"])).toMatchObject({ code: 0, stdout: "" });
  expect(await terraform.init()).toMatchObject({ code: 0 });
  expect(await terraform.validated()).toMatchObject({ valid: true, diagnostics: [] });
});
