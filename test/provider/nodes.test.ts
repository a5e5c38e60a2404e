import type { Thing } from "../../src/testing/ironic";
import type { TfObject } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
beforeEach(async () => {
  rig = await ProviderRig.start({ ironic: { pageSize: 2, newest: 115 } });
});
afterEach(() => rig.stop());

/** The names of the found nodes, or their UUIDs where they have none. */
async function found(filters: TfObject = {}): Promise<unknown[]> {
  const { state, diagnostics } = await rig.data("ironic_nodes", filters);
  expect(diagnostics).toEqual([]);
  return nodesOf(state).map(({ name, uuid }) => name ?? uuid);
}

const nodesOf = (state: TfObject | null) => (state?.nodes ?? []) as TfObject[];

const lists = () => rig.ironic.requests.filter(({ url }) => url.startsWith("/v1/nodes?"));

test("all nodes, in the order of their names and then of their UUIDs, over all pages", async () => {
  for (const name of ["b", "a", "B", "c"]) rig.node({ name });
  const unnamed = [rig.node({ name: null }), rig.node({ name: null })].sort();
  expect(await found()).toEqual(["B", "a", "b", "c", ...unnamed]);
  expect(lists().length).toBeGreaterThanOrEqual(3);
});

test("a node has what a configuration needs, and neither driver_info nor instance_info are requested", async () => {
  const facts = {
    ...{
      resource_class: "gpu",
      traits: ["CUSTOM_B", "CUSTOM_A"],
      owner: "o",
      lessee: "l",
      shard: "s",
      description: "d",
    },
    ...{ provision_state: "active", power_state: "power on", last_error: "odd", health: "OK", boot_mode: "uefi" },
    ...{ secure_boot: true, instance_uuid: "11111111-2222-3333-4444-555555555555", instance_name: "web-1" },
    ...{ maintenance: true, maintenance_reason: "fan", fault: "power failure", retired: true, protected: true },
    ...{ conductor_group: "rack", target_provision_state: null },
  };
  const uuid = rig.node({
    ...{ name: "n", ...facts, properties: { cpus: 4, capabilities: "a:b", empty: null }, extra: { rack: "r1" } },
    ...{ driver_info: { redfish_password: "hidden" }, instance_info: { image_source: "hidden" } },
  });
  const { state } = await rig.data("ironic_nodes", {});
  const traits = expect.arrayContaining(["CUSTOM_A", "CUSTOM_B"]);
  const free = { properties: { cpus: "4", capabilities: "a:b" }, extra: { rack: "r1" }, parent_node: null };
  expect(state?.nodes).toEqual([{ uuid, name: "n", driver: "fake-hardware", ...facts, ...free, traits }]);
  expect(lists().map(({ url }) => url)).toEqual([expect.not.stringMatching(/driver_info|instance_info|detail/)]);
});

test("the mark that this provider writes for itself is no metadata", async () => {
  await rig.resource("ironic_node_v1").apply({ driver: "fake-hardware", name: "own", extra: { rack: "r1" } });
  const { state } = await rig.data("ironic_nodes", {});
  expect(state).toMatchObject({ nodes: [{ name: "own", extra: { rack: "r1" } }] });
});

describe("filters", () => {
  const NODES: readonly Thing[] = [
    { name: "a", resource_class: "gpu", traits: ["CUSTOM_A", "CUSTOM_B"], shard: "Shard-1", conductor_group: "rack-1" },
    { name: "b", resource_class: "gpu", traits: ["CUSTOM_A"], shard: "shard-2", retired: true, owner: "o" },
    { name: "c", traits: [], instance_uuid: "11111111-2222-4333-8444-555555555555", lessee: "l" },
    { name: "d", maintenance: true, fault: "power failure", description: "a Spare", instance_name: "web-1" },
  ];
  beforeEach(() => {
    for (const node of NODES) rig.node(node);
  });

  test.each<[TfObject, readonly string[]]>([
    [{ resource_class: "gpu" }, ["a", "b"]],
    [{ traits: ["CUSTOM_B", "CUSTOM_A"] }, ["a"]],
    [{ traits: ["CUSTOM_A"], retired: false }, ["a"]],
    [{ conductor_group: "Rack-1" }, ["a"]],
    [{ conductor_group: "" }, ["b", "c", "d"]],
    [{ shards: ["Shard-1"] }, ["a"]],
    [{ shards: ["shard-1"] }, []],
    [{ shards: ["shard-2", "Shard-1"] }, ["a", "b"]],
    [{ sharded: false, associated: false }, ["d"]],
    [{ instance_uuid: "11111111-2222-4333-8444-555555555555" }, ["c"]],
    [{ instance_name: "web-1" }, ["d"]],
    [{ owner: "o", driver: "fake-hardware" }, ["b"]],
    [{ lessee: "l" }, ["c"]],
    [{ maintenance: false, resource_class: null }, ["a", "b", "c"]],
    [{ fault: "power failure", description_contains: "spare" }, ["d"]],
    [{ provision_state: "active" }, []],
  ])("%j", async (filters, names) => {
    expect(await found(filters)).toEqual(names);
  });

  test("a node that Ironic 29 makes its own parent is none's child; child nodes are left out, or found by the parent", async () => {
    const a = rig.ironic.store.node("a");
    a.parent_node = a.uuid ?? null;
    rig.node({ name: "child", parent_node: a.uuid ?? null });
    expect(await found({ resource_class: "gpu" })).toEqual(["a", "b"]);
    expect(await found({ include_children: true })).toEqual(["a", "b", "c", "child", "d"]);
    for (const parent_node of ["a", String(a.uuid), String(a.uuid).toUpperCase()]) {
      expect(await found({ parent_node })).toEqual(["child"]);
    }
    const missing = await rig.data("ironic_nodes", { parent_node: "nowhere" });
    expect(missing.diagnostics).toMatchObject([{ summary: "Ironic does not have this object" }]);
  });

  test("data sources with the same filters share a list, others have their own", async () => {
    const from = rig.ironic.requests.length;
    const same = Array.from({ length: 10 }, () => found({ resource_class: "gpu" }));
    const others = [found({ maintenance: true }), found({ traits: ["CUSTOM_B"], resource_class: "gpu" })];
    expect(await Promise.all([...same, ...others])).toEqual([...same.map(() => ["a", "b"]), ["d"], ["a"]]);
    const paths = rig.ironic.requests.slice(from).map(({ url }) => url);
    expect(paths.filter((url) => url.includes("resource_class=gpu") && !url.includes("marker"))).toHaveLength(1);
  });

  test.each<[string, TfObject]>([
    ["an empty text, which a variable may have", { resource_class: "" }],
    ["no shards", { shards: [] }],
    ["a shard with a comma", { shards: ["a,b"] }],
    ["no UUID", { instance_uuid: "" }],
    ["a name where a UUID is needed", { chassis_uuid: "c-1" }],
    ["an unknown fault", { fault: "flood" }],
    ["no trait", { traits: ["gold"] }],
  ])("%s is refused by validation", async (_what, filters) => {
    const [argument] = Object.keys(filters);
    const diagnostics = await rig.validateData("ironic_nodes", filters);
    expect(diagnostics).toMatchObject([{ severity: "error", path: expect.arrayContaining([argument]) }]);
  });

  test("Ironic's refusal of a filter is shown", async () => {
    const { diagnostics } = await rig.data("ironic_nodes", { provision_state: "Available!" });
    expect(diagnostics).toMatchObject([{ detail: expect.stringContaining('"Available!" is not valid') }]);
  });
});

describe("an older Ironic", () => {
  let older: ProviderRig;
  afterEach(() => older.stop());

  test("has null for the fields that it does not know, and no child nodes", async () => {
    older = await ProviderRig.start({ ironic: { newest: 45 } });
    older.node({ name: "n", owner: "o" });
    const { state, diagnostics } = await older.data("ironic_nodes", { resource_class: null, maintenance: false });
    expect(diagnostics).toEqual([]);
    expect(state).toMatchObject({ nodes: [{ name: "n", traits: [], owner: null, shard: null, retired: null }] });
  });

  test("is an error for the filters that it does not know, by name", async () => {
    older = await ProviderRig.start({ ironic: { newest: 60 } });
    const { diagnostics } = await older.data("ironic_nodes", { shards: ["s"], lessee: "l", owner: "o" });
    expect(diagnostics).toMatchObject([
      {
        summary: "The API microversion is too old",
        detail: expect.stringMatching(
          /1\.82 is needed for the filter shard of nodes, 1\.65 for lessee, 1\.50 for owner, and this Ironic supports up to 1\.60/,
        ),
      },
    ]);
  });
});
