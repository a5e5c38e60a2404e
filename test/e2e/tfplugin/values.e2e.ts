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
    const apply = await project.terraform.apply();
    expect(apply).toMatchObject(fine);
    expect(apply.stdout).toMatch(/password += \(sensitive value\)/);
    expect(apply.stdout).not.toContain(secret);
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

  test("is updated in place: what is computed stays, what is unknown on update is not known", async () => {
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

test("an ephemeral secret reaches the service at every change of its version, and stays nowhere", async () => {
  const main = (version: number) => `
variable "secret" {
  type      = string
  ephemeral = true
}

resource "toy_thing" "a" {
  name              = "a"
  secret_wo         = var.secret
  secret_wo_version = ${version}
}`;
  const project = await toys.project(main(1));
  const apply = (value: string) => project.terraform.apply(`-var=secret=${value}`);
  const first = await apply("secret-one");
  expect(first).toMatchObject(fine);
  expect(first.stdout).toContain("(write-only attribute)");
  // Nobody can tell that it changed: that is what the version is for.
  expect(await project.terraform.plan("-var=secret=secret-two")).toMatchObject(fine);
  project.write(main(2));
  expect(await apply("secret-two")).toMatchObject(fine);
  expect(Object.values(project.service.things)).toEqual([{ name: "a", secret: "secret-two" }]);
  expect(project.state).not.toMatch(/secret-one|secret-two/);
});

test("what is unknown until the apply: the provider's own configuration, a number of blocks, an element of a set", async () => {
  const project = await toys.project(`
resource "null_resource" "before" {}

provider "toy" {
  password = null_resource.before.id
}

resource "toy_thing" "a" {
  name      = "a"
  secret_wo = "abc"
}

resource "toy_thing" "b" {
  name = "b"
  dynamic "rule" {
    for_each = range(toy_thing.a.secret_length)
    content { port = rule.value }
  }
  dynamic "zone" {
    for_each = toset([toy_thing.a.color, "blue"])
    content { name = zone.value }
  }
  disks = [for i in range(toy_thing.a.secret_length) : { name = "disk-\${i}" }]
  users = [{ name = toy_thing.a.color }, { name = "ann" }]
}
`);
  const { "toy_thing.b": b } = await project.terraform.changes();
  expect(b?.after_unknown).toMatchObject({ disks: true });
  expect(await project.terraform.apply()).toMatchObject(fine);
  const { values } = (await project.terraform.resources())["toy_thing.b"] ?? {};
  expect(values?.rule).toEqual([0, 1, 2].map((port) => ({ port, note: "none" })));
  expect(values?.zone).toEqual([{ name: "blue" }, { name: "red" }]);
  expect(values?.disks).toMatchObject([0, 1, 2].map((i) => ({ name: `disk-${i}`, size: 10 })));
  expect(values?.users).toEqual(
    expect.arrayContaining([
      { name: "ann", uid: 3 },
      { name: "red", uid: 3 },
    ]),
  );
  expect(await project.terraform.plan()).toMatchObject(fine);
});

test("the schema as Terraform prints it", async () => {
  const project = await toys.project("");
  const { stdout } = await project.terraform.run(["providers", "schema", "-json"]);
  const { resource_schemas } = JSON.parse(stdout).provider_schemas["registry.terraform.io/example/toy"];
  const { version, block } = resource_schemas.toy_thing;
  expect(version).toBe(2);
  expect(block.attributes).toMatchObject({
    id: { type: "string", computed: true },
    secret_wo: { type: "string", optional: true, write_only: true },
    password: { sensitive: true },
    old: { deprecated: true },
    disks: { nested_type: { nesting_mode: "list", attributes: { name: { required: true } } }, optional: true },
  });
  expect(block.block_types).toMatchObject({
    rule: { nesting_mode: "list", max_items: 3 },
    zone: { nesting_mode: "set" },
  });
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
