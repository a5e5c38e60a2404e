import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

let rig: IronicRig;
let group: IronicLife;
let node: string;

beforeEach(async () => {
  rig = await IronicRig.start();
  node = String(rig.ironic.store.createNode({ driver: "fake-hardware", name: "worker" }).uuid);
  group = rig.life("ironic_port_group_v1");
});
afterEach(() => rig.stop());

const args = (more: TfObject = {}): TfObject => ({ node_uuid: node, name: "bond0", ...more });
const inIronic = () => rig.ironic.store.portGroups.get(String(group.state?.id)) ?? {};
const changes = async (configured: TfObject) => (await group.planned(configured)).changes;

test("is created with what is configured, and has Ironic's defaults", async () => {
  expect(await group.apply(args())).toEqual([]);
  expect(group.state).toMatchObject({ mode: "active-backup", standalone_ports_supported: true, address: null });
  expect(inIronic()).toMatchObject({
    uuid: group.state?.id,
    node_uuid: node,
    name: "bond0",
    properties: {},
    extra: {},
  });
  await group.refresh();
  expect(await changes(args())).toBe(false);
});

test("everything that can be configured is sent, compared as Ironic stores it, and changed in place", async () => {
  const all = {
    ...{ address: "52-54-00-00-00-0A", mode: "802.3ad", standalone_ports_supported: false },
    ...{ properties: { miimon: "100", lacp_rate: "fast" }, extra: { rack: "7" } },
  };
  await group.applied(args({ node_uuid: "worker", ...all }));
  expect(inIronic()).toMatchObject({ ...all, address: "52:54:00:00:00:0a", node_uuid: node });
  await group.refresh();
  expect(await changes(args({ node_uuid: "worker", ...all }))).toBe(false);
  expect(await changes(args({ ...all, address: "52:54:00:00:00:0a" }))).toBe(false);

  const from = rig.ironic.requests.length;
  await group.applied(args({ name: "bond1", ...all, mode: "active-backup", properties: { miimon: "50" } }));
  expect(rig.written(from)).toEqual(["PATCH portgroups"]);
  expect(inIronic()).toMatchObject({ name: "bond1", mode: "active-backup", properties: { miimon: "50" } });
  expect(inIronic().properties).toEqual({ miimon: "50" });
});

test.each([
  ["802.3ad", 0],
  ["4", 0],
  ["", 0],
  [null, 0],
  [unknown, 0],
  ["802.3.ad", 1],
  ["LACP", 1],
])("a mode %s, which Ironic accepts, has %s warnings: machines know the modes of Linux", async (mode, count) => {
  const found = await group.validate(args({ mode } as TfObject));
  expect(found).toHaveLength(count);
  if (count > 0) expect(found).toMatchObject([{ severity: "warning", path: ["mode"] }]);
});

test("drift is planned; keys that are not configured are not", async () => {
  await group.applied(args({ mode: "802.3ad", extra: { rack: "7" } }));
  Object.assign(inIronic(), { extra: { rack: "7", seen: "by-hand" } });
  await group.refresh();
  expect(await changes(args({ mode: "802.3ad", extra: { rack: "7" } }))).toBe(false);
  Object.assign(inIronic(), { mode: "balance-rr" });
  await group.refresh();
  expect(await changes(args({ mode: "802.3ad", extra: { rack: "7" } }))).toBe(true);
});

test.each(["bond0", "its UUID"])("is imported by %s", async (by) => {
  const { uuid } = rig.ironic.store.createPortGroup({ node_uuid: node, name: "bond0", extra: { rack: "7" } });
  await group.import(by === "bond0" ? by : String(uuid));
  await group.refresh();
  expect(await changes(args({ extra: { rack: "7" } }))).toBe(false);
});

test("a conflict names the way to take over what exists; a node that does not exist is an error", async () => {
  const { uuid: other } = rig.ironic.store.createNode({ driver: "fake-hardware" });
  rig.ironic.store.createPortGroup({ node_uuid: String(other), name: "bond0" });
  const [error] = await group.apply(args());
  expect(error?.detail).toMatch(/bond0 already exists.*terraform import/s);
  expect((await group.apply(args({ node_uuid: "no-such", name: "bond1" })))[0]?.severity).toBe("error");
});

test("one that the node has already is taken over, its other options left unchanged", async () => {
  const properties = { miimon: "100", lacp_rate: "slow" };
  const { uuid } = rig.ironic.store.createPortGroup({ node_uuid: node, name: "bond0", properties });
  expect(await group.apply(args({ mode: "802.3ad", properties: { lacp_rate: "fast" } }))).toEqual([]);
  expect(group.state).toMatchObject({ id: uuid, mode: "802.3ad" });
  expect(inIronic()).toMatchObject({ mode: "802.3ad", properties: { miimon: "100", lacp_rate: "fast" } });
});

test("is deleted; one that is gone already is fine, and one with ports is not", async () => {
  await group.applied(args());
  const port = rig.ironic.store.createPort({
    node_uuid: node,
    address: "52:54:00:00:00:01",
    portgroup_uuid: group.state?.id,
  });
  expect((await group.apply(null))[0]?.detail).toContain("contains ports");
  rig.ironic.store.ports.delete(String(port.uuid));
  rig.ironic.store.portGroups.delete(String(group.state?.id));
  expect(await group.apply(null)).toEqual([]);
});
