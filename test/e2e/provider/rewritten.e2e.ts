import { IronicClient } from "../../../src/ironic";
import { InProcessIronic, type Thing } from "../../../src/testing/ironic";
import { type Project, Projects, succeeded } from "./project";

// What fake hardware can't show: a real deployment with the direct deploy interface writes into instance_info, also over what the
// user said. An image that the conductor converts to raw has no checksum afterwards but a hash of the converted bytes, and Ironic
// checks what it downloads next against that hash (ironic.drivers.modules.deploy_utils, ironic.common.checksum_utils).
const IMAGE = "http://images.example/fcos-1.qcow2";
const NEWER = "http://images.example/fcos-2.qcow2";
const CHECKSUM = "a".repeat(64);
const COMPUTED = {
  image_checksum: null,
  image_os_hash_algo: "sha256",
  image_os_hash_value: "f".repeat(64),
  image_disk_format: "raw",
  image_url: "http://conductor.example:8080/agent_images/node",
  image_type: "whole-disk",
};

const machine = (image = IMAGE, version = 1, checksum = CHECKSUM) => `
resource "ironic_node_v1" "n" {
  name           = "converted"
  driver         = "fake-hardware"
  resource_class = "converted"
  available      = true
}
resource "ironic_deployment" "d" {
  node_uuid                    = ironic_node_v1.n.id
  instance_info                = { image_source = "${image}", image_checksum = "${checksum}", image_disk_format = "qcow2", root_gb = 25 }
  image_pull_secret_wo         = "user:secret-${version}"
  image_pull_secret_wo_version = ${version}
}
`;

let projects: Projects;
let ironic: InProcessIronic;
let client: IronicClient;
let project: Project;
/** `instance_info` as each deployment and rebuild found it. */
let found: Thing[];
beforeAll(async () => {
  projects = await Projects.install();
});
afterAll(() => projects.remove());
beforeEach(async () => {
  ironic = await InProcessIronic.start();
  client = new IronicClient({ url: ironic.url });
  found = [];
  ironic.succeeded = (node, verb) => {
    if (verb !== "active" && verb !== "rebuild") return;
    const info = node.instance_info as Thing;
    found.push(structuredClone(info));
    Object.assign(info, COMPUTED);
  };
  project = await projects.project(ironic, machine());
  await project.apply();
});
afterEach(async () => {
  await client.close();
  await ironic.stop();
});
const info = async () => (await client.getNode("converted")).instance_info;

test("what Ironic wrote over what was said is no drift", async () => {
  expect(found).toEqual([expect.objectContaining({ image_checksum: CHECKSUM, image_disk_format: "qcow2" })]);
  expect(await info()).toMatchObject({ image_source: IMAGE, image_checksum: null, image_disk_format: "raw" });
  expect(await project.planned()).toEqual([]);
});

test("what somebody else wrote there afterwards is", async () => {
  const { uuid } = await client.getNode("converted");
  await client.patchNode(uuid, [{ op: "replace", path: "/instance_info/image_disk_format", value: "qcow2-by-hand" }]);
  expect((await project.terraform.changes())["ironic_deployment.d"]).toMatchObject({
    actions: ["update"],
    before: { instance_info: { image_checksum: CHECKSUM, image_disk_format: "qcow2-by-hand" } },
  });
  await project.apply();
  expect(await project.planned()).toEqual([]);
});

test("a new image is not checked against the hash of the old one", async () => {
  project.write(machine(NEWER, 1, "b".repeat(64)));
  expect(await project.planned()).toEqual(["update ironic_deployment.d"]);
  await project.apply();
  const [, rebuilt = {}] = found;
  expect(rebuilt).toMatchObject({ image_source: NEWER, image_checksum: "b".repeat(64), image_disk_format: "qcow2" });
  for (const key of ["image_os_hash_algo", "image_os_hash_value", "image_url", "image_type"]) {
    expect(rebuilt).not.toHaveProperty(key);
  }
  expect(await project.planned()).toEqual([]);
});

test("a rotated secret leaves what Ironic computed alone", async () => {
  project.write(machine(IMAGE, 2));
  await project.apply();
  expect(found).toHaveLength(1);
  expect(await info()).toMatchObject(COMPUTED);
  expect(await project.planned()).toEqual([]);
});

test("an import of it rebuilds nothing", async () => {
  const fresh = await projects.project(ironic, machine());
  succeeded(await fresh.terraform.import("ironic_node_v1.n", "converted"));
  succeeded(await fresh.terraform.import("ironic_deployment.d", "converted"));
  await fresh.apply();
  expect(found).toHaveLength(1);
  expect(await info()).toMatchObject({ image_os_hash_value: COMPUTED.image_os_hash_value });
  expect(await fresh.planned()).toEqual([]);
});
