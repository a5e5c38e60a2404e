import type { Thing } from "../../src/testing/ironic";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig, image } from "../support/ironic-rig";

// After an import whose plan is empty, the first difference that a configuration shows reaches Ironic, whether or not Ironic shows the
// value: it masks secrets and the config drive, and keeps no orders.

let rig: IronicRig;
let life: IronicLife;
beforeEach(async () => {
  rig = await IronicRig.start();
});
afterEach(() => rig.stop());

const PASSWORD = { redfish_password: "old", redfish_username: "admin" };
const theNode = () => [...rig.ironic.store.nodes.values()].at(-1) as Thing;

/** Applies, imports into an empty state, and finds nothing to do for `configured`. @returns the requests from then on */
async function imported(type: string, applied: TfObject, configured: TfObject, id = "n"): Promise<() => string[]> {
  await rig.life(type).applied(applied);
  life = rig.life(type);
  expect(await life.import(id)).toEqual([]);
  expect(await life.planned(configured)).toMatchObject({ changes: false, diagnostics: [] });
  const from = rig.ironic.requests.length;
  return () => rig.written(from);
}

describe("a node", () => {
  const base = { driver: "fake-hardware", name: "n", manage: true };
  const applied = { ...base, driver_info: PASSWORD };

  test.each<[string, TfObject, Thing]>([
    ["a password", { driver_info: { ...PASSWORD, redfish_password: "new" } }, { redfish_password: "new" }],
    ["a password, alone", { driver_info: { redfish_password: "new" } }, { ...PASSWORD, redfish_password: "new" }],
    ["the same password", { driver_info: PASSWORD }, PASSWORD],
    [
      "a write-only password",
      { driver_info_wo: { redfish_password: "new" }, driver_info_wo_version: 1 },
      { ...PASSWORD, redfish_password: "new" },
    ],
    [
      "a pull secret",
      { image_pull_secret_wo: "a:b", image_pull_secret_wo_version: 1 },
      { ...PASSWORD, image_pull_secret: "a:b" },
    ],
  ])("%s", async (_, change, expected) => {
    await imported("ironic_node_v1", applied, base);
    await life.applied({ ...base, ...change });
    expect(theNode().driver_info).toMatchObject(expected);
    await life.refresh();
    expect((await life.planned({ ...base, ...change })).changes).toBe(false);
  });

  test("ports, and the power state", async () => {
    const written = await imported("ironic_node_v1", applied, base);
    const ports = [{ address: "52:54:00:00:00:01", pxe_enabled: "true" }];
    await life.applied({ ...base, ports, target_power_state: "power on" });
    expect(written()).toEqual(["POST ports", "PUT nodes states power power on"].map(expect.stringContaining as never));
  });

  test("an inspection, unless it was done or the node is in use; never a cleaning, and the plan tells it", async () => {
    const written = await imported("ironic_node_v1", applied, base);
    const bios_settings = JSON.stringify([{ name: "a", value: "b" }]);
    const wanted = { ...base, inspect: true, clean: true, bios_settings };
    const { diagnostics } = await life.planned(wanted);
    expect(diagnostics).toMatchObject([{ severity: "warning", summary: "clean and inspect of an imported node" }]);
    await life.applied(wanted);
    expect(written()).toEqual(["PUT nodes states provision inspect"]);
    for (const fields of [{ inspection_finished_at: "2026-01-01T00:00:00+00:00" }, { provision_state: "active" }]) {
      Object.assign(theNode(), { inspection_finished_at: null }, fields);
      await life.import("n");
      const from = rig.ironic.requests.length;
      await life.applied(wanted);
      expect(rig.written(from)).toEqual([]);
    }
    // From then on the flags are as ever.
    await life.applied({ ...wanted, inspect: false, clean: false });
    Object.assign(theNode(), { provision_state: "manageable" });
    await life.refresh();
    await life.applied({ ...wanted, inspect: false });
    expect(written()).toContain("PUT nodes states provision clean");
  });
});

describe("a deployment", () => {
  let base: TfObject;
  beforeEach(async () => {
    const node = rig.life("ironic_node_v1");
    await node.applied({ driver: "fake-hardware", name: "n", available: true });
    base = { node_uuid: String(node.state?.id), instance_info: { image_source: image("a"), root_gb: "10" } };
  });
  const rebuilt = "PUT nodes states provision rebuild";
  const DRIVE = { user_data: "old", metadata: { a: "1", b: "2" }, deploy_steps: "[]" };

  test.each<[string, TfObject]>([
    ["user_data", { user_data: "new" }],
    ["network_data", { network_data: { links: "[]" } }],
    ["metadata, of which a part is as it was", { ...DRIVE, metadata: { a: "1" } }],
    ["deploy_steps", { ...DRIVE, deploy_steps: '[{"interface": "deploy"}]' }],
  ])("%s is deployed, and the plan tells it", async (_, change) => {
    for (const before of [DRIVE, {}]) {
      const written = await imported("ironic_deployment", { ...base, ...before }, base);
      const { diagnostics } = await life.planned({ ...base, ...change });
      const warnings = diagnostics.map(({ summary }) => summary);
      if (before !== DRIVE && "deploy_steps" in change)
        expect(warnings).toContain("The import can't compare these arguments");
      expect(warnings).toContain("The apply rebuilds the imported node");
      await life.applied({ ...base, ...change });
      expect(written()).toContain(rebuilt);
      await life.refresh();
      expect((await life.planned({ ...base, ...change })).changes).toBe(false);
      await life.applied(null as never);
    }
  });

  test("the same is not, nor is anything that another client may have deployed, and the plan tells that", async () => {
    const same = { ...base, ...DRIVE, metadata: { b: "2", a: "1" } };
    await imported("ironic_deployment", { ...base, ...DRIVE }, base);
    for (const others of [false, true]) {
      const info = theNode().instance_info as Thing;
      if (others) delete info.terraform_config_drive;
      await life.import("n");
      const from = rig.ironic.requests.length;
      const { diagnostics } = await life.planned(same);
      expect(diagnostics.map(({ summary }) => summary)).toEqual(
        others ? ["The import can't compare these arguments"] : [],
      );
      await life.applied(same);
      expect(rig.written(from)).toEqual([]);
      await life.applied({ ...same, user_data: "new" });
      expect(rig.written(from)).toContain(rebuilt);
    }
  });

  test("a masked key of instance_info is sent", async () => {
    const secret = { ...(base.instance_info as TfObject), image_pull_secret: "new:secret" };
    const written = await imported(
      "ironic_deployment",
      { ...base, instance_info: { ...secret, image_pull_secret: "old:secret" } },
      base,
    );
    await life.applied({ ...base, instance_info: secret });
    expect(theNode().instance_info).toMatchObject({ image_pull_secret: "new:secret" });
    expect(written()).toEqual([expect.stringContaining("PATCH nodes")]);
  });
});
