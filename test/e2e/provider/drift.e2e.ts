import { InProcessIronic, type Thing } from "../../../src/testing/ironic";
import type { ShownChange } from "../support/terraform";
import { type Project, Projects } from "./project";

// Every argument that Ironic shows, changed by hand all at once. Not here, because Ironic does not show them: what is written
// only, orders that were carried out (clean, inspect, raid_config, bios_settings, power_state_timeout), and the config drive.
const CONFIGURATION = `
resource "ironic_node_v1" "n" {
  name               = "drifter"
  driver             = "fake-hardware"
  driver_info        = { redfish_address = "https://bmc.example", redfish_username = "admin" }
  deploy_kernel      = "http://images.example/kernel"
  deploy_ramdisk     = "http://images.example/ramdisk"
  properties         = { cpu_arch = "x86_64" }
  root_device        = { name = "/dev/sda" }
  extra              = { rack = "r1" }
  resource_class     = "drifter"
  traits             = ["CUSTOM_GOLD"]
  conductor_group    = "east"
  owner              = "me"
  ports              = [{ address = "52:54:00:40:00:01", pxe_enabled = "true", physical_network = "net" }]
  available          = true
  target_power_state = "power on"
  INTERFACES
}
resource "ironic_node_v1" "managed" {
  name   = "managed"
  driver = "fake-hardware"
  manage = true
}
resource "ironic_node_v1" "other" {
  name   = "other"
  driver = "fake-hardware"
}
resource "ironic_port_v1" "p" {
  node_uuid             = ironic_node_v1.managed.id
  address               = "52:54:00:40:00:02"
  pxe_enabled           = true
  is_smart_nic          = false
  physical_network      = "net"
  local_link_connection = { switch_id = "00:00:00:00:00:01", port_id = "p1" }
  extra                 = { cable = "red" }
}
resource "ironic_node_v1" "allocated" {
  name           = "allocated"
  driver         = "fake-hardware"
  resource_class = "allocated"
  traits         = ["CUSTOM_GOLD"]
  available      = true
}
resource "ironic_allocation_v1" "a" {
  name            = "drifting-allocation"
  resource_class  = ironic_node_v1.allocated.resource_class
  candidate_nodes = [ironic_node_v1.allocated.id]
  traits          = ironic_node_v1.allocated.traits
  extra           = { why = "test" }
}
resource "ironic_deployment" "d" {
  node_uuid     = ironic_allocation_v1.a.node_uuid
  instance_info = { image_source = "http://images.example/a", root_gb = 10, capabilities = "secure_boot:true" }
}
`;
const INTERFACES = [
  ...["bios", "boot", "console", "deploy", "firmware", "inspect", "management"],
  ...["power", "raid", "rescue", "vendor"],
].map((name) => `${name}_interface`);
const ALL_INTERFACES = [...INTERFACES, "network_interface", "storage_interface"];
const configuration = CONFIGURATION.replace(
  "INTERFACES",
  ALL_INTERFACES.map((name) => `${name} = "${INTERFACES.includes(name) ? "fake" : "noop"}"`).join("\n  "),
);

/** What Ironic holds, by what this file calls it. */
interface World {
  readonly node: Thing;
  readonly managed: Thing;
  readonly allocated: Thing;
  readonly other: Thing;
  readonly port: Thing;
  readonly nodePort: Thing;
  readonly allocation: Thing;
}

interface Drift {
  readonly argument: string;
  /** What somebody makes of it in Ironic. */
  readonly change: (world: World) => unknown;
  /** What a plan finds. */
  readonly found: unknown;
}

const drift = (argument: string, change: Drift["change"], found: unknown): Drift => ({ argument, change, found });
/** Of a field that has the argument's name in Ironic. */
const field = (of: keyof World, argument: string, value: unknown) =>
  drift(argument, (world) => Object.assign(world[of], { [argument]: value }), value);
/** One key of one of the free-form fields. */
const inside = (thing: Thing, name: string, value: Thing) => Object.assign(thing[name] as Thing, value);

const CHANGED_DRIVER_INFO = { redfish_address: "https://bmc.example", redfish_username: "root" };
const CHANGED_LINK = { switch_id: "00:00:00:00:00:01", port_id: "p2" };
const CHANGED_INFO = { image_source: "http://images.example/b", capabilities: { secure_boot: "false" } };

const NODE: readonly Drift[] = [
  field("node", "name", "renamed"),
  field("node", "driver", "redfish"),
  ...ALL_INTERFACES.map((name) => field("node", name, "by-hand")),
  // What the configuration does not name is left alone.
  drift("extra", ({ node }) => Object.assign(node, { extra: { rack: "r2", by: "hand" } }), { rack: "r2" }),
  field("node", "resource_class", "other"),
  field("node", "traits", ["CUSTOM_SLOW"]),
  field("node", "conductor_group", "west"),
  field("node", "owner", "somebody"),
  drift("driver_info", ({ node }) => inside(node, "driver_info", CHANGED_DRIVER_INFO), CHANGED_DRIVER_INFO),
  drift("deploy_kernel", ({ node }) => inside(node, "driver_info", { deploy_kernel: "k" }), "k"),
  drift("deploy_ramdisk", ({ node }) => inside(node, "driver_info", { deploy_ramdisk: null }), null),
  drift("properties", ({ node }) => inside(node, "properties", { cpu_arch: "aarch64" }), { cpu_arch: "aarch64" }),
  drift("root_device", ({ node }) => inside(node, "properties", { root_device: { size: 5 } }), {}),
  drift("ports", ({ nodePort }) => Object.assign(nodePort, { pxe_enabled: false, physical_network: null }), [
    { address: "52:54:00:40:00:01", pxe_enabled: "false", physical_network: "" },
  ]),
  drift("available", ({ node }) => Object.assign(node, { provision_state: "manageable" }), false),
];
const MANAGED = [drift("manage", ({ managed }) => Object.assign(managed, { provision_state: "enroll" }), false)];
const PORT: readonly Drift[] = [
  field("port", "address", "52:54:00:40:00:03"),
  field("port", "pxe_enabled", false),
  drift("is_smart_nic", ({ port }) => Object.assign(port, { is_smartnic: true }), true),
  field("port", "physical_network", "elsewhere"),
  drift("port_group_uuid", ({ port }) => Object.assign(port, { portgroup_uuid: "a-group" }), "a-group"),
  field("port", "local_link_connection", CHANGED_LINK),
  field("port", "extra", {}),
];
const ALLOCATION: readonly Drift[] = [
  field("allocation", "name", "renamed"),
  field("allocation", "resource_class", "other"),
  field("allocation", "traits", []),
  field("allocation", "extra", { why: "hand" }),
];
const DEPLOYMENT: readonly Drift[] = [
  // Nobody says root_gb any more.
  drift("instance_info", ({ allocated }) => Object.assign(allocated, { instance_info: CHANGED_INFO }), {
    image_source: "http://images.example/b",
    capabilities: "secure_boot:false",
  }),
];
const ALL = [
  ...NODE.map((each) => ({ ...each, resource: "ironic_node_v1.n" })),
  ...MANAGED.map((each) => ({ ...each, resource: "ironic_node_v1.managed" })),
  ...PORT.map((each) => ({ ...each, resource: "ironic_port_v1.p" })),
  ...ALLOCATION.map((each) => ({ ...each, resource: "ironic_allocation_v1.a" })),
  ...DEPLOYMENT.map((each) => ({ ...each, resource: "ironic_deployment.d" })),
];

let projects: Projects;
let ironic: InProcessIronic;
let project: Project;
let world: World;

beforeAll(async () => {
  projects = await Projects.install();
  ironic = await InProcessIronic.start();
  project = await projects.project(ironic, configuration);
  await project.apply();
  const { nodes, ports, allocations } = ironic.store;
  const called = (things: ReadonlyMap<string, Thing>, name: string) =>
    [...things.values()].find((thing) => thing.name === name || thing.address === name) as Thing;
  world = {
    node: called(nodes, "drifter"),
    managed: called(nodes, "managed"),
    allocated: called(nodes, "allocated"),
    other: called(nodes, "other"),
    port: called(ports, "52:54:00:40:00:02"),
    nodePort: called(ports, "52:54:00:40:00:01"),
    allocation: called(allocations, "drifting-allocation"),
  };
});
afterAll(async () => {
  await ironic.stop();
  projects.remove();
});

test("nothing drifts by itself", async () => {
  expect(await project.planned()).toEqual([]);
});

describe("what somebody changed is found, and planned back", () => {
  let changes: Readonly<Record<string, ShownChange["change"]>>;
  let configured: Readonly<Record<string, ShownChange["change"]["before"]>>;
  beforeAll(async () => {
    configured = Object.fromEntries(
      Object.entries(await project.terraform.resources()).map(([address, { values }]) => [address, values]),
    );
    for (const { change } of ALL) change(world);
    changes = await project.terraform.changes();
  });

  test.each(ALL)("$resource: $argument", ({ resource, argument, found }) => {
    const { before, after } = changes[resource] as ShownChange["change"];
    expect(before?.[argument]).toEqual(found);
    expect(after?.[argument]).toEqual(configured[resource]?.[argument]);
    expect(after?.[argument]).not.toEqual(found);
  });

  test("a port at another node, and a power state", async () => {
    const { node, port, other } = world;
    port.node_uuid = other.uuid;
    Object.assign(node, { provision_state: "available", power_state: "power off" });
    const again = await project.terraform.changes();
    expect(again["ironic_port_v1.p"]?.actions).toEqual(["delete", "create"]);
    expect(again["ironic_port_v1.p"]?.before).toMatchObject({ node_uuid: other.uuid });
    expect(again["ironic_node_v1.n"]).toMatchObject({
      before: { target_power_state: "power off" },
      after: { target_power_state: "power on" },
    });
  });
});

test("what somebody deleted is planned anew, each of the four", async () => {
  const { node, allocated, port, allocation } = world;
  ironic.store.nodes.delete(String(node.uuid));
  ironic.store.ports.delete(String(port.uuid));
  ironic.store.allocations.delete(String(allocation.uuid));
  Object.assign(allocated, { provision_state: "available", instance_uuid: null, instance_info: {} });
  const planned = await project.planned();
  expect(planned).toEqual(
    expect.arrayContaining([
      "create ironic_node_v1.n",
      "create ironic_port_v1.p",
      "create ironic_allocation_v1.a",
      "create ironic_deployment.d",
    ]),
  );
});
