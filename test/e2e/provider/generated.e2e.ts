import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InProcessIronic, type Thing } from "../../../src/testing/ironic";
import { importBlocks } from "./import-blocks";
import { flat, type Project, Projects } from "./project";

// The import blocks of a whole Ironic, as ironic-oci writes them; Terraform generates the configuration, which is applied unedited.

let ironic: InProcessIronic;
let projects: Projects;
beforeAll(async () => {
  [ironic, projects] = await Promise.all([InProcessIronic.start(), Projects.install()]);
});
afterAll(async () => {
  await ironic.stop();
  projects.remove();
});

const REDFISH = {
  redfish_address: "https://bmc.example",
  redfish_username: "admin",
  redfish_password: "the-bmc-password",
  redfish_verify_ca: false,
  deploy_kernel: "http://images.example/kernel",
};

/** A node that another client has enrolled. */
function node(name: string, fields: Thing = {}): Thing {
  return Object.assign(ironic.store.createNode({ driver: "fake-hardware", name }), fields);
}

/** An object of a collection that another client has created. */
function plain(path: string, fields: Thing): void {
  const uuid = randomUUID();
  ironic.collections.of(path).set(uuid, { uuid, ...fields });
}

/** Deploy templates, runbooks, inspection rules and volumes. */
function makePlainObjects(node_uuid: unknown): void {
  const args = {
    settings: [
      { name: "A", value: 1 },
      { name: "B", on: true },
    ],
    password: "of-the-bios",
  };
  const steps = (sortedBy: string) => [
    { interface: "bios", step: "apply_configuration", args, [sortedBy]: 1 },
    { interface: "deploy", step: "erase_devices_metadata", args: {}, [sortedBy]: 2 },
  ];
  plain("deploy_templates", { name: "CUSTOM_A", steps: steps("priority"), extra: { a: { b: [1] } } });
  plain("runbooks", {
    ...{ name: "CUSTOM_A", steps: steps("order"), extra: {}, owner: "project", public: false },
    ...{ disable_ramdisk: true, description: null, traits: [] },
  });
  const rule = { description: null, priority: 7, phase: "main", sensitive: false };
  const conditions = [{ op: "!eq", args: { values: ["a", 1] }, loop: [1, 2] }];
  const actions = [{ op: "set-plugin-data", args: { path: "a", value: { b: [1] }, plugin_data: {} } }];
  plain("inspection_rules", { ...rule, description: `of "ACME" \${1}`, conditions, actions });
  plain("inspection_rules", { ...rule, conditions: [], actions });
  plain("volume/connectors", { node_uuid, type: "iqn", connector_id: "i", extra: { a: 1 } });
  const properties = { target_lun: 1, auth_password: "of-the-volume" };
  const target = { volume_type: "iscsi", volume_id: "v", boot_index: 0, extra: {} };
  plain("volume/targets", { node_uuid, ...target, properties });
}

/** Objects of each kind that other clients have made, with all kinds of fields. */
function makeObjects(): void {
  const { store } = ironic;
  const redfish = node("redfish", {
    driver_info: REDFISH,
    properties: {
      cpu_arch: "x86_64",
      cpus: 8,
      capabilities: "cpu_vt:true,boot_mode:uefi",
      vendor: "Dell",
      root_device: { size: 100 },
    },
    inspection_finished_at: "2026-01-01T00:00:00+00:00",
    extra: { rack: "r1", nested: { a: [1, null] } },
    traits: ["CUSTOM_GOLD", "HW_CPU_X86_VMX"],
    resource_class: "baremetal",
    provision_state: "manageable",
    power_state: "power on",
  });
  const bare = node("bare", { name: null });
  node("available", {
    provision_state: "available",
    power_state: "power off",
    conductor_group: "east",
    owner: "me",
  });
  node("failed", { provision_state: "clean failed", maintenance: true, last_error: "cleaning failed" });
  node("deployed", {
    provision_state: "active",
    power_state: "power on",
    instance_uuid: "11111111-2222-4333-8444-555555555555",
    instance_info: {
      image_source: `oci://registry.example/os@sha256:${"a".repeat(64)}`,
      image_pull_secret: "user:secret",
      image_disk_format: "unknown",
      image_url: "http://conductor.example/x",
      capabilities: { secure_boot: "true" },
      root_gb: 10,
      configdrive: "H4sI",
    },
  });
  node("tagged", {
    provision_state: "active",
    instance_info: { image_source: "oci://registry.example/os:latest" },
  });
  node("plain", { provision_state: "active", instance_info: {} });
  node("for-allocation", {
    provision_state: "available",
    power_state: "power off",
    resource_class: "alloc",
    traits: ["CUSTOM_A"],
  });
  const group = store.createPortGroup({
    node_uuid: redfish.uuid,
    name: "bond0",
    address: "52:54:00:50:00:0f",
    mode: "802.3ad",
    properties: { miimon: 100 },
    extra: { a: "b" },
  });
  store.createPortGroup({ node_uuid: redfish.uuid });
  store.createPort({
    node_uuid: redfish.uuid,
    address: "52:54:00:50:00:01",
    physical_network: "net",
    portgroup_uuid: group.uuid,
    local_link_connection: { switch_id: "00:00:00:00:00:01", port_id: "p1" },
    extra: { cable: "red" },
  });
  store.createPort({ node_uuid: bare.uuid, address: "52:54:00:50:00:02" });
  store.createAllocation({
    resource_class: "alloc",
    name: "allocated",
    traits: ["CUSTOM_A"],
    candidate_nodes: ["for-allocation"],
    extra: { why: "test" },
  });
  node("for-allocation-2", { provision_state: "available", power_state: "power off", resource_class: "alloc2" });
  store.createAllocation({ resource_class: "alloc2" });
  makePlainObjects(redfish.uuid);
}

let project: Project;
let held: unknown;
const inIronic = () => {
  const { nodes, ports, portGroups, allocations } = ironic.store;
  const collections = [nodes, ports, portGroups, allocations, ...ironic.collections.all.values()];
  return structuredClone(collections.map((things) => [...things.values()]));
};
const generated = () => readFileSync(join(project.terraform.dir, "generated.tf"), "utf8");
const written = (from: number) => ironic.requests.slice(from).filter(({ method }) => method !== "GET");

test("every object can be planned, and the plan is nothing but imports", async () => {
  makeObjects();
  held = inIronic();
  const blocks = await importBlocks(ironic.url);
  expect(new Set(blocks.match(/ironic_\w+(?=\.)/g)).size).toBe(10);
  project = await projects.project(ironic, blocks);
  const { code, stdout, stderr } = await project.terraform.plan("-generate-config-out=generated.tf");
  expect({ code, stderr }).toEqual({ code: 2, stderr: "" });
  expect(flat(stdout)).toContain(
    `Plan: ${blocks.match(/^import/gm)?.length} to import, 0 to add, 0 to change, 0 to destroy.`,
  );
  expect(flat(stdout)).not.toContain("keys that are not configured");
  // Sensitive values are not generated.
  expect(generated()).toMatch(/driver_info += null # sensitive/);
});

test("the generated configuration, unedited, changes nothing in Ironic and plans nothing", async () => {
  const from = ironic.requests.length;
  await project.apply();
  expect(written(from)).toEqual([]);
  expect(inIronic()).toEqual(held);
  expect(await project.planned()).toEqual([]);
});

test("what it does not name stays, whatever is changed beside it", async () => {
  const from = ironic.requests.length;
  const edited = generated()
    .replace('name                         = "redfish"', 'name                         = "renamed"')
    .replace("driver_info              = null # sensitive", "");
  expect(edited).toContain('"renamed"');
  project.terraform.write(edited, "generated.tf");
  expect(await project.planned()).toEqual(["update ironic_node_v1.redfish"]);
  await project.apply();
  expect(written(from)).toMatchObject([
    { method: "PATCH", body: [{ op: "replace", path: "/name", value: "renamed" }] },
  ]);
  expect(ironic.store.node("renamed").driver_info).toEqual(REDFISH);
  expect(await project.planned()).toEqual([]);
});
