import type { TfObject, TfValue } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";

// The values of src/provider/shared/rewritten.ts. test/ironic/contract.ts sends them to a real Ironic.

let rig: ProviderRig;
beforeAll(async () => {
  rig = await ProviderRig.start();
});
afterAll(() => rig.stop());

const NODE = { driver: "fake-hardware" };
const LINK = { port_id: "Ethernet1/1", switch_info: "Leaf-1" };
let number = 0;
const inNode = (args: TfObject): TfObject => ({ node_uuid: rig.node(), ...args });

test.each<[string, string, () => TfObject, string, TfValue, TfValue]>([
  ["a conductor group", "ironic_node_v1", () => NODE, "conductor_group", "Rack-1", "rack-1"],
  [
    "the MAC address of a port of a node",
    "ironic_node_v1",
    () => NODE,
    "ports",
    [{ address: "52:54:00:AA:00:01" }],
    [{ address: "52-54-00-aa-00-01" }],
  ],
  ["a MAC address", "ironic_port_v1", () => inNode({}), "address", "52:54:00:AA:00:02", "52:54:00:aa:00:02"],
  [
    "a bond's MAC address",
    "ironic_port_group_v1",
    () => inNode({}),
    "address",
    "52-54-00-AA-00-03",
    "52:54:00:aa:00:03",
  ],
  [
    "a switch by its MAC address",
    "ironic_port_v1",
    () => inNode({ address: "52:54:00:00:00:04" }),
    "local_link_connection",
    { ...LINK, switch_id: "AA:BB:CC:DD:EE:FF" },
    { ...LINK, switch_id: "aa:bb:cc:dd:ee:ff" },
  ],
  [
    "a switch by its datapath ID",
    "ironic_port_v1",
    () => inNode({ address: "52:54:00:00:00:05" }),
    "local_link_connection",
    { ...LINK, switch_id: "00000000ABCDEF01" },
    { ...LINK, switch_id: "00000000abcdef01" },
  ],
])("%s is no difference in either form", async (_, typeName, others, argument, configured, stored) => {
  number += 1;
  const resource = rig.resource(typeName);
  const args = (value: TfValue, extra: TfObject = {}): TfObject => ({ ...base, [argument]: value, extra });
  const base = others();
  expect(await resource.apply(args(configured))).toEqual([]);
  for (const value of [configured, stored]) {
    expect(await resource.refresh()).toEqual([]);
    const from = rig.ironic.requests.length;
    expect(await resource.apply(args(value))).toEqual([]);
    expect(rig.writes(from)).toEqual([]);
    expect(resource.state?.[argument]).toEqual(configured);
  }
  // Another change does not send it again: where the node is in use, Ironic would refuse that.
  const from = rig.ironic.requests.length;
  expect(await resource.apply(args(configured, { number: String(number) }))).toEqual([]);
  expect(rig.writes(from).map(({ body }) => body)).toEqual([
    [{ op: "add", path: "/extra/number", value: String(number) }],
  ]);
});
