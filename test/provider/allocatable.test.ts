import { ProviderRig } from "../support/provider-rig";

// Why no node could be allocated: the reason of each node, through the whole provider.

let rig: ProviderRig;
beforeEach(async () => {
  rig = await ProviderRig.start();
});
afterEach(() => rig.stop());

/** The detail of the error of an allocation that finds no node. */
async function detail(): Promise<string> {
  const allocation = rig.resource("ironic_allocation_v1");
  const [error, ...others] = await allocation.apply({ resource_class: "baremetal", traits: ["CUSTOM_A", "CUSTOM_B"] });
  expect([error?.summary, others]).toEqual(["No node could be allocated", []]);
  return error?.detail ?? "";
}

test.each([
  ["it is in maintenance", { maintenance: true }],
  ["it has the instance i-1", { instance_uuid: "i-1", provision_state: "active" }],
  ['it is in state "active", not "available"', { instance_uuid: "i-1", provision_state: "active" }],
  ['it is in state "clean failed", not "available"', { provision_state: "clean failed" }],
  ["Ironic does not know its power state", { power_state: null, maintenance: true }],
  ["it lacks CUSTOM_A, CUSTOM_B", { traits: [] }],
  ["it lacks CUSTOM_B", { traits: ["CUSTOM_A"] }],
  ["it is a child of node the-chassis", { parent_node: "the-chassis", maintenance: true }],
])("%s", async (reason, fields) => {
  rig.availableNode({ name: "one", traits: ["CUSTOM_A", "CUSTOM_B"], ...fields });
  expect(await detail()).toMatch(new RegExp(`^- one: .*${reason}(;|$)`, "m"));
});

test("a node that Debian's Ironic 29 has made its own parent, with the way out", async () => {
  const uuid = rig.availableNode({ name: "one", maintenance: true });
  rig.ironic.store.node(uuid).parent_node = uuid;
  expect(await detail()).toMatch(/^- one: .*its own parent.*enrol it again/m);
});

test("without a node of the class, that is the reason", async () => {
  rig.availableNode({ resource_class: "Baremetal" });
  expect(await detail()).toContain('no node of the resource class "baremetal"');
});

test("of many nodes, ten are named", async () => {
  for (let count = 0; count < 14; count += 1) rig.availableNode();
  const text = await detail();
  expect(text.match(/^- node-/gm)).toHaveLength(10);
  expect(text).toMatch(/^- and 4 more$/m);
});
