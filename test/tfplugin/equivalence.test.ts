import * as fc from "fast-check";
import { isUnknown, pluginFor, schema, unknown } from "../../src/tfplugin";
import { equalValues, type TfObject } from "../../src/tfplugin/cty";
import { InProcessPlugin } from "../support/plugin/client";
import { ResourceDriver } from "../support/plugin/resource-driver";
import { decode, encode } from "../support/plugin/values";
import { canonical, type DeviceService, device, deviceSchema } from "../support/toy-device";

// Semantic equality: values that mean the same are no change, whichever of Terraform, state and service wrote them. The driver
// holds every plan and result to Terraform's rules. The same through the real Terraform is in test/e2e/tfplugin.
const { provider } = pluginFor<DeviceService>();
let driver: ResourceDriver;

beforeEach(async () => {
  const things: { [id: string]: unknown } = {};
  const service: DeviceService = {
    things,
    put(id, name) {
      things[id] = name;
    },
    remove(id) {
      delete things[id];
    },
  };
  const plugin = new InProcessPlugin(
    provider({
      address: "registry.terraform.io/example/toy",
      schema: schema({}),
      configure: async () => service,
      resources: { toy_device: device },
    }),
  );
  await plugin.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
  driver = new ResourceDriver(plugin, "toy_device", deviceSchema);
});

const MAC = "AA-BB-CC-00-00-01";
const port = (address: string) => ({ address, driver: null });
const peer = (address: string, note: string | null = null) => ({ address, note, uid: null });
const route = (gateway: string) => ({ gateway, metric: null });

/** A configuration or state without its notation, and without what the provider computes. */
function meaningOf(object: TfObject | null) {
  const { address, fallback, kind, remark, labels, peers, ports, route } = object as never as {
    readonly [name in "address" | "fallback" | "kind" | "remark"]: string | null;
  } & {
    readonly labels: { readonly [key: string]: string | null } | null;
    readonly peers: readonly { readonly address: string; readonly note: string | null }[] | null;
    readonly ports: readonly { readonly address: string }[] | null;
    readonly route?: readonly { readonly gateway: string; readonly metric: number | null }[];
  };
  return {
    addresses: [address, fallback ?? null].map((each) => each && canonical(each)),
    texts: [(kind ?? "generic").toLowerCase(), remark ?? ""],
    labels: Object.entries(labels ?? {})
      .filter(([, value]) => value !== null)
      .sort(),
    peers: peers?.map((peer) => `${canonical(peer.address)} ${peer.note ?? ""}`).sort() ?? null,
    ports: ports?.map((port) => canonical(port.address)) ?? null,
    route: route?.map(({ gateway, metric }) => `${canonical(gateway)} ${metric ?? 1}`),
  };
}

/** The words that a plan changes. */
async function changes(args: TfObject): Promise<string[]> {
  const { planned, diagnostics } = await driver.plan(args);
  expect(diagnostics).toEqual([]);
  return Object.keys(planned ?? {}).filter(
    (name) => JSON.stringify(planned?.[name]) !== JSON.stringify(driver.state?.[name]),
  );
}

describe.each<[string, TfObject, TfObject, TfObject]>([
  ["a required attribute", {}, {}, { address: "aa:bb:cc:00:00:01" }],
  ["an optional one", { fallback: MAC }, { fallback: MAC }, { fallback: "aa:bb:cc:00:00:01" }],
  ["one with a default", {}, { kind: "generic" }, { kind: "Generic" }],
  ["unset, then empty", { remark: null }, { remark: null }, {}],
  ["empty, then unset", { remark: "" }, { remark: "" }, { remark: null }],
  ["a map, then with nulls", { labels: { a: "1" } }, { labels: { a: "1" } }, { labels: { b: null, a: "1" } }],
  ["a map of nulls, then unset", { labels: { a: null } }, { labels: { a: null } }, { labels: null }],
  ["a computed one, empty in the service", {}, { error: "" }, {}],
  ["left to the provider, then empty", {}, { site: "main" }, { site: "" }],
  [
    "inside a list",
    { ports: [port(MAC)] },
    { ports: [{ address: MAC, driver: "driver-0" }] },
    { ports: [port("aa:bb:cc:00:00:01")] },
  ],
  [
    "inside a set",
    { peers: [peer(MAC), peer("AA-01", "")] },
    {
      peers: [
        { address: MAC, note: null, uid: 17 },
        { address: "AA-01", note: "", uid: 5 },
      ],
    },
    { peers: [peer("aa:bb:cc:00:00:01", ""), peer("aa:01")] },
  ],
  [
    "inside a block",
    { route: [route(MAC)] },
    { route: [{ gateway: MAC, metric: 1 }] },
    { route: [route("aa:bb:cc:00:00:01")] },
  ],
])("%s", (_, created, held, changed) => {
  const base = { address: MAC };
  beforeEach(async () => {
    expect(await driver.apply({ ...base, ...created })).toEqual([]);
  });

  test("state holds the configured notation, whatever the service returns", async () => {
    expect(driver.state).toMatchObject({ address: MAC, ...held });
    const before = driver.state;
    expect(await driver.refresh()).toEqual([]);
    expect(driver.state).toEqual(before);
    expect(await changes({ ...base, ...created })).toEqual([]);
  });

  test("another notation is no change", async () => {
    expect(await changes({ ...base, ...created, ...changed })).toEqual([]);
  });

  test("beside a change, it stays as it is in state", async () => {
    const noted = "remark" in created ? { fallback: "AA-02" } : { remark: "noted" };
    const { planned } = await driver.plan({ ...base, ...created, ...changed, ...noted });
    expect(planned).toMatchObject({ address: MAC, ...held, ...noted });
    expect(isUnknown(planned?.updates)).toBe(true);
    expect(await driver.apply({ ...base, ...created, ...changed, ...noted })).toEqual([]);
    expect(driver.state).toMatchObject({ address: MAC, ...held, ...noted, updates: 1 });
  });
});

describe("a change of meaning is a change", () => {
  const same: TfObject = {
    ...{ address: MAC, remark: "x", labels: { a: "1" }, site: "north" },
    ...{ ports: [port(MAC)], peers: [peer(MAC, "n"), peer("AA-01")], route: [route(MAC)] },
  };
  beforeEach(async () => {
    expect(await driver.apply(same)).toEqual([]);
  });

  test.each<[string, TfObject, string]>([
    ["another value", { remark: "y" }, "remark"],
    ["unset", { remark: null }, "remark"],
    ["empty", { remark: "" }, "remark"],
    ["another key of a map", { labels: { b: "1" } }, "labels"],
    ["a map that is emptied", { labels: { a: null } }, "labels"],
    ["an element of a list", { ports: [port("AA-02")] }, "ports"],
    ["an element more of a list", { ports: [port(MAC), port("AA-02")] }, "ports"],
    ["an element of a set", { peers: [peer(MAC, "n"), peer("AA-02")] }, "peers"],
    ["another attribute of an element of a set", { peers: [peer(MAC, "m"), peer("AA-01")] }, "peers"],
    ["an attribute of an element of a set, unset", { peers: [peer(MAC), peer("AA-01")] }, "peers"],
    ["the same, in another notation", { peers: [peer("aa:bb:cc:00:00:01"), peer("AA-01")] }, "peers"],
    ["an attribute of an element of a set, emptied", { peers: [peer(MAC, ""), peer("AA-01")] }, "peers"],
    ["an attribute of an element of a set, set", { peers: [peer(MAC, "n"), peer("aa-01", "n")] }, "peers"],
    ["a block", { route: [route("AA-02")] }, "route"],
    ["an unknown value", { remark: unknown }, "remark"],
    ["a value that is unknown in part", { labels: { a: unknown } }, "labels"],
  ])("%s", async (_, changed, name) => {
    expect(await changes({ ...same, ...changed })).toEqual([name, "updates"].sort((a, b) => order(a) - order(b)));
    if (!JSON.stringify(changed).includes("known after apply")) {
      expect(await driver.apply({ ...same, ...changed })).toEqual([]);
      if (name === "peers") expect(meaningOf(driver.state).peers).toEqual(meaningOf({ ...same, ...changed }).peers);
      expect(await changes({ ...same, ...changed })).toEqual([]);
    }
  });

  test("what the user left to the provider again stays", async () => {
    expect(await changes({ ...same, site: null })).toEqual([]);
    expect(await changes({ ...same, site: "" })).toEqual([]);
    expect(await changes({ ...same, site: "south" })).toEqual(["site", "updates"]);
  });

  test("a new notation does not replace; a new address does", async () => {
    expect((await driver.plan({ ...same, address: "aa:bb:cc:00:00:01" })).replaced).toEqual([]);
    expect((await driver.plan({ ...same, address: "AA-02" })).replaced).toEqual([["address"]]);
  });

  test("two elements of a set that mean the same as one prior are one prior and one new", async () => {
    const { planned } = await driver.plan({ ...same, peers: [peer("aa-01"), peer("aa:01")] });
    const [first, second] = (planned?.peers ?? []) as TfObject[];
    expect(first).toEqual({ address: "AA-01", note: null, uid: 5 });
    expect(second).toMatchObject({ address: "aa:01", note: null });
    expect(isUnknown(second?.uid)).toBe(true);
  });

  const order = (name: string) => Object.keys(deviceSchema.type.attributes).indexOf(name);
});

test("any configuration after any other: Terraform accepts each plan and result, and what was applied is planned no more", async () => {
  const address = fc.constantFrom("AA-01", "aa:01", "BB-02", "bb:02");
  const text = fc.constantFrom(null, "", "x");
  const labels = fc.constantFrom(null, {}, { a: null }, { a: "1" }, { a: "1", b: null });
  const peers = fc.uniqueArray(fc.record({ address, note: text, uid: fc.constant(null) }), {
    maxLength: 3,
    selector: (one) => `${canonical(one.address)} ${one.note ?? ""}`, // two that mean the same are a mistake of the user
  });
  const configuration = fc.record({
    ...{ address, fallback: fc.option(address), kind: fc.constantFrom(null, "generic", "GENERIC", "other") },
    ...{ remark: text, labels, site: text, peers: fc.option(peers) },
    ports: fc.option(fc.array(fc.record({ address, driver: fc.constant(null) }), { maxLength: 2 })),
    route: fc.array(fc.record({ gateway: address, metric: fc.constantFrom(null, 1, 2) }), { maxLength: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(configuration, configuration, fc.boolean(), async (first, second, refreshed) => {
      driver.state = null;
      for (const args of [first, second]) {
        expect(await driver.apply(args)).toEqual([]);
        expect(meaningOf(driver.state)).toEqual(meaningOf(args));
        if (refreshed) expect(await driver.refresh()).toEqual([]);
        const { planned } = await driver.plan(args);
        expect(equalValues(deviceSchema.type, planned, driver.state)).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});

test("where Terraform insists on the configured value, it is planned: empty, with nothing in state", async () => {
  expect(await driver.apply({ address: MAC })).toEqual([]);
  expect(await changes({ address: MAC, remark: "", labels: {} })).toEqual(["remark", "labels", "updates"]);
  expect(await driver.apply({ address: MAC, remark: "", labels: {} })).toEqual([]);
  expect(driver.state).toMatchObject({ remark: "", labels: {} });
  expect(await changes({ address: MAC })).toEqual([]);
});

test("an empty value of an attribute that the provider computes is planned as configured where there is no prior one", async () => {
  expect(await driver.apply({ address: MAC, site: "" })).toEqual([]);
  expect(driver.state).toMatchObject({ site: "" });
});

test("a saved state has the planned notation too", async () => {
  const saving = { ...device, hooks: { ...device.hooks } };
  const { create } = device.hooks;
  saving.hooks.create = async (call) => {
    await create.call(device.hooks, call);
    throw new Error("after the save");
  };
  const plugin = new InProcessPlugin(
    provider({
      address: "registry.terraform.io/example/toy",
      schema: schema({}),
      configure: async () => ({ things: {}, put: () => {}, remove: () => {} }),
      resources: { toy_device: saving },
    }),
  );
  await plugin.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
  const failing = new ResourceDriver(plugin, "toy_device", deviceSchema);
  expect(await failing.apply({ address: MAC })).toMatchObject([{ summary: "Fault in the provider" }]);
  expect(failing.state).toMatchObject({ address: MAC, remark: null });
});

test("the functions of a schema see no value of another type", async () => {
  const odd = { ...device, hooks: { ...device.hooks, read: () => ({ ...driver.state, address: 7 }) } };
  const plugin = new InProcessPlugin(
    provider({
      address: "registry.terraform.io/example/toy",
      schema: schema({}),
      configure: async () => ({ things: {}, put: () => {}, remove: () => {} }),
      resources: { toy_device: odd as never },
    }),
  );
  await plugin.call("ConfigureProvider", { config: { json: Buffer.from("{}") } });
  await driver.apply({ address: MAC });
  const { newState, diagnostics } = await plugin.call("ReadResource", {
    typeName: "toy_device",
    currentState: encode(deviceSchema, driver.state),
  });
  expect(diagnostics).toMatchObject([{ summary: "Provider returned an invalid value" }]);
  expect(decode(deviceSchema, newState)).toEqual(driver.state);
});

test("only where a prior value may stay without a configured one is Terraform told that an attribute is computed", async () => {
  const { resourceSchemas } = await driver.client.call("GetProviderSchema", {});
  const attributes = resourceSchemas.toy_device?.block?.attributes ?? [];
  const flags = attributes.map(({ name, required, optional, computed }) => [name, { required, optional, computed }]);
  expect(Object.fromEntries(flags)).toMatchObject({
    address: { required: true, computed: false },
    fallback: { optional: true, computed: false },
    remark: { optional: true, computed: true },
    labels: { optional: true, computed: true },
    site: { optional: true, computed: true },
    error: { optional: false, computed: true },
  });
});
