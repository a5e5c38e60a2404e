import { Toys } from "../support/toy";

// State that was made otherwise: by an import, by an earlier version of the provider, by another provider.
let toys: Toys;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => toys.remove());

const fine = { code: 0, stderr: "" };
const THING = `resource "toy_thing" "a" { name = "a" }`;

test("an imported thing is completed by reading it; then only defaults are to be set", async () => {
  const project = await toys.project(THING);
  project.service.put("thing-1", "a", null);
  expect(await project.terraform.import("toy_thing.a", "thing-1")).toMatchObject(fine);
  expect((await project.terraform.resources())["toy_thing.a"]?.values).toMatchObject({
    id: "thing-1",
    name: "a",
    size: 1,
  });
  expect(await project.terraform.apply()).toMatchObject(fine);
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("an import block plans the import, and its configuration can be generated", async () => {
  const project = await toys.project(`
import {
  to = toy_thing.a
  id = "thing-1"
}`);
  project.service.put("thing-1", "a", null);
  const { code, stderr } = await project.terraform.plan("-generate-config-out=generated.tf");
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" }); // an import is a change
  expect(project.file("generated.tf")).toMatch(/name += "a"/);
  expect(await project.terraform.apply()).toMatchObject(fine);
  expect((await project.terraform.resources())["toy_thing.a"]?.values.id).toBe("thing-1");
});

test("what is not there cannot be imported", async () => {
  const project = await toys.project(THING);
  const { code, stderr } = await project.terraform.import("toy_thing.a", "thing-9");
  expect(code).toBe(1);
  expect(stderr).toContain("Error: No thing thing-9");
});

describe("state of another schema version", () => {
  const old = (schemaVersion: number, attributes: object) =>
    JSON.stringify({
      version: 4,
      terraform_version: "1.11.4",
      serial: 1,
      lineage: "11111111-2222-3333-4444-555555555555",
      outputs: {},
      resources: [
        {
          mode: "managed",
          type: "toy_thing",
          name: "a",
          provider: 'provider["registry.terraform.io/example/toy"]',
          instances: [{ schema_version: schemaVersion, attributes }],
        },
      ],
    });

  test("an earlier one is upgraded, and stored so by the next apply", async () => {
    const project = await toys.project(THING);
    project.service.put("thing-1", "a", null);
    project.terraform.write(old(1, { id: "thing-1", title: "a", size: "12GB" }), "terraform.tfstate");
    expect(await project.terraform.changes()).toMatchObject({
      "toy_thing.a": { actions: ["update"], before: { id: "thing-1", name: "a", size: 12 }, after: { size: 1 } },
    });
    expect(await project.terraform.apply("-refresh-only")).toMatchObject(fine);
    expect((await project.terraform.resources())["toy_thing.a"]).toMatchObject({
      schema_version: 2,
      values: { name: "a", size: 12 },
    });
  });

  test("one that never was is told", async () => {
    const project = await toys.project(THING);
    project.terraform.write(old(0, { id: "thing-1" }), "terraform.tfstate");
    const { code, stderr } = await project.terraform.plan();
    expect(code).toBe(1);
    expect(stderr).toContain("Error: Version 0 was never released");
  });

  test("one of the future is refused", async () => {
    const project = await toys.project(THING);
    project.terraform.write(old(3, { id: "thing-1" }), "terraform.tfstate");
    expect((await project.terraform.plan()).code).toBe(1);
  });

  test("state of this version with an attribute that is gone is read without it", async () => {
    const project = await toys.project(THING);
    project.service.put("thing-1", "a", null);
    project.terraform.write(old(2, { id: "thing-1", name: "a", size: 1, abolished: true }), "terraform.tfstate");
    expect(await project.terraform.changes()).toMatchObject({ "toy_thing.a": { before: { id: "thing-1", size: 1 } } });
  });
});

describe("a moved block", () => {
  const before = `resource "null_resource" "a" { triggers = { name = "from-null" } }`;

  test("takes over what another provider made", async () => {
    const project = await toys.project(before);
    expect(await project.terraform.apply()).toMatchObject(fine);
    const id = String((await project.terraform.resources())["null_resource.a"]?.values.id);
    project.service.put(id, "from-null", null);
    project.write(`
resource "toy_thing" "a" { name = "from-null" }

moved {
  from = null_resource.a
  to   = toy_thing.a
}`);
    expect(await project.terraform.init()).toMatchObject(fine);
    expect(await project.terraform.plan()).toMatchObject({ code: 2 });
    expect(await project.terraform.apply()).toMatchObject(fine);
    expect(Object.keys(await project.terraform.resources())).toEqual(["toy_thing.a"]);
    expect((await project.terraform.resources())["toy_thing.a"]?.values).toMatchObject({ id, name: "from-null" });
    // An update needs the private state that the move made.
    project.write(`resource "toy_thing" "a" {
  name = "from-null"
  size = 2
}`);
    expect(await project.terraform.apply()).toMatchObject(fine);
  });

  test("from a type that nobody can turn into this one is refused", async () => {
    const project = await toys.project(THING);
    expect(await project.terraform.apply()).toMatchObject(fine);
    project.write(`
resource "null_resource" "a" {}

moved {
  from = toy_thing.a
  to   = null_resource.a
}`);
    await project.terraform.init();
    const { code, stderr } = await project.terraform.plan();
    expect(code).toBe(1);
    expect(stderr).toContain("Error: Move not supported");
  });
});
