import { Dynamic, dynamic, type TfValue } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { NODE, theNode } from "../support/free-form-fields";
import { deploymentRig, type IronicLife, IronicRig, image } from "../support/ironic-rig";

// Fields of a node that are one value each. test/e2e/provider/details.ts sets them on a real Ironic.

let rig: IronicRig;
let life: IronicLife;
afterEach(() => rig?.stop());

async function start(newest = 115): Promise<void> {
  rig = await IronicRig.start({ newest });
  life = rig.life("ironic_node_v1");
}

/** Whether a plan after a refresh has nothing to do. */
async function isQuiet(configured: TfObject): Promise<boolean> {
  expect(await life.refresh()).toEqual([]);
  return !(await life.planned(configured)).changes;
}

const UUID = "0f1b6a7e-4d0e-4c43-a5b4-0f0c3d2e1a00";
/** Argument, a value, another one, and what a new node has. */
const DETAILS: readonly [string, TfValue, TfValue, unknown][] = [
  ["description", "rack 4", "rack 5", null],
  ["instance_name", "web-1", "web-2", null],
  ["lessee", "p1", "p2", null],
  ["shard", "s1", "s2", null],
  ["chassis_uuid", UUID, UUID.replace("0f", "1f"), null],
  ["automated_clean", false, true, null],
  ["disable_power_off", true, false, false],
  ["retired", true, false, false],
  ["network_data", dynamic({ links: [{ id: "a" }] }), dynamic({ links: [{ id: "b" }] }), {}],
];
const json = (value: TfValue): unknown => (value instanceof Dynamic ? value.value : value);

describe("each is created, changed, drifts and is reset", () => {
  test.each(DETAILS)("%s", async (argument, value, other, initial) => {
    await start();
    const configuration = (argued: TfValue): TfObject => ({ ...NODE, [argument]: argued });
    await life.applied(configuration(value));
    expect(theNode(rig)[argument]).toEqual(json(value));
    expect(await isQuiet(configuration(value))).toBe(true);
    await life.applied(configuration(other));
    expect(theNode(rig)[argument]).toEqual(json(other));
    theNode(rig)[argument] = json(value);
    await life.refresh();
    expect(json(life.state?.[argument] ?? null)).toEqual(json(value));
    await life.applied(configuration(other));
    expect(theNode(rig)[argument]).toEqual(json(other));
    await life.applied(NODE);
    expect(theNode(rig)[argument]).toEqual(initial);
    expect(await isQuiet(NODE)).toBe(true);
  });
});

describe("one that is not configured is left alone", () => {
  test.each(DETAILS)("%s", async (argument, value) => {
    await start();
    await life.applied(NODE);
    theNode(rig)[argument] = json(value);
    expect(await isQuiet(NODE)).toBe(true);
    await life.applied({ ...NODE, extra: { beside: "1" } });
    expect(theNode(rig)[argument]).toEqual(json(value));
  });

  test.each(DETAILS)("after an import, too: %s", async (argument, value, other, initial) => {
    await start();
    await life.applied({ ...NODE, [argument]: value });
    expect(await life.import("n")).toEqual([]);
    expect(json(life.state?.[argument] ?? null)).toEqual(json(value));
    for (const configured of [NODE, { ...NODE, [argument]: value }]) {
      expect(await life.planned(configured)).toMatchObject({ changes: false, diagnostics: [] });
    }
    await life.applied({ ...NODE, extra: { beside: "1" } });
    expect(theNode(rig)[argument]).toEqual(json(value));
    await life.applied({ ...NODE, [argument]: other });
    expect(theNode(rig)[argument]).toEqual(json(other));
    await life.applied(NODE);
    expect(theNode(rig)[argument]).toEqual(initial);
  });

  test("an import takes nothing that a new node has", async () => {
    await start();
    await life.applied(NODE);
    await life.import("n");
    for (const [argument] of DETAILS) expect([argument, life.state?.[argument]]).toEqual([argument, null]);
    expect(life.state).toMatchObject({
      maintenance: null,
      maintenance_reason: null,
      protected: null,
      secure_boot: null,
    });
  });
});

describe("of ports and port groups, each is created, drifts, is left alone and is reset", () => {
  test.each([
    ...["name", "description", "category"].map((argument) => ["ironic_port_v1", argument]),
    ...["physical_network", "category"].map((argument) => ["ironic_port_group_v1", argument]),
  ])("%s: %s", async (type = "", argument = "") => {
    await start();
    await life.applied(NODE);
    life = rig.life(type);
    const address = "52:54:00:00:00:01";
    const found = () => {
      const { ports, portGroups } = rig.ironic.store;
      return [...(type === "ironic_port_v1" ? ports : portGroups).values()].at(-1) ?? {};
    };
    const configuration = (value: TfValue): TfObject => ({ node_uuid: "n", address, [argument]: value });
    await life.applied(configuration("a"));
    expect(found()[argument]).toBe("a");
    expect(await isQuiet(configuration("a"))).toBe(true);
    found()[argument] = "by-hand";
    expect(await isQuiet(configuration("a"))).toBe(false);
    await life.applied(configuration("b"));
    expect(found()[argument]).toBe("b");
    await life.applied(configuration(null));
    expect(found()[argument]).toBeNull();
    found()[argument] = "by-hand";
    expect(await isQuiet(configuration(null))).toBe(true);
    expect(await life.import(String(life.state?.id))).toEqual([]);
    expect(life.state?.[argument]).toBe("by-hand");
    expect(await life.planned(configuration(null))).toMatchObject({ changes: false, diagnostics: [] });
    await rig.stop();
    await start(87);
    await rig.life("ironic_node_v1").applied(NODE);
    const [error] = await rig.life(type).apply(configuration("a"));
    expect(`${error?.summary} ${error?.detail}`).toMatch(
      new RegExp(`${argument} of port.*1\\.(88|97|101|102|103)|1\\.(88|97|101|102|103).*${argument}`, "s"),
    );
  });
});

test("parent_node is set, and the parent that Debian's Ironic 29 invents is none", async () => {
  await start();
  await life.applied({ ...NODE, name: "enclosure" });
  const parent_node = String(life.state?.id);
  life = rig.life("ironic_node_v1");
  await life.applied({ ...NODE, parent_node });
  expect(theNode(rig).parent_node).toBe(parent_node);
  expect(await isQuiet({ ...NODE, parent_node })).toBe(true);
  theNode(rig).parent_node = theNode(rig).uuid;
  await life.import("n");
  expect(life.state?.parent_node).toBeNull();
});

test.each([
  ["instance_name", "1.104", { instance_name: "a" }],
  ["disable_power_off", "1.95", { disable_power_off: true }],
])("an Ironic that is too old for %s is named, with the microversion", async (argument, microversion, args) => {
  await start(Number(microversion.slice(2)) - 1);
  const [error] = await life.apply({ ...NODE, ...args });
  expect(error).toMatchObject({ severity: "error" });
  expect(`${error?.summary} ${error?.detail}`).toContain(argument);
  expect(`${error?.summary} ${error?.detail}`).toContain(microversion);
  expect(rig.ironic.store.nodes.size).toBe(0);
});

describe("refused before a request", () => {
  test.each<[string, TfObject, string]>([
    ["maintenance_reason", { maintenance_reason: "a" }, "maintenance_reason without maintenance"],
    ["retired_reason", { retired: false, retired_reason: "a" }, "retired_reason without retired"],
    ["protected_reason", { protected_reason: "a" }, "protected_reason without protected"],
    ["retired and available", { retired: true, available: true }, "A retired node can't be available"],
    ["a boot mode", { boot_mode: "legacy" }, "Invalid value"],
    ["a parent by name", { parent_node: "enclosure" }, "Invalid value"],
    ["network data of another type", { network_data: dynamic(["a"]) }, "Invalid value"],
  ])("%s", async (_name, args, summary) => {
    await start();
    expect(await life.validate({ ...NODE, ...args })).toMatchObject([{ severity: "error", summary }]);
  });

  test("protection of a new node", async () => {
    await start();
    const { diagnostics } = await life.plan({ ...NODE, protected: true });
    expect(diagnostics).toMatchObject([{ severity: "error", summary: "A new node can't be protected" }]);
  });
});

describe("maintenance", () => {
  const maintained = { ...NODE, maintenance: true, maintenance_reason: "new DIMMs" };

  test("is entered after the other steps and left before them, without a warning of it", async () => {
    await start();
    expect(await life.applied({ ...maintained, available: true })).toEqual([]);
    expect(theNode(rig)).toMatchObject({
      maintenance: true,
      maintenance_reason: "new DIMMs",
      provision_state: "available",
    });
    expect(await isQuiet({ ...maintained, available: true })).toBe(true);
    const from = rig.ironic.requests.length;
    await life.applied({
      ...NODE,
      available: true,
      maintenance: false,
      clean: true,
      bios_settings: '[{"name": "a", "value": "b"}]',
    });
    expect(rig.written(from).slice(0, 2)).toEqual(["DELETE nodes maintenance", "PUT nodes states provision manage"]);
    expect(theNode(rig)).toMatchObject({ maintenance: false, provision_state: "available" });
  });

  test("ends where it is no longer configured, and another reason is drift", async () => {
    await start();
    await life.applied(maintained);
    theNode(rig).maintenance_reason = "by hand";
    expect(await isQuiet(maintained)).toBe(false);
    await life.applied(maintained);
    expect(theNode(rig).maintenance_reason).toBe("new DIMMs");
    await life.applied(NODE);
    expect(theNode(rig)).toMatchObject({ maintenance: false, maintenance_reason: null });
  });

  test("keeps no reason that is no longer configured", async () => {
    await start();
    await life.applied(maintained);
    await life.applied({ ...NODE, maintenance: true });
    expect(theNode(rig)).toMatchObject({ maintenance: true, maintenance_reason: "" });
    expect(await isQuiet({ ...NODE, maintenance: true })).toBe(true);
  });

  test("that Ironic sets is no drift, and false ends it", async () => {
    await start();
    await life.applied(NODE);
    Object.assign(theNode(rig), { maintenance: true, maintenance_reason: "power failure", fault: "power failure" });
    expect(await isQuiet(NODE)).toBe(true);
    await life.applied({ ...NODE, maintenance: false });
    expect(theNode(rig)).toMatchObject({ maintenance: false, fault: null });
    Object.assign(theNode(rig), { maintenance: true, maintenance_reason: "power failure" });
    expect(await isQuiet({ ...NODE, maintenance: false })).toBe(false);
  });
});

test("an available node is retired: it becomes manageable, and available again with the end of it", async () => {
  await start();
  await life.applied({ ...NODE, available: true });
  const retired = { ...NODE, retired: true, retired_reason: "end of lease" };
  await life.applied(retired);
  expect(theNode(rig)).toMatchObject({ retired: true, retired_reason: "end of lease", provision_state: "manageable" });
  expect(await isQuiet(retired)).toBe(true);
  await life.applied({ ...NODE, available: true });
  expect(theNode(rig)).toMatchObject({ retired: false, retired_reason: null, provision_state: "available" });
});

describe("a node in use", () => {
  let deployment: IronicLife;
  beforeEach(async () => {
    ({ rig, node: life, deployment } = await deploymentRig());
    await deployment.applied({ node_uuid: "n", instance_info: { image_source: image("a") } });
  });

  test("is never undeployed by available, however that becomes true", async () => {
    await life.applied({ ...NODE, available: false });
    await life.applied({ ...NODE, available: true });
    expect(theNode(rig).provision_state).toBe("active");
    expect(await isQuiet({ ...NODE, available: true })).toBe(true);
  });

  test.each<[string, TfObject]>([
    ["cleaned", { clean: true, bios_settings: '[{"name": "a", "value": "b"}]' }],
    ["inspected", { inspect: true }],
  ])("is not %s", async (action, flags) => {
    const diagnostics = await life.apply({ ...NODE, available: true, ...flags });
    expect(diagnostics).toMatchObject([{ severity: "error", summary: `A node in use can't be ${action}` }]);
    expect(theNode(rig).provision_state).toBe("active");
  });

  test("that is retired is imported without available, which the configuration could not have", async () => {
    const retired = { ...NODE, retired: true, retired_reason: "end of lease" };
    Object.assign(theNode(rig), { retired: true, retired_reason: "end of lease" });
    expect(await life.import("n")).toEqual([]);
    expect(life.state).toMatchObject({ available: null, retired: true });
    expect((await life.planned({ ...retired, manage: true })).changes).toBe(false);
    await life.applied({ ...NODE, manage: true, available: true, retired: false });
    expect(theNode(rig)).toMatchObject({ provision_state: "active", retired: false });
  });
});

describe("boot mode and secure boot", () => {
  const uefi = { ...NODE, boot_mode: "uefi", secure_boot: true };

  test("are set in the firmware, once, and drift", async () => {
    await start();
    rig.ironic.setsFirmware = true;
    await life.applied(uefi);
    expect(theNode(rig)).toMatchObject({ boot_mode: "uefi", secure_boot: true });
    const from = rig.ironic.requests.length;
    await life.applied({ ...uefi, extra: { a: "1" } });
    expect(rig.written(from)).toEqual(["PATCH nodes"]);
    theNode(rig).secure_boot = false;
    expect(await isQuiet({ ...uefi, extra: { a: "1" } })).toBe(false);
    // Ironic does not know it.
    theNode(rig).secure_boot = null;
    await life.applied({ ...uefi, extra: { a: "1" } });
    theNode(rig).secure_boot = null;
    expect(await isQuiet({ ...uefi, extra: { a: "1" } })).toBe(true);
  });

  test("that can't be set are an error with Ironic's reason", async () => {
    await start();
    const diagnostics = await life.apply(uefi);
    expect(diagnostics).toContainEqual(
      expect.objectContaining({
        summary: 'boot_mode could not be set to "uefi"',
        detail: expect.stringContaining("does not support set_boot_mode"),
        path: ["boot_mode"],
      }),
    );
  });
});

describe("the protection of a deployment", () => {
  let deployment: IronicLife;
  const configured = (more: TfObject = {}): TfObject => ({
    node_uuid: "n",
    instance_info: { image_source: image("a") },
    protected: true,
    protected_reason: "production",
    ...more,
  });
  beforeEach(async () => {
    ({ rig, deployment } = await deploymentRig());
    await deployment.applied(configured());
  });
  const quiet = async (more: TfObject) => {
    await deployment.refresh();
    return !(await deployment.planned(configured(more))).changes;
  };

  test("is set with its last request, and drifts", async () => {
    expect(theNode(rig)).toMatchObject({ protected: true, protected_reason: "production" });
    expect(rig.written().filter((request) => request === "PATCH nodes")).toHaveLength(2);
    expect(await quiet({})).toBe(true);
    theNode(rig).protected = false;
    expect(await quiet({})).toBe(false);
    await deployment.applied(configured());
    expect(theNode(rig).protected).toBe(true);
  });

  test("refuses a rebuild at plan, and is ended before one", async () => {
    const other = { instance_info: { image_source: image("b") } };
    const { diagnostics } = await deployment.plan(configured(other));
    expect(diagnostics).toMatchObject([{ severity: "error", summary: "The deployment is protected" }]);
    await deployment.applied(configured({ ...other, protected: false, protected_reason: null }));
    expect(theNode(rig)).toMatchObject({
      protected: false,
      protected_reason: null,
      instance_info: other.instance_info,
    });
    await deployment.applied(configured(other));
    expect(theNode(rig).protected).toBe(true);
  });

  test("holds against a destruction, until it is ended", async () => {
    const [refused] = await deployment.apply(null);
    expect(refused).toMatchObject({ severity: "error", summary: "The node is protected" });
    expect(refused?.detail).toContain("set it to false and apply first");
    expect(theNode(rig).provision_state).toBe("active");
    await deployment.applied(configured({ protected: null, protected_reason: null }));
    expect(theNode(rig).protected).toBe(false);
    await deployment.applied(null as never);
    expect(theNode(rig).provision_state).toBe("available");
  });

  test("keeps no reason that is no longer configured", async () => {
    await deployment.applied(configured({ protected_reason: null }));
    expect(theNode(rig)).toMatchObject({ protected: true, protected_reason: null });
    expect(await quiet({ protected_reason: null })).toBe(true);
  });

  test("by another tool is no drift, and stays", async () => {
    await deployment.applied(configured({ protected: null, protected_reason: null }));
    theNode(rig).protected = true;
    expect(await quiet({ protected: null, protected_reason: null })).toBe(true);
    await deployment.applied(configured({ protected: null, protected_reason: null, name: "other" }));
    expect(theNode(rig).protected).toBe(true);
    const reason = { ...configured(), protected: null };
    expect(await deployment.validate(reason)).toMatchObject([{ summary: "protected_reason without protected" }]);
  });
});
