import { type ToyProject, Toys } from "../support/toy";

// Every kind of value, from the configuration through plan, apply and state, as the real Terraform checks them.
let toys: Toys;
beforeAll(async () => {
  toys = await Toys.install();
});
afterAll(() => toys.remove());

const fine = { code: 0, stderr: "" };
const secret = "correct-horse-battery";

describe("a thing with everything", () => {
  let project: ToyProject;
  const main = (size: number) => `
resource "toy_thing" "a" {
  name       = "a"
  size       = ${size}
  big        = 12345678901234567890.5
  active     = false
  tags       = { "" = "empty", "a b" = "c" }
  labels     = ["x", "y", "x"]
  ports      = [80, 443]
  origin     = { x = 0.1, y = null }
  pair       = ["left", true]
  anything   = { deep = [1, "two", { three = null }] }
  password   = "${secret}-sensitive"
  secret_wo  = "${secret}-write-only"
  secret_wo_version = 1

  disks  = [{ name = "system" }, { name = "data", size = 20, kind = "ssd" }]
  users  = [{ name = "ann" }, { name = "robert" }]
  mounts = { root = { path = "/", token_wo = "${secret}-nested" } }

  timeouts { create = "5m" }
  rule { port = 22 }
  rule {
    port = 80
    note = "web"
  }
  zone { name = "north" }
  zone { name = "south" }
}

resource "toy_thing" "b" {
  name   = "b"
  labels = [toy_thing.a.id]
  tags   = { other = toy_thing.a.id }
  size   = toy_thing.a.secret_length
  rule { port = toy_thing.a.secret_length }
  users  = [{ name = toy_thing.a.color }]
}
`;

  beforeAll(async () => {
    project = await toys.project(main(60));
  });

  test("is planned with defaults, and unknown where nobody knows yet", async () => {
    const { "toy_thing.a": a, "toy_thing.b": b } = await project.terraform.changes();
    expect(a).toMatchObject({
      actions: ["create"],
      after: {
        disks: [
          { name: "system", size: 10 },
          { name: "data", size: 20 },
        ],
        rule: [
          { port: 22, note: "none" },
          { port: 80, note: "web" },
        ],
        secret_wo: null,
      },
      after_unknown: { id: true, color: true, disks: [{ serial: true }, { serial: true }] },
    });
    expect(b?.after_unknown).toMatchObject({
      labels: [true],
      tags: { other: true },
      size: true,
      users: [{ name: true }],
    });
    for (const writeOnly of [`${secret}-write-only`, `${secret}-nested`])
      expect(JSON.stringify(a)).not.toContain(writeOnly);
  });

  test("is created: the service has the write-only secret, state has not", async () => {
    expect(await project.terraform.apply()).toMatchObject(fine);
    const { "toy_thing.a": a, "toy_thing.b": b } = await project.terraform.resources();
    expect(a?.schema_version).toBe(2);
    const id = String(a?.values.id);
    expect(project.service.things[id]).toEqual({ name: "a", secret: `${secret}-write-only` });
    expect(a?.values).toMatchObject({
      size: 60,
      active: false,
      tags: { "": "empty", "a b": "c" },
      labels: ["x", "y"],
      ports: [80, 443],
      origin: { x: 0.1, y: null },
      pair: ["left", true],
      anything: { deep: [1, "two", { three: null }] },
      color: "red",
      secret_wo: null,
      secret_length: `${secret}-write-only`.length,
      disks: [
        { name: "system", serial: `${id}-0` },
        { name: "data", serial: `${id}-1`, kind: "ssd" },
      ],
      mounts: { root: { path: "/", token_wo: null } },
      timeouts: { create: "5m" },
    });
    expect(a?.values.users).toEqual(
      expect.arrayContaining([
        { name: "ann", uid: 3 },
        { name: "robert", uid: 6 },
      ]),
    );
    expect(b?.values).toMatchObject({
      labels: [id],
      size: `${secret}-write-only`.length,
      users: [{ name: "red", uid: 3 }],
    });
    expect(project.state).toContain('"big": 12345678901234567890.5');
    expect(project.state).not.toContain(`${secret}-write-only`);
    expect(project.state).not.toContain(`${secret}-nested`);
  });

  test("plans nothing more", async () => {
    expect(await project.terraform.plan()).toMatchObject(fine);
  });

  test("is updated in place: what is computed stays, what is recomputed is not known", async () => {
    project.write(main(70));
    const { "toy_thing.a": a } = await project.terraform.changes();
    expect(a).toMatchObject({
      actions: ["update"],
      after: { size: 70, color: "red" },
      after_unknown: { changes: true },
    });
    expect(a?.after_unknown).not.toHaveProperty("id");
    expect(await project.terraform.apply()).toMatchObject(fine);
    expect((await project.terraform.resources())["toy_thing.a"]?.values).toMatchObject({ size: 70, changes: 1 });
    expect(await project.terraform.plan()).toMatchObject(fine);
  });

  test("is replaced where its own plan function asks for it", async () => {
    project.write(main(5));
    const { "toy_thing.a": a } = await project.terraform.changes();
    expect(a).toMatchObject({ actions: ["delete", "create"], replace_paths: [["size"]] });
  });

  test("what has gone behind Terraform's back is created anew", async () => {
    project.write(main(70));
    const before = String((await project.terraform.resources())["toy_thing.a"]?.values.id);
    project.service.remove(before);
    expect(await project.terraform.apply()).toMatchObject(fine);
    expect((await project.terraform.resources())["toy_thing.a"]?.values.id).not.toBe(before);
  });

  test("is destroyed", async () => {
    expect(await project.terraform.destroy()).toMatchObject(fine);
    expect(project.service.things).toEqual({});
  });
});

test("back to a default, and to nothing, by leaving things out", async () => {
  const project = await toys.project(`
resource "toy_thing" "a" {
  name  = "a"
  size  = 7
  color = "blue"
  disks = [{ name = "d", size = 99 }]
  users = [{ name = "ann" }, { name = "robert" }]
  rule { port = 1 }
}`);
  expect(await project.terraform.apply()).toMatchObject(fine);
  project.write(`
resource "toy_thing" "a" {
  name  = "a"
  disks = [{ name = "d" }, { name = "e" }]
  users = [{ name = "robert" }, { name = "zoe" }]
}`);
  expect(await project.terraform.apply()).toMatchObject(fine);
  const { values } = (await project.terraform.resources())["toy_thing.a"] ?? {};
  expect(values).toMatchObject({ size: 1, color: "blue", disks: [{ size: 10 }, { size: 10 }], rule: [] });
  expect(values?.users).toEqual(
    expect.arrayContaining([
      { name: "robert", uid: 6 },
      { name: "zoe", uid: 3 },
    ]),
  );
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("a data source is read, and warns at its attribute", async () => {
  const project = await toys.project(`
resource "toy_thing" "a" { name = "warning" }
data "toy_things" "w" {
  prefix     = "warn"
  depends_on = [toy_thing.a]
}
output "names" { value = data.toy_things.w.names }
`);
  const { code, stdout } = await project.terraform.apply();
  expect(code).toBe(0);
  expect(stdout).toMatch(/Warning: A warning[\s\S]*prefix +=/);
  expect((await project.terraform.show()).values?.outputs?.names?.value).toEqual(["warning"]);
});

test("what is wrong is told at its line, before anything is done", async () => {
  const project = await toys.project(`
resource "toy_thing" "a" {
  name = "Not lower"
  size = 101
  old  = "deprecated"
}

resource "toy_thing" "b" {
  name = "b"
  rule { port = 12 }
  rule { port = 13 }
}

resource "toy_thing" "c" {
  name = "c"
  rule { port = 1 }
  rule { port = 2 }
  rule { port = 3 }
  rule { port = 4 }
}
`);
  const { valid, diagnostics } = await project.terraform.validated();
  expect(valid).toBe(false);
  const told = diagnostics.map(({ severity, summary, snippet }) => [severity, summary, snippet?.code.trim()]);
  expect(told).toEqual(
    expect.arrayContaining([
      ["error", "Invalid value", 'name = "Not lower"'],
      ["error", "Invalid value", "size = 101"],
      ["warning", "Deprecated argument", 'old  = "deprecated"'],
      ["error", "Unlucky port", "rule { port = 13 }"],
      ["error", "Too many rule blocks", expect.anything()],
    ]),
  );
  expect((await project.terraform.apply()).code).toBe(1);
  expect(project.service.things).toEqual({});
});
