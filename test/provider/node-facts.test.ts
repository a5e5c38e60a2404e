import type { TfObject } from "../../src/tfplugin/cty";
import { BIOS, FIRMWARE, HISTORY, INVENTORY, SHOWN_INVENTORY } from "../support/node-facts";
import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
let uuid: string;
beforeAll(async () => {
  rig = await ProviderRig.start({ ironic: { newest: 115 } });
});
afterAll(() => rig.stop());
beforeEach(() => {
  rig.ironic.store.nodes.clear();
  uuid = rig.node({ name: "n", provision_state: "manageable" });
});

async function read(what: string, more: TfObject = {}): Promise<TfObject> {
  const { state, diagnostics } = await rig.data(`ironic_node_${what}`, { node: "n", ...more });
  expect(diagnostics).toEqual([]);
  return state ?? {};
}

describe("ironic_node_inventory", () => {
  const record = (inventory: object, plugin_data: object = {}) =>
    rig.ironic.store.inventories.set(uuid, { inventory, plugin_data });

  test("has all that the agent finds, and what the switches announce", async () => {
    record(INVENTORY.inventory, INVENTORY.plugin_data);
    const none = { include_raw: null, inventory_json: null, plugin_data_json: null };
    expect(await read("inventory")).toMatchObject({ id: uuid, node: "n", ...none, ...SHOWN_INVENTORY });
    const from = rig.ironic.requests.length;
    await read("inventory", { node: uuid });
    expect(rig.ironic.requests.slice(from).map(({ url }) => url)).toEqual([`/v1/nodes/${uuid}/inventory`]);
  });

  test("has the rest as JSON, where that is configured, and without secrets", async () => {
    record(INVENTORY.inventory, INVENTORY.plugin_data);
    const state = await read("inventory", { include_raw: true });
    expect(JSON.parse(String(state.inventory_json))).toEqual(INVENTORY.inventory);
    expect(JSON.parse(String(state.plugin_data_json))).toEqual({
      ...INVENTORY.plugin_data,
      collected: { ipmi_password: "******", lanes: 4 },
    });
    expect(JSON.stringify(state)).not.toContain("hidden");
  });

  test("has null for what an inspection over Redfish does not find", async () => {
    record({
      ...{ cpu: { count: 8, architecture: "", frequency: 2500 }, memory: { physical_mb: 1024 }, boot: null },
      ...{ interfaces: [{ mac_address: "52:54:00:aa:bb:01", name: "NIC.1", speed_mbps: 1000 }], disks: [{ size: 7 }] },
      system_vendor: { manufacturer: "Example" },
    });
    expect(await read("inventory")).toMatchObject({
      ...{ cpu_arch: null, cpu_count: 8, cpu_frequency_mhz: 2500, cpu_flags: null, memory_mb: 1024, boot_mode: null },
      ...{ manufacturer: "Example", product_name: null, bios_version: null, hostname: null },
      disks: [{ size: 7, size_gib: 0, rotational: null, name: null }],
      interfaces: [{ name: "NIC.1", speed_mbps: 1000, has_carrier: null, pxe_enabled: null, lldp: null }],
    });
  });

  test("has null for values of other types than expected, which drivers and hooks may send", async () => {
    record(
      {
        ...{ hostname: 5, cpu: { model_name: 7, frequency: "fast", flags: "aes" }, bmc_mac: { a: 1 } },
        ...{ disks: [{ size: "big", rotational: "yes", name: ["a"] }], interfaces: [{ name: 7, speed_mbps: "1000" }] },
      },
      { parsed_lldp: ["odd"] },
    );
    expect(await read("inventory")).toMatchObject({
      ...{ hostname: null, cpu_model: null, cpu_frequency_mhz: null, cpu_flags: null, bmc_mac: null },
      ...{ disks: [{ size: null, size_gib: null, rotational: null, name: null }] },
      ...{ interfaces: [{ name: null, speed_mbps: 1000, lldp: null }] },
    });
    record({ interfaces: [{ name: "__proto__", mac_address: "52:54:00:aa:bb:01" }] }, { parsed_lldp: {} });
    expect(await read("inventory")).toMatchObject({ disks: [], interfaces: [{ name: "__proto__", lldp: null }] });
  });

  test.each<[string, object, string]>([
    ["never inspected", { provision_state: "manageable" }, "It is manageable, and has not been inspected"],
    ["being inspected", { provision_state: "inspect wait" }, "Plan again when the inspection has ended"],
    ["failed", { provision_state: "inspect failed", last_error: "no agent" }, "has failed: No agent. Inspect it"],
  ])("is an error with the cause for a node that is %s", async (_what, fields, detail) => {
    Object.assign(rig.ironic.store.node(uuid), fields);
    rig.ironic.store.inventories.delete(uuid);
    const { diagnostics } = await rig.data("ironic_node_inventory", { node: "n" });
    const summary = "The node has no inventory";
    expect(diagnostics).toMatchObject([{ summary, detail: expect.stringContaining(detail), path: ["node"] }]);
  });
});

describe("ironic_node_firmware", () => {
  test("has the components in order, and their versions by name", async () => {
    rig.ironic.store.firmware.set(uuid, FIRMWARE);
    expect(await read("firmware")).toEqual({
      ...{ node: "n", id: uuid, versions: { bios: "2.4", bmc: "1.2" } },
      components: [
        {
          ...{ component: "bios", initial_version: "2.4", current_version: "2.4", last_version_flashed: null },
          ...{ vendor: null, model: null, serial_number: null, updated_at: null },
        },
        expect.objectContaining({ component: "bmc", last_version_flashed: "1.2", vendor: "Example" }),
      ],
    });
  });

  test("has none for a node whose interface knows none, and leaves out unknown versions", async () => {
    expect(await read("firmware")).toMatchObject({ versions: {}, components: [] });
    rig.ironic.store.firmware.set(uuid, [{ component: "nic:1", initial_version: "1" }]);
    expect(await read("firmware")).toMatchObject({ versions: {}, components: [{ component: "nic:1" }] });
  });
});

describe("ironic_node_bios", () => {
  test("has the settings in order, with their values by name and without passwords", async () => {
    rig.ironic.store.bios.set(uuid, BIOS);
    const state = await read("bios");
    expect(state.values).toEqual({
      ...{ AcPowerDelay: "30", PasswordStatus: "Unlocked", ProcVirtualization: "Enabled", SetupPassword: "******" },
    });
    expect(state.settings).toMatchObject([
      { name: "AcPowerDelay", value: "30", attribute_type: "Integer", lower_bound: 0, upper_bound: 240 },
      { name: "AssetTag", value: null },
      { name: "PasswordStatus", value: "Unlocked" },
      { name: "ProcVirtualization", allowable_values: ["Enabled", "Disabled"], reset_required: true, unique: false },
      { name: "SetupPassword", value: "******", min_length: 0, max_length: 32 },
    ]);
  });

  test("has names and values alone where Ironic has no more, and masks passwords by name there", async () => {
    const older = await ProviderRig.start({ ironic: { newest: 73 } });
    try {
      const id = older.node({ name: "n" });
      older.ironic.store.bios.set(id, [...BIOS, { name: "AdminPassword", value: "" }]);
      const { state } = await older.data("ironic_node_bios", { node: "n" });
      expect(state).toMatchObject({
        values: { AdminPassword: "", SetupPassword: "******", PasswordStatus: "Unlocked" },
      });
      expect(state?.settings).toContainEqual(expect.objectContaining({ name: "AcPowerDelay", attribute_type: null }));
    } finally {
      await older.stop();
    }
  });
});

describe("ironic_node_history", () => {
  const events = async (more: TfObject) =>
    ((await read("history", more)).events as TfObject[]).map(({ event }) => event);

  test("has the newest events first, as many as are configured, by severity", async () => {
    rig.ironic.store.histories.set(uuid, [...HISTORY]);
    expect(await events({})).toEqual(["event 4", "event 3", "event 2", "event 1"]);
    expect(await events({ limit: 1 })).toEqual(["event 4"]);
    expect(await events({ severity: "ERROR", limit: 2 })).toEqual(["event 4", "event 2"]);
    expect(await events({ severity: "INFO" })).toEqual(["event 3"]);
    const [first] = (await read("history")).events as TfObject[];
    expect(first).toEqual(HISTORY.at(-1));
  });

  test("has 100 events where no number is configured, and requests no more", async () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...HISTORY[0], event: `event ${index}` }));
    rig.ironic.store.histories.set(uuid, many);
    expect(await events({})).toHaveLength(100);
    expect(rig.ironic.requests.at(-1)?.url).toContain("limit=100");
  });

  test.each<[string, TfObject]>([
    ["limit", { limit: 0 }],
    ["limit", { limit: 1001 }],
    ["severity", { severity: "error" }],
  ])("%s is checked by validation: %j", async (argument, more) => {
    const diagnostics = await rig.validateData("ironic_node_history", { node: "n", ...more });
    expect(diagnostics).toMatchObject([{ severity: "error", path: [argument] }]);
  });
});

const SINCE = { inventory: "1.81", firmware: "1.86", history: "1.78" };
test.each(Object.entries(SINCE))("an older Ironic has no ironic_node_%s: the error names %s", async (what, since) => {
  const older = await ProviderRig.start({ ironic: { newest: 77 } });
  try {
    const { diagnostics } = await older.data(`ironic_node_${what}`, { node: older.node() });
    expect(diagnostics).toMatchObject([
      {
        summary: "Ironic does not support this microversion",
        detail: expect.stringMatching(
          new RegExp(`/${what} needs API microversion ${since}, .* supports 1\\.1 to 1\\.77`, "s"),
        ),
      },
    ]);
  } finally {
    await older.stop();
  }
});
