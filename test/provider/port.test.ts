import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
let port: ResourceDriver;
let node: string;

beforeEach(async () => {
  rig = await ProviderRig.start();
  node = rig.node({ name: "worker" });
  port = rig.resource("ironic_port_v1");
});
afterEach(() => rig.stop());

const MAC = "52:54:00:00:00:0a";
const args = (more: TfObject = {}): TfObject => ({ node_uuid: node, address: MAC, ...more });
const inIronic = () => rig.port(port.state?.id) ?? {};

/** Names of the attributes that a plan changes. */
async function changes(planned: TfObject): Promise<string[]> {
  const plan = await port.plan(planned);
  expect(plan.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return Object.keys(plan.planned ?? {}).filter(
    (name) => JSON.stringify(plan.planned?.[name]) !== JSON.stringify(port.state?.[name]),
  );
}

describe("creating", () => {
  test("takes over a port that the node has already, such as one that inspection has created", async () => {
    const { uuid } = rig.ironic.store.createPort({ node_uuid: node, address: MAC, extra: { rack: "7" } });
    expect(await port.apply(args({ node_uuid: "worker", pxe_enabled: false, extra: { row: "b" } }))).toEqual([]);
    expect(port.state).toMatchObject({ id: uuid, pxe_enabled: false, extra: { row: "b" } });
    expect(inIronic()).toMatchObject({ pxe_enabled: false, extra: { rack: "7", row: "b" } });
    await port.refresh();
    expect(await changes(args({ node_uuid: "worker", pxe_enabled: false, extra: { row: "b" } }))).toEqual([]);
  });

  test("does not take over a port of another node", async () => {
    rig.ironic.store.createPort({ node_uuid: rig.node({ name: "other" }), address: MAC });
    expect(await port.apply(args())).toMatchObject([{ severity: "error" }]);
    expect(port.state).toBeNull();
  });

  test("sends what is configured, and no more", async () => {
    expect(await port.apply(args({ physical_network: "", extra: { a: null } }))).toEqual([]);
    expect(rig.writes()).toEqual([
      {
        request: "POST /v1/ports",
        body: { uuid: port.state?.id, node_uuid: node, address: MAC, local_link_connection: {}, extra: {} },
      },
    ]);
    expect(port.state).toMatchObject({ pxe_enabled: true, is_smart_nic: false, port_group_uuid: null });
  });

  test("sends everything that can be configured", async () => {
    const all = {
      ...{ pxe_enabled: false, is_smart_nic: true, physical_network: "provisioning" },
      ...{
        local_link_connection: { switch_id: "00:00:00:00:00:0a", port_id: "Ethernet1", hostname: "nic" },
        extra: { rack: "7" },
      },
    };
    expect(await port.apply(args({ ...all, address: "52-54-00-00-00-0A" }))).toEqual([]);
    expect(port.state).toMatchObject({ ...all, address: "52-54-00-00-00-0A" });
    expect(inIronic()).toMatchObject({
      ...{ address: MAC, pxe_enabled: false, is_smartnic: true, physical_network: "provisioning" },
      ...{
        local_link_connection: { switch_id: "00:00:00:00:00:0a", port_id: "Ethernet1", hostname: "nic" },
        extra: { rack: "7" },
      },
    });
    await port.refresh();
    expect(await changes(args({ ...all, address: "52-54-00-00-00-0A" }))).toEqual([]);
  });

  test("of an address that is taken fails, and leaves nothing in state", async () => {
    await port.apply(args());
    const second = rig.resource("ironic_port_v1");
    expect(await second.apply(args())).toMatchObject([
      { severity: "error", detail: expect.stringContaining("already exists") },
    ]);
    expect(second.state).toBeNull();
  });

  test.each(["node_uuid", "address"])("needs %s", async (name) => {
    expect(await port.validate(args({ [name]: null }))).toMatchObject([
      { severity: "error", summary: `A port without ${name}`, path: [name] },
    ]);
    expect(await port.validate(args({ [name]: unknown }))).toEqual([]);
  });

  test.each(["52:54:00", "no address", "52:54:00:00:00:0g"])("refuses the address %s", async (address) => {
    expect(await port.validate(args({ address }))).toMatchObject([{ severity: "error", path: ["address"] }]);
  });
});

describe.each<[string, TfObject, TfObject]>([
  ["an address in other letters", {}, { address: "52-54-00-00-00-0A" }],
  ["a node by its name", {}, { node_uuid: "worker" }],
  [
    "empty values, then nothing",
    { physical_network: "", port_group_uuid: "" },
    { physical_network: null, port_group_uuid: null },
  ],
  ["empty maps, then nothing", { extra: {}, local_link_connection: {} }, { extra: null, local_link_connection: null }],
  ["a map of nulls, then nothing", { extra: { a: null } }, { extra: null }],
  ["a null more in a map", { extra: { a: "1" } }, { extra: { a: "1", b: null } }],
])("%s", (_, created, changed) => {
  test("is created, read, and planned in either form without a change", async () => {
    expect(await port.apply(args(created))).toEqual([]);
    expect(await changes(args(created))).toEqual([]);
    expect(await port.refresh()).toEqual([]);
    expect(await changes(args(created))).toEqual([]);
    expect(await changes(args({ ...created, ...changed }))).toEqual([]);
  });
});

describe("updating", () => {
  beforeEach(async () => {
    await port.apply(args({ extra: { rack: "7", row: "b" }, physical_network: "one" }));
  });

  test("patches only what changes, and leaves keys of others alone", async () => {
    Object.assign(inIronic().extra as object, { foreign: "x" });
    const from = rig.ironic.requests.length;
    expect(await port.apply(args({ extra: { rack: "8" }, physical_network: null, pxe_enabled: false }))).toEqual([]);
    expect(rig.writes(from)).toEqual([
      {
        request: `PATCH /v1/ports/${String(port.state?.id)}`,
        body: expect.arrayContaining([
          { op: "replace", path: "/extra/rack", value: "8" },
          { op: "remove", path: "/extra/row" },
          { op: "remove", path: "/physical_network" },
          expect.objectContaining({ path: "/pxe_enabled", value: false }),
        ]),
      },
    ]);
    expect(inIronic()).toMatchObject({
      extra: { rack: "8", foreign: "x" },
      physical_network: null,
      pxe_enabled: false,
    });
    await port.refresh();
    expect(await changes(args({ extra: { rack: "8" }, pxe_enabled: false }))).toEqual([]);
  });

  test("another address is a patch; another node is another port", async () => {
    expect((await port.plan(args({ address: "52:54:00:00:00:0b" }))).replaced).toEqual([]);
    const other = rig.node({ name: "other" });
    expect((await port.plan(args({ node_uuid: other }))).replaced).toEqual([["node_uuid"]]);
    expect((await port.plan(args({ node_uuid: "other" }))).replaced).toEqual([["node_uuid"]]);
    expect((await port.plan(args({ node_uuid: unknown }))).replaced).toEqual([["node_uuid"]]);
  });

  test("what was left to Ironic stays as it is", async () => {
    Object.assign(inIronic(), { pxe_enabled: false });
    await port.refresh();
    expect(port.state).toMatchObject({ pxe_enabled: false });
    expect(await changes(args({ extra: { rack: "7", row: "b" }, physical_network: "one" }))).toEqual([]);
  });

  test("while its node is in use, the error says how to go on", async () => {
    Object.assign(rig.ironic.store.node(node), { provision_state: "active" });
    const before = port.state;
    expect(await port.apply(args({ extra: { rack: "7", row: "b" }, physical_network: "two" }))).toMatchObject([
      {
        summary: "The port can't be changed while its node is in use",
        detail: expect.stringContaining(`baremetal node maintenance set ${node}`),
      },
    ]);
    expect(port.state).toEqual(before);
  });
});

describe("reading", () => {
  test("drift is shown", async () => {
    await port.apply(args({ extra: { rack: "7" }, physical_network: "one" }));
    Object.assign(inIronic(), { address: "52:54:00:00:00:0b", physical_network: null, extra: { rack: 8 } });
    await port.refresh();
    expect(port.state).toMatchObject({ address: "52:54:00:00:00:0b", physical_network: null, extra: { rack: "8" } });
    expect(await changes(args({ extra: { rack: "7" }, physical_network: "one" }))).toEqual([
      "address",
      "physical_network",
      "extra",
    ]);
  });

  test("a port that is gone leaves the state", async () => {
    await port.apply(args());
    rig.ironic.store.ports.clear();
    expect(await port.refresh()).toEqual([]);
    expect(port.state).toBeNull();
  });

  test("an error of Ironic leaves the state as it is", async () => {
    await port.apply(args());
    const before = port.state;
    rig.ironic.intercept = (_request, response) => {
      response.writeHead(400).end("{}");
      return true;
    };
    expect(await port.refresh()).toMatchObject([{ severity: "error" }]);
    expect(port.state).toEqual(before);
  });
});

describe("destroying", () => {
  test("removes the port; one that is gone already is fine", async () => {
    await port.apply(args());
    const state = port.state;
    expect(await port.apply(null)).toEqual([]);
    expect(rig.ironic.store.ports.size).toBe(0);
    port.state = state;
    expect(await port.apply(null)).toEqual([]);
  });
});

describe("importing", () => {
  test.each<[string, (mac: string) => string]>([
    ["UUID", () => String(port.state?.id)],
    ["MAC address", (mac) => mac],
    ["MAC address in capitals", (mac) => mac.toUpperCase()],
    ["MAC address with -", (mac) => mac.replaceAll(":", "-")],
  ])("by its %s, and planned without a change", async (_by, idOf) => {
    await port.apply(args({ extra: { rack: "7" } }));
    const imported = rig.resource("ironic_port_v1");
    expect(await imported.import(idOf(MAC))).toEqual([]);
    expect(imported.state).toMatchObject({ id: port.state?.id, node_uuid: node, address: MAC, extra: { rack: "7" } });
    const { planned, diagnostics } = await imported.plan(args({ extra: { rack: "7" } }));
    expect(diagnostics).toEqual([]);
    expect(planned).toEqual(imported.state);
  });

  test("what the configuration does not name is told, and stays in Ironic", async () => {
    await port.apply(args({ extra: { rack: "7", row: "b" } }));
    const imported = rig.resource("ironic_port_v1");
    await imported.import(MAC);
    const { diagnostics } = await imported.plan(args({ extra: { rack: "7" } }));
    expect(diagnostics).toMatchObject([{ severity: "warning", detail: expect.stringContaining("extra.row") }]);
    await imported.apply(args({ extra: { rack: "7" } }));
    expect(imported.state).toMatchObject({ extra: { rack: "7" } });
    expect(inIronic().extra).toEqual({ rack: "7", row: "b" });
  });

  test("of one that is not there says what it takes", async () => {
    expect(await port.import("52:54:00:00:00:ff")).toMatchObject([
      { summary: "No such port", detail: expect.stringContaining("UUID or MAC address") },
    ]);
    expect(port.state).toBeNull();
  });
});

describe("state of openshift-metal3/ironic", () => {
  const old = (more: TfObject = {}) => ({
    ...{ id: "", node_uuid: node, address: MAC, pxe_enabled: true, is_smart_nic: null, physical_network: null },
    ...{ port_group_uuid: null, local_link_connection: null, extra: { rack: "7" }, ...more },
  });
  beforeEach(() => {
    const { uuid } = rig.ironic.store.createPort({ node_uuid: node, address: MAC });
    port.state = null;
    id = String(uuid);
  });
  let id: string;

  test("is taken over without a change, although Ironic was never sent its maps", async () => {
    expect(await port.upgrade(0, { ...old(), id })).toEqual([]);
    expect(port.state).toMatchObject({ physical_network: "", port_group_uuid: "", local_link_connection: {} });
    await port.refresh();
    for (const said of [{}, { physical_network: "" }, { local_link_connection: {} }])
      expect(await changes(args({ extra: { rack: "7" }, ...said }))).toEqual([]);
  });

  test("a change sends its maps too, and from then on they are read", async () => {
    await port.upgrade(0, { ...old(), id });
    expect(await port.apply(args({ extra: { rack: "8" } }))).toEqual([]);
    expect(inIronic().extra).toEqual({ rack: "8" });
    Object.assign(inIronic(), { extra: {} });
    await port.refresh();
    expect(await changes(args({ extra: { rack: "8" } }))).toEqual(["extra"]);
  });
});

test("capitals in switch_id, which Ironic stores in lower case, are no change", async () => {
  const link = { switch_id: "00:00:00:00:0A:0B", port_id: "p" };
  await port.apply(args({ local_link_connection: link }));
  Object.assign(inIronic(), { local_link_connection: { ...link, switch_id: "00:00:00:00:0a:0b" } });
  await port.refresh();
  expect(await changes(args({ local_link_connection: link }))).toEqual([]);
  expect(await changes(args({ local_link_connection: { ...link, port_id: "q" } }))).toEqual(["local_link_connection"]);
});
