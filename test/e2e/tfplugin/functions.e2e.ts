import { flat } from "../provider/project";
import { Toys } from "../support/toy";

// Functions as the real Terraform calls them, of a provider without a provider block.
let toys: Toys;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => toys.remove());

/** The errors of `terraform plan` for an expression. */
async function refused(expression: string): Promise<string> {
  const { terraform } = await toys.project(`output "value" {\n  value = ${expression}\n}\n`);
  const { code, stderr } = await terraform.plan();
  expect(code).toBe(1);
  return flat(stderr);
}

test("results of every kind reach outputs, and a second plan has no changes", async () => {
  const { terraform } = await toys.project(`
output "text" {
  value = provider::toy::join("a", "b")
}
output "without" {
  value = provider::toy::join("a", null)
}
output "object" {
  value = provider::toy::describe({ name = "n", sizes = [12345678901234567890.5, 2] }, "")
}
output "nothing" {
  value = provider::toy::describe({ name = null, sizes = null }, "").first
}
`);
  expect(await terraform.apply()).toMatchObject({ code: 0, stderr: "" });
  const { outputs = {} } = (await terraform.show()).values ?? {};
  expect(Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]))).toEqual({
    text: "a-b",
    without: "a",
    object: { name: "n", count: 2, first: expect.anything(), thing: null },
  });
  expect(await terraform.run(["output", "object"])).toMatchObject({
    stdout: expect.stringContaining("12345678901234567890.5"),
  });
  expect(await terraform.plan()).toMatchObject({ code: 0 });
});

test("an unknown argument reaches the function that allows it, and no other", async () => {
  const { terraform } = await toys.project(`
resource "toy_thing" "a" {
  name = "a"
}
locals {
  joined    = provider::toy::join("a", toy_thing.a.id)
  described = provider::toy::describe({ name = toy_thing.a.id, sizes = [] }, "")
}
output "prefixed" {
  value = startswith(local.joined, "a-")
}
output "described" {
  value = local.described.name
}
`);
  const plan = await terraform.plan();
  expect(plan).toMatchObject({ code: 2, stderr: "" });
  expect(plan.stdout).toMatch(/prefixed += true/);
  expect(plan.stdout).toMatch(/described += \(known after apply\)/);
  expect(await terraform.apply()).toMatchObject({ code: 0, stderr: "" });
  expect((await terraform.run(["output", "-raw", "described"])).stdout).toMatch(/^thing-/);
  expect(await terraform.plan()).toMatchObject({ code: 0 });
});

test("terraform providers schema shows their signatures", async () => {
  const { terraform } = await toys.project("");
  const { stdout } = await terraform.run(["providers", "schema", "-json"]);
  const schemas = JSON.parse(stdout).provider_schemas["registry.terraform.io/example/toy"];
  expect(schemas.functions.join).toEqual({
    description: "Joins two words with a dash. The words may be unknown.",
    summary: "Joins two words",
    return_type: "string",
    parameters: [
      { name: "left", description: "The first word.", type: "string" },
      { name: "right", description: "The second word.", type: "string", is_nullable: true },
    ],
  });
});

describe("an error", () => {
  test("is at the argument that it is about", async () => {
    const error = await refused('provider::toy::join("longer", "b")');
    expect(error).toContain("Error: Invalid function argument");
    expect(error).toContain('Invalid value for "left" parameter: must have a length from 1 to 5, and has 6.');
  });

  test("of none is at the call", async () => {
    const error = await refused('provider::toy::describe({ name = "n", sizes = [] }, "refuse")');
    expect(error).toContain("Error: Error in function call");
    expect(error).toContain('Call to function "provider::toy::describe" failed: no thing is described: It is private.');
  });

  test("that is a fault leaves Terraform with the provider's words", async () => {
    const error = await refused('provider::toy::describe({ name = "n", sizes = [] }, "throw")');
    expect(error).toContain("Fault in the provider: The provider failed to call the function describe.");
    expect(error).not.toContain("panic");
  });

  test("is Terraform's own for a null or a missing argument", async () => {
    expect(await refused('provider::toy::join(null, "b")')).toContain("argument must not be null");
    expect(await refused('provider::toy::join("a")')).toContain("Not enough function arguments");
  });
});
