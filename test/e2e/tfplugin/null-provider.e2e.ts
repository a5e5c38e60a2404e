import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installPlugin } from "../support/plugin";
import { Terraform } from "../support/terraform";

// The null provider, written anew on top of the room, in the place of HashiCorp's: the same configuration, the real
// Terraform. The tests tell one story, in order.
let folder: string;
let terraform: Terraform;
let executable: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "null-provider-"));
  executable = await installPlugin(join(folder, "terraform.d/plugins"), {
    entry: join(__dirname, "../../support/null-provider-main.ts"),
    address: "registry.terraform.io/hashicorp/null",
    version: "9.9.9",
  });
  terraform = new Terraform(folder);
});

afterAll(() => rmSync(folder, { recursive: true }));

const main = (trigger: string) => `
terraform {
  required_providers {
    null = { source = "hashicorp/null", version = "9.9.9" }
  }
}

resource "null_resource" "a" {
  triggers = { image = "${trigger}" }
}

resource "null_resource" "b" {
  triggers = { a = null_resource.a.id }
}

data "null_data_source" "c" {
  inputs = { id = null_resource.b.id }
}

output "c" {
  value = data.null_data_source.c.outputs["id"]
}
`;

const fine = { code: 0, stderr: "" };

test("is one executable file", () => {
  expect(statSync(executable).mode & 0o777).toBe(0o755);
});

test("init finds it with no network", async () => {
  terraform.write(main("one"));
  const init = await terraform.init();
  expect(init).toMatchObject(fine);
  expect(init.stdout).toContain("hashicorp/null v9.9.9");
  expect((await terraform.validated()).diagnostics).toEqual([]);
});

test("plan: what depends on something new is unknown", async () => {
  expect(await terraform.changes()).toMatchObject({
    "null_resource.a": { actions: ["create"], after: { triggers: { image: "one" } }, after_unknown: { id: true } },
    "null_resource.b": { actions: ["create"], after_unknown: { id: true, triggers: { a: true } } },
    "data.null_data_source.c": { actions: ["read"], after_unknown: { outputs: true } },
  });
});

test("apply: state holds what was planned, and what became known", async () => {
  expect(await terraform.apply()).toMatchObject(fine);
  const { "null_resource.a": a, "null_resource.b": b, "data.null_data_source.c": c } = await terraform.resources();
  expect(a?.values).toEqual({ id: expect.stringMatching(/^\d+$/), triggers: { image: "one" } });
  expect(b?.values).toEqual({ id: expect.stringMatching(/^\d+$/), triggers: { a: a?.values.id } });
  expect(c?.values).toMatchObject({ id: "static", has_computed_default: "default", outputs: { id: b?.values.id } });
  expect((await terraform.show()).values?.outputs?.c?.value).toBe(b?.values.id);
});

test("a second plan has no changes", async () => {
  // The data source gives another random number at every reading, which is no change of a resource.
  expect(await terraform.plan()).toMatchObject(fine);
});

test("another trigger replaces both, and says why", async () => {
  terraform.write(main("two"));
  expect(await terraform.changes()).toMatchObject({
    "null_resource.a": { actions: ["delete", "create"], replace_paths: [["triggers"]] },
    "null_resource.b": { actions: ["delete", "create"], replace_paths: [["triggers"]] },
  });
  const before = await terraform.resources();
  expect(await terraform.apply()).toMatchObject(fine);
  const after = await terraform.resources();
  for (const address of ["null_resource.a", "null_resource.b"])
    expect(after[address]?.values.id).not.toBe(before[address]?.values.id);
});

test("import, of what can be and of what cannot", async () => {
  expect(await terraform.run(["state", "rm", "null_resource.a"])).toMatchObject(fine);
  const refused = await terraform.import("null_resource.a", "one");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("The ID of a null_resource is a number.");
  expect(await terraform.import("null_resource.a", "123456")).toMatchObject(fine);
  expect((await terraform.resources())["null_resource.a"]?.values).toEqual({ id: "123456", triggers: null });
});

test("destroy leaves nothing", async () => {
  expect(await terraform.destroy()).toMatchObject(fine);
  expect(await terraform.resources()).toEqual({});
});
