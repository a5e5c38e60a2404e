import { IronicClient } from "../../../src/ironic";
import { InProcessIronic, type Thing } from "../../../src/testing/ironic";
import { flat, Projects, succeeded } from "./project";

// Machines in states that nobody planned, and plans that do not know everything yet.
const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const NODE = `resource "ironic_node_v1" "n" {\n  name      = "edge"\n  driver    = "fake-hardware"\n  available = true\n}\n`;
const DEPLOYMENT = `resource "ironic_deployment" "d" {\n  node_uuid     = ironic_node_v1.n.id\n  instance_info = { image_source = "${IMAGE}" }\n}\n`;

let projects: Projects;
let ironic: InProcessIronic;
let client: IronicClient;

beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url });
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});

const theNode = () => [...ironic.store.nodes.values()][0] ?? {};

test.each([
  ["its deployment failed", { provision_state: "deploy failed", last_error: "no" }],
  ["it is in error", { provision_state: "error", last_error: "no" }],
  ["its cleaning failed", { provision_state: "clean failed", instance_info: {}, last_error: "no" }],
  ["its inspection failed", { provision_state: "inspect failed", instance_info: {}, last_error: "no" }],
  ["it is in rescue", { provision_state: "rescue" }],
  ["it is in maintenance", { maintenance: true }],
] as const)("everything can be destroyed when %s", async (_what, fields) => {
  const project = await projects.project(ironic, NODE + DEPLOYMENT);
  await project.apply();
  Object.assign(theNode(), fields);
  await project.destroy();
  expect(ironic.store.nodes.size).toBe(0);
});

test("a node with something on it is not deployed over", async () => {
  const project = await projects.project(ironic, NODE);
  await project.apply();
  await client.moveTo(String(theNode().uuid), "active");
  project.write(NODE + DEPLOYMENT);
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: Something is deployed on this node already");
  expect(flat(stderr)).toContain(`terraform import ironic_deployment.NAME ${String(theNode().uuid)}`);
});

test("a refresh alone takes over what drifted, and touches nothing", async () => {
  const project = await projects.project(ironic, NODE + DEPLOYMENT);
  await project.apply();
  Object.assign(theNode(), { resource_class: "by-hand" });
  const before = ironic.requests.length;
  const { code, stdout } = await project.terraform.plan("-refresh-only");
  expect(code).toBe(2);
  expect(flat(stdout)).toContain('+ resource_class = "by-hand"');
  await project.apply("-refresh-only");
  expect(ironic.requests.slice(before).filter(({ method }) => method !== "GET")).toEqual([]);
  expect(await project.planned()).toEqual(["update ironic_node_v1.n"]);
});

test("what is not known at plan is known at apply, and checked then", async () => {
  const late = (image: string, rack: string) => `
resource "terraform_data" "late" {
  input = { image = "${image}", rack = "${rack}", mac = "52:54:00:50:00:01", bmc = "https://${rack}.example" }
}
resource "ironic_node_v1" "n" {
  name        = "edge"
  driver      = "fake-hardware"
  available   = true
  extra       = { rack = terraform_data.late.output.rack }
  driver_info = { redfish_address = terraform_data.late.output.bmc }
  ports       = [{ address = terraform_data.late.output.mac }]
}
resource "ironic_deployment" "d" {
  node_uuid     = ironic_node_v1.n.id
  instance_info = { image_source = terraform_data.late.output.image }
  metadata      = { rack = terraform_data.late.output.rack }
}
`;
  const project = await projects.project(ironic, late(IMAGE, "r1"));
  await project.apply();
  expect(await project.planned()).toEqual([]);
  project.write(late(IMAGE, "r2"));
  await project.apply();
  expect(await client.getNode("edge")).toMatchObject({ extra: { rack: "r2" }, provision_state: "active" });
  expect(await project.planned()).toEqual([]);
  project.write(late("oci://registry.example/fcos:stable", "r2"));
  const { code, stderr } = await project.terraform.apply();
  expect(code).toBe(1);
  expect(flat(stderr)).toContain("Error: image_source is not pinned");
  expect(await client.getNode("edge")).toMatchObject({ instance_info: { image_source: IMAGE } });
});

test("what inspection found reads as the old provider wrote it", async () => {
  const project = await projects.project(
    ironic,
    `${NODE.replace("available", "inspect")}data "ironic_introspection" "i" {\n  uuid = ironic_node_v1.n.id\n}\n`,
  );
  await project.apply();
  const times = {
    inspection_started_at: "2026-01-31T11:59:00+00:00",
    inspection_finished_at: "2026-01-31T12:00:00+00:00",
  };
  Object.assign(theNode(), times);
  await project.apply();
  const { "data.ironic_introspection.i": found } = await project.terraform.resources();
  expect(found?.values).toMatchObject({
    ...{ finished: true, state: "finished", error: "", cpu_arch: "x86_64", cpu_count: 4, memory_mb: 4096 },
    ...{ started_at: "2026-01-31T11:59:00", finished_at: "2026-01-31T12:00:00" },
    interfaces: [{ name: "eth0", mac: "52:54:00:aa:bb:01", ip: "" }],
  });
});

test("resources that are renamed or numbered stay what they are", async () => {
  const project = await projects.project(ironic, NODE + DEPLOYMENT);
  await project.apply();
  const one = (text: string) =>
    text.replaceAll('" "n" {', '" "m" {\n  count = 1').replaceAll("ironic_node_v1.n.", "ironic_node_v1.m[0].");
  project.write(`${one(NODE + DEPLOYMENT)}moved {\n  from = ironic_node_v1.n\n  to   = ironic_node_v1.m[0]\n}\n`);
  expect(await project.planned()).toEqual([]);
});

test("an imported deployment is not rebuilt for capabilities in another order, nor for a secret that can't be read", async () => {
  const info = `image_source = "${IMAGE}", capabilities = "boot_mode:uefi,secure_boot:true", image_pull_secret = "a:b"`;
  const deployment = DEPLOYMENT.replace(/\{ image_source.*\}/, `{ ${info} }`);
  const project = await projects.project(ironic, NODE + deployment);
  await project.apply();
  (theNode().instance_info as Thing).capabilities = { secure_boot: "true", boot_mode: "uefi" };
  succeeded(await project.terraform.run(["state", "rm", "ironic_deployment.d"]));
  succeeded(await project.terraform.import("ironic_deployment.d", "edge"));
  const before = ironic.requests.length;
  await project.apply();
  expect(ironic.requests.slice(before).filter(({ method }) => method === "PUT")).toEqual([]);
  expect(await project.planned()).toEqual([]);
  project.write(NODE + deployment.replace(IMAGE, IMAGE.replace(/a{64}/, "b".repeat(64))));
  await project.apply();
  expect(ironic.requests.slice(before).filter(({ method }) => method === "PUT")).toHaveLength(1);
});

test("an imported deployment without a config drive gets the one that is said, however late", async () => {
  const project = await projects.project(ironic, NODE + DEPLOYMENT);
  await project.apply();
  succeeded(await project.terraform.run(["state", "rm", "ironic_deployment.d"]));
  succeeded(await project.terraform.import("ironic_deployment.d", "edge"));
  await project.apply();
  project.write(NODE + DEPLOYMENT.replace(/\}\s*$/, '  user_data = "late"\n}\n'));
  const before = ironic.requests.length;
  await project.apply();
  expect(ironic.requests.slice(before).filter(({ method }) => method === "PUT")).toEqual([
    expect.objectContaining({
      body: expect.objectContaining({ target: "rebuild", configdrive: { user_data: "late" } }),
    }),
  ]);
  expect(await project.planned()).toEqual([]);
});

test("an imported node learns the passwords in its driver_info, so that a new one reaches Ironic", async () => {
  const node = (password: string) =>
    NODE.replace("available", `driver_info = { redfish_password = "${password}" }\n  available`);
  const project = await projects.project(ironic, node("first"));
  await project.apply();
  succeeded(await project.terraform.run(["state", "rm", "ironic_node_v1.n"]));
  succeeded(await project.terraform.import("ironic_node_v1.n", "edge"));
  await project.apply();
  expect(theNode().driver_info).toEqual({ redfish_password: "first" });
  expect(await project.planned()).toEqual([]);
  project.write(node("second"));
  expect(await project.planned()).toEqual(["update ironic_node_v1.n"]);
  await project.apply();
  expect(theNode().driver_info).toEqual({ redfish_password: "second" });
  expect(await project.planned()).toEqual([]);
});

test("secrets that are not given again stay while their versions do, and go with them", async () => {
  const machine = (rack: string, version: string) => `
variable "secret" {
  type      = string
  ephemeral = true
  default   = null
}
resource "ironic_node_v1" "n" {
  name                         = "edge"
  driver                       = "fake-hardware"
  available                    = true
  extra                        = { rack = "${rack}" }
  driver_info_wo               = { redfish_password = var.secret }
  driver_info_wo_version       = ${version}
  image_pull_secret_wo         = var.secret
  image_pull_secret_wo_version = ${version}
}
resource "ironic_deployment" "d" {
  node_uuid                    = ironic_node_v1.n.id
  instance_info                = { image_source = "${IMAGE}" }
  metadata                     = { rack = "${rack}" }
  image_pull_secret_wo         = var.secret
  image_pull_secret_wo_version = ${version}
}
`;
  const project = await projects.project(ironic, machine("r1", "1"));
  await project.apply("-var=secret=a:b");
  for (const rack of ["r2", "r3"]) {
    project.write(machine(rack, "1"));
    await project.apply();
    expect(theNode()).toMatchObject({
      extra: { rack },
      driver_info: { redfish_password: "a:b", image_pull_secret: "a:b" },
      instance_info: { image_pull_secret: "a:b" },
    });
    expect(await project.planned()).toEqual([]);
  }
  project.write(machine("r3", "2"));
  await project.apply();
  expect(theNode().driver_info).toEqual({});
  expect(theNode().instance_info).not.toHaveProperty("image_pull_secret");
  expect(await project.planned()).toEqual([]);
});

test("user data that is gone from the configuration is gone from the machine, which Ironic would rebuild with it", async () => {
  const deployment = DEPLOYMENT.replace("instance_info", 'user_data     = "old"\n  instance_info');
  const project = await projects.project(ironic, NODE + deployment);
  await project.apply();
  expect(theNode().instance_info).toMatchObject({ configdrive: { user_data: "old" } });
  project.write(NODE + DEPLOYMENT);
  const before = ironic.requests.length;
  await project.apply();
  expect(ironic.requests.slice(before).some(({ method }) => method === "PUT")).toBe(true);
  expect(theNode().instance_info).toEqual({ image_source: IMAGE, image_disk_format: "raw" });
  expect(await project.planned()).toEqual([]);
});
