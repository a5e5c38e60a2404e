import { hasFeature, IronicClient } from "../../../src/ironic";
import { InProcessIronic } from "../../../src/testing/ironic";
import { BIOS, FIRMWARE, HISTORY, INVENTORY, SHOWN_INVENTORY } from "../../support/node-facts";
import { type NodeFacts, startIronic } from "../support/ironic";
import { flat, type Project, Projects } from "./project";

interface Recording {
  readonly url: string;
  record(uuid: string, facts: NodeFacts): Promise<void>;
  stop(): Promise<void>;
}

async function standIn(): Promise<Recording> {
  const ironic = await InProcessIronic.start();
  return {
    url: ironic.url,
    async record(uuid, { inventory, firmware = [], bios = [], history = [] }) {
      const { store } = ironic;
      if (inventory) store.inventories.set(uuid, inventory);
      store.firmware.set(uuid, firmware);
      store.bios.set(uuid, bios);
      store.histories.set(uuid, [...history]);
    },
    stop: () => ironic.stop(),
  };
}

const LIST = `data "ironic_nodes" "it" {`;
/** Filters, and the names of the nodes that they find. */
const FILTERS: readonly [filters: string, names: readonly (string | null)[]][] = [
  ["", ["n-a", "n-b", "n-c", null]],
  ["include_children = true", ["n-a", "n-b", "n-c", "n-child", null]],
  ['parent_node = "n-c"', ["n-child"]],
  ['resource_class = "gpu"', ["n-a", "n-b"]],
  ['resource_class = "GPU"', []],
  ['resource_class = "gpu"\n traits = ["CUSTOM_A", "CUSTOM_B"]', ["n-a"]],
  ['provision_state = "manageable"', ["n-b"]],
  ['provision_state = "enroll"\n driver = "fake-hardware"\n resource_class = "gpu"', ["n-a"]],
  ['conductor_group = ""\n resource_class = "gpu"', ["n-a", "n-b"]],
  ['owner = "team-1"', ["n-a"]],
  ['lessee = "team-2"', ["n-b"]],
  ['shards = ["Shard-1"]', ["n-a"]],
  ['shards = ["Shard-1", "shard-2"]', ["n-a", "n-b"]],
  ["sharded = true", ["n-a", "n-b"]],
  ["maintenance = true", ["n-c"]],
  ["maintenance = false\n retired = true", ["n-b"]],
  ['description_contains = "spare"', ["n-c"]],
  ["associated = true", ["n-a"]],
  ['instance_uuid = "11111111-2222-4333-8444-555555555555"', ["n-a"]],
  ['fault = "power failure"', []],
];

describe.each<[string, () => Promise<Recording>]>([
  ["the stand-in", standIn],
  ["a real Ironic", () => startIronic("noauth")],
  ["a real Ironic 39", () => startIronic("noauth", { suite: "sid" })],
])("data sources on %s", (_name, start) => {
  let ironic: Recording;
  let client: IronicClient;
  let projects: Projects;
  let project: Project;
  beforeAll(async () => {
    projects = await Projects.install();
    ironic = await start();
    client = new IronicClient({ url: ironic.url });
    const create = (fields: object) => client.createNode({ driver: "fake-hardware", ...fields });
    const a = await create({ name: "n-a", resource_class: "gpu", shard: "Shard-1", owner: "team-1" });
    const b = await create({ name: "n-b", resource_class: "gpu", shard: "shard-2", lessee: "team-2" });
    const c = await create({ name: "n-c", description: "a spare machine" });
    await create({ properties: { cpus: 4 }, driver_info: { redfish_password: "hidden-bmc-password" } });
    await create({ name: "n-child", parent_node: c.uuid });
    await client.setTraits(a.uuid, ["CUSTOM_A", "CUSTOM_B"]);
    await client.setTraits(b.uuid, ["CUSTOM_A"]);
    await client.moveTo(b.uuid, "manageable");
    // From here, Ironic 29 takes them for their own parents.
    await client.patchNode(b.uuid, [{ op: "add", path: "/retired", value: true }]);
    const instance = "11111111-2222-4333-8444-555555555555";
    await client.patchNode(a.uuid, [{ op: "add", path: "/instance_uuid", value: instance }]);
    await client.setMaintenance(c.uuid, "a fan is loud");
    await ironic.record(a.uuid, { inventory: INVENTORY, firmware: FIRMWARE, bios: BIOS, history: HISTORY });
    project = await projects.project(ironic, "");
  });
  afterAll(async () => {
    await client?.close();
    await ironic?.stop();
    projects?.remove();
  });

  test("nodes are found by each filter, in one order", async () => {
    const lists = FILTERS.map(([filters], index) => `${LIST.replace("it", `f${index}`)}\n ${filters}\n}`);
    project.write(lists.join("\n"));
    await project.apply();
    const resources = await project.terraform.resources();
    const found = FILTERS.map(([filters], index) => {
      const nodes = resources[`data.ironic_nodes.f${index}`]?.values.nodes as { name: string | null }[];
      return [filters, nodes.map(({ name }) => name)];
    });
    expect(found).toEqual(FILTERS);
    expect(resources["data.ironic_nodes.f0"]?.values).toHaveProperty(
      "nodes.0",
      expect.objectContaining({
        ...{ driver: "fake-hardware", resource_class: "gpu", provision_state: "enroll", maintenance: false },
        ...{ traits: ["CUSTOM_A", "CUSTOM_B"], owner: "team-1", shard: "Shard-1", parent_node: null, protected: false },
        ...{ conductor_group: "", retired: false, properties: {}, extra: {}, instance_name: null, fault: null },
      }),
    );
    expect(await project.planned()).toEqual([]);
  });

  test("a filter that this Ironic does not know is an error that names it and the microversion", async () => {
    project.write(`${LIST}\n instance_name = "web-1"\n}`);
    const { code, stderr } = await project.terraform.apply();
    const isKnown = hasFeature(await client.microversion(), "1.104");
    expect({ code, named: flat(stderr).includes("1.104 is needed for the filter instance_name of nodes") }).toEqual({
      code: isKnown ? 0 : 1,
      named: !isKnown,
    });
    const older = await projects.project(ironic, `${LIST}\n shards = ["Shard-1"]\n}`, { IRONIC_MICROVERSION: "1.50" });
    await older.apply();
    const { "data.ironic_nodes.it": found } = await older.terraform.resources();
    expect(found?.values.nodes).toMatchObject([{ name: "n-a" }]);
  });

  const FACTS = ["inventory", "firmware", "bios", "history"] as const;
  const facts = (name: string, more = "") =>
    FACTS.map((what) => `data "ironic_node_${what}" "it" {\n node = ${JSON.stringify(name)}\n ${more}\n}`).join("\n");

  test("a node's inventory, firmware, BIOS settings and history", async () => {
    project.write(facts("n-a"));
    await project.apply();
    const resources = await project.terraform.resources();
    const [inventory, firmware, bios, history] = FACTS.map((what) => resources[`data.ironic_node_${what}.it`]?.values);
    expect(inventory).toMatchObject(SHOWN_INVENTORY);
    const hasIdentity = hasFeature(await client.microversion(), "1.114");
    expect(firmware).toMatchObject({
      versions: { bios: "2.4", bmc: "1.2" },
      components: [
        { component: "bios", initial_version: "2.4", last_version_flashed: null, vendor: null },
        { component: "bmc", last_version_flashed: "1.2", vendor: hasIdentity ? "Example" : null },
      ],
    });
    expect(bios).toMatchObject({
      values: {
        ...{ AcPowerDelay: "30", PasswordStatus: "Unlocked", ProcVirtualization: "Enabled", SetupPassword: "******" },
      },
      settings: [
        { name: "AcPowerDelay", attribute_type: "Integer", lower_bound: 0, upper_bound: 240 },
        { name: "AssetTag", value: null },
        { name: "PasswordStatus" },
        { name: "ProcVirtualization", allowable_values: ["Enabled", "Disabled"], read_only: false },
        { name: "SetupPassword", value: "******", max_length: 32 },
      ],
    });
    expect((history as { events: { event: string }[] }).events.map(({ event }) => event)).toEqual([
      "event 4",
      "event 3",
      "event 2",
      "event 1",
    ]);
    expect(await project.planned()).toEqual([]);
  });

  test("raw JSON of the inventory, the newest events of a severity, and no secrets in the state", async () => {
    project.write(`
data "ironic_node_inventory" "it" {
  node        = "n-a"
  include_raw = true
}
data "ironic_node_history" "it" {
  node     = "n-a"
  severity = "ERROR"
  limit    = 2
}
`);
    await project.apply();
    const resources = await project.terraform.resources();
    const { inventory_json, plugin_data_json } = resources["data.ironic_node_inventory.it"]?.values ?? {};
    expect(JSON.parse(String(inventory_json))).toEqual(INVENTORY.inventory);
    expect(JSON.parse(String(plugin_data_json))).toMatchObject({ collected: { ipmi_password: "******", lanes: 4 } });
    const events = resources["data.ironic_node_history.it"]?.values.events;
    expect(events).toMatchObject([{ event: "event 4" }, { event: "event 2", severity: "ERROR" }]);
    expect(await project.everythingWritten()).not.toContain("hidden-");
  });

  test("what is not there is an error with the reason", async () => {
    project.write('data "ironic_node_inventory" "it" {\n node = "n-b"\n}');
    const { code, stderr } = await project.terraform.apply();
    expect(code).toBe(1);
    expect(flat(stderr)).toContain("Node n-b: It is manageable, and has not been inspected");
    project.write(facts("nowhere"));
    const missing = await project.terraform.apply();
    expect(flat(missing.stderr).match(/Node nowhere could not be found/g)).toHaveLength(FACTS.length);
    const uuid = "99999999-2222-4333-8444-555555555555";
    project.write(facts(uuid));
    const unknown = await project.terraform.apply();
    expect(flat(unknown.stderr).match(new RegExp(`Node ${uuid} could not be found`, "g"))).toHaveLength(FACTS.length);
  });
});
