import { dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import { ProviderRig } from "../support/provider-rig";

// Resources that refer to a node by its name, such as `ironic_node_v1.n.name`, while the node gets another name.

let rig: ProviderRig;
let node: ResourceDriver;
const nodeArgs = (name: string): TfObject => ({
  driver: "fake-hardware",
  name,
  resource_class: "baremetal",
  available: true,
});
const RESET = { interface: "bios", step: "factory_reset" };
/** What each of Terraform's runs begins with. */
const anotherRun = () => rig.configure({ url: rig.ironic.url });

beforeEach(async () => {
  rig = await ProviderRig.start();
  node = rig.resource("ironic_node_v1");
  await node.apply(nodeArgs("old"));
  await anotherRun();
});
afterEach(() => rig.stop());

const dependents: [type: string, argument: string, args: (name: string) => TfObject][] = [
  ["ironic_port_v1", "node_uuid", (name) => ({ node_uuid: name, address: "52:54:00:00:00:01" })],
  ["ironic_port_group_v1", "node_uuid", (name) => ({ node_uuid: name, name: "bond" })],
  ["ironic_volume_connector_v1", "node_uuid", (name) => ({ node_uuid: name, type: "iqn", connector_id: "i" })],
  [
    "ironic_volume_target_v1",
    "node_uuid",
    (name) => ({ node_uuid: name, volume_type: "iscsi", volume_id: "v", boot_index: 0 }),
  ],
  ["ironic_allocation_v1", "candidate_nodes", (name) => ({ resource_class: "baremetal", candidate_nodes: [name] })],
  [
    "ironic_deployment",
    "node_uuid",
    (name) => ({ node_uuid: name, instance_info: { image_source: "http://x.example/a", root_gb: "1" } }),
  ],
  ["ironic_node_cleaning_v1", "node_uuid", (name) => ({ node_uuid: name, steps: dynamic([RESET]) })],
];

describe.each(dependents)("%s", (type, argument, args) => {
  let dependent: ResourceDriver;
  beforeEach(async () => {
    dependent = rig.resource(type);
    await dependent.apply(args("old"));
    await anotherRun();
    await dependent.refresh();
  });

  async function expectNoChange(name: string): Promise<void> {
    const { planned, diagnostics, replaced } = await dependent.plan(args(name));
    expect([diagnostics, replaced]).toEqual([[], []]);
    expect(planned).toEqual(dependent.state);
  }

  test("a rename in the configuration is no change of what refers to the node", async () => {
    await node.plan(nodeArgs("new"));
    await expectNoChange("new");
    await node.apply(nodeArgs("new"));
    for (let runs = 0; runs < 2; runs += 1) {
      await anotherRun();
      await dependent.refresh();
      await expectNoChange("new");
    }
  });

  test("a rename by another client, which the apply takes back, is none either", async () => {
    rig.ironic.store.node("old").name = "other";
    await node.refresh();
    await dependent.refresh();
    await node.plan(nodeArgs("old"));
    await expectNoChange("old");
  });

  test("a name that no node has any more is an error, and no replacement", async () => {
    rig.ironic.store.node("old").name = "other";
    await dependent.refresh();
    // Their states have the name, and whose it was.
    if (["ironic_deployment", "ironic_allocation_v1", "ironic_node_cleaning_v1"].includes(type))
      return expectNoChange("old");
    const { replaced, diagnostics } = await dependent.plan(args("old"));
    expect(replaced).toEqual([]);
    expect(diagnostics).toMatchObject([{ severity: "error", summary: "No node has this name" }]);
    expect(diagnostics[0]?.detail).toContain('"old"');
    await expectNoChange("other");
  });

  test("a node that the same apply creates is another node", async () => {
    await rig.resource("ironic_node_v1").plan(nodeArgs("second"));
    expect((await dependent.plan(args("second"))).replaced).toEqual([[argument]]);
  });
});
