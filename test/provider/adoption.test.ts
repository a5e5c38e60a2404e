import type { Thing } from "../../src/testing/ironic";
import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig, image } from "../support/ironic-rig";

// A machine that runs already becomes the node of a deployment: no request before the first rebuild may have its disk written.

let rig: IronicRig;
let deployment: IronicLife;
beforeEach(async () => {
  rig = await IronicRig.start();
  deployment = rig.life("ironic_deployment");
});
afterEach(() => rig.stop());

/** A node that another client has enrolled. */
function running(fields: Thing = {}): Thing {
  const node = rig.ironic.store.createNode({ driver: "fake-hardware", name: "n" });
  return Object.assign(node, { provision_state: "manageable", power_state: "power on", ...fields });
}
const adopted = (figure: string, more: TfObject = {}): TfObject => ({
  node_uuid: "n",
  adopt: true,
  instance_info: { image_source: image(figure), root_gb: "10" },
  ...more,
});
const theNode = () => rig.ironic.store.node("n");
/** The verbs that were sent. */
const verbs = (from = 0) =>
  rig
    .written(from)
    .flatMap((request) => /states provision (.*)$/.exec(request)?.[1] ?? [])
    .concat(rig.written(from).filter((request) => request.includes("power")));
const DRIVE = { user_data: "#cloud-config", metadata: { a: "1" }, deploy_steps: "[]" };

test.each([
  ["enroll", ["manage", "adopt"]],
  ["manageable", ["adopt"]],
  ["inspect failed", ["manage", "adopt"]],
  ["adopt failed", ["adopt"]],
])("from %s, without a way through a cleaning, and the next plan is clean", async (provision_state, sent) => {
  running({ provision_state });
  const wanted = adopted("a", { ...DRIVE, protected: true });
  expect(await deployment.planned(wanted)).toMatchObject({ diagnostics: [], planned: { disk_written_by: null } });
  expect(await deployment.applied(wanted)).toEqual([]);
  expect(verbs()).toEqual(sent);
  const { instance_info, ...node } = theNode();
  expect(node).toMatchObject({ provision_state: "active", power_state: "power on", protected: true });
  // No config drive, and no mark.
  expect(instance_info).toEqual({ image_source: image("a"), image_type: "whole-disk", root_gb: "10" });
  expect(deployment.state).toMatchObject({
    provision_state: "active",
    disk_written_by: null,
    user_data: "#cloud-config",
  });
  for (const repeated of [wanted, { ...wanted, adopt: null }]) {
    await deployment.refresh();
    const from = rig.ironic.requests.length;
    await deployment.applied(repeated);
    expect(rig.written(from)).toEqual([]);
    expect((await deployment.planned(repeated)).changes).toBe(false);
  }
});

test("a later change is a rebuild, with the config drive, and the plan tells it", async () => {
  running();
  await deployment.applied(adopted("a", DRIVE));
  const from = rig.ironic.requests.length;
  const changed = adopted("b", DRIVE);
  expect(await deployment.planned(changed)).toMatchObject({
    planned: { disk_written_by: "rebuild 1: instance_info.image_source" },
  });
  await deployment.applied(changed);
  expect(verbs(from)).toEqual(["rebuild"]);
  expect(theNode().instance_info).toMatchObject({ configdrive: { user_data: "#cloud-config" } });
});

test("a failure is told with Ironic's reason, and the next apply adopts again with what it then has", async () => {
  running();
  rig.ironic.fail = (_, verb) => (verb === "adopt" ? "no kernel" : undefined);
  const diagnostics = await deployment.apply(adopted("a", { instance_info: { image_source: image("a"), wrong: "1" } }));
  expect(diagnostics).toMatchObject([
    { severity: "warning", summary: "The adoption has not finished" },
    { severity: "error", detail: expect.stringContaining("no kernel") },
  ]);
  expect(deployment.state).toBeNull();
  expect(theNode().provision_state).toBe("adopt failed");
  rig.ironic.fail = undefined;
  await deployment.applied(adopted("b"));
  expect(verbs()).toEqual(["adopt", "adopt"]);
  expect(theNode()).toMatchObject({
    provision_state: "active",
    instance_info: { image_source: image("b"), root_gb: "10" },
  });
  expect(theNode().instance_info).not.toHaveProperty("wrong");
});

test("an interruption leaves no state, and the next apply finds the adoption that Ironic has finished", async () => {
  running();
  rig.ironic.work = 50;
  const applying = deployment.apply(adopted("a"));
  await rig.until(() => theNode().provision_state === "adopting");
  await rig.interrupt();
  expect(await applying).toContainEqual(expect.objectContaining({ severity: "error" }));
  expect(deployment.state).toBeNull();
  await rig.until(() => theNode().provision_state === "active");
  await rig.configure();
  // Another image by now: the machine runs on, whatever it runs.
  const other = adopted("b");
  expect((await deployment.planned(other)).diagnostics).toEqual([]);
  await deployment.applied(other);
  expect(verbs()).toEqual(["adopt"]);
  expect(theNode().instance_info).toEqual({
    ...{ image_source: image("b"), image_type: "whole-disk", root_gb: "10" },
    terraform_holder: expect.any(String),
  });
});

test.each(["available", "active", "clean failed", "deploy failed", "rescue", "error", "wait call-back"])(
  "a node in state %s is refused, at plan and at apply, before anything is changed",
  async (provision_state) => {
    running();
    const { plannedPrivate, planned } = await deployment.plan(adopted("a"));
    Object.assign(theNode(), { provision_state });
    const before = structuredClone(theNode());
    const late = await deployment.carryOut(planned, adopted("a"), plannedPrivate);
    await rig.configure();
    const { diagnostics: early } = await deployment.plan(adopted("a"));
    const summary =
      provision_state === "active" ? "Something is deployed on this node already" : "The node can't be adopted";
    for (const diagnostics of [early, late]) expect(diagnostics).toMatchObject([{ severity: "error", summary }]);
    expect(theNode()).toEqual(before);
    expect(rig.written()).toEqual([]);
  },
);

test("with on_change = replace it is refused: a replacement undeploys", async () => {
  const [problem] = await deployment.validate(adopted("a", { on_change: "replace" }));
  expect(problem).toMatchObject({ severity: "error", summary: "An adopted node can't be replaced" });
});

describe("beside an ironic_node_v1 of the same apply", () => {
  const base = { driver: "fake-hardware", name: "n" };

  test.each([{ available: true }, { clean: true, bios_settings: "[]" }])(
    "that has the node cleaned, %j, it is refused",
    async (flags) => {
      const node = rig.life("ironic_node_v1");
      await node.plan({ ...base, ...flags });
      const summary = "The adopted node would be cleaned first";
      expect((await deployment.plan(adopted("a"))).diagnostics).toMatchObject([{ severity: "error", summary }]);
      await node.applied({ ...base, manage: true });
      await rig.configure();
      await node.plan({ ...base, manage: true, ...flags });
      expect((await deployment.plan(adopted("a"))).diagnostics).toMatchObject([{ severity: "error", summary }]);
    },
  );

  test("that creates nodes and cleans one, a node that is not known yet is warned of", async () => {
    const notKnown = adopted("a", { node_uuid: unknown as never });
    await rig.life("ironic_node_v1").plan({ ...base, available: true });
    // It is the one, whatever it is called.
    expect((await deployment.plan(notKnown)).diagnostics).toMatchObject([
      { severity: "error", summary: "The adopted node would be cleaned first" },
    ]);
    await rig.life("ironic_node_v1").plan({ ...base, name: "m" });
    const { diagnostics } = await deployment.plan(notKnown);
    expect(diagnostics).toMatchObject([{ severity: "warning", summary: "Is the adopted node cleaned first?" }]);
    expect(diagnostics[0]?.detail).toMatch(/cleans them: n\. /);
    await rig.configure();
    await rig.life("ironic_node_v1").plan({ ...base, manage: true });
    expect((await deployment.plan(notKnown)).diagnostics).toEqual([]);
  });

  test("a node that is not known yet is no warning where as many nodes are only managed as are adopted", async () => {
    const notKnown = adopted("a", { node_uuid: unknown as never });
    await rig.life("ironic_node_v1").plan({ ...base, available: true });
    await rig.life("ironic_node_v1").plan({ ...base, name: "m", manage: true });
    expect((await deployment.plan(notKnown)).diagnostics).toEqual([]);
    expect((await rig.life("ironic_deployment").plan(notKnown)).diagnostics).toMatchObject([
      { severity: "warning", summary: "Is the adopted node cleaned first?" },
    ]);
  });

  test("an available node that is moved back to manageable is adopted, and the node's plan stays clean", async () => {
    const node = rig.life("ironic_node_v1");
    await node.applied({ ...base, available: true });
    const changed = { ...base, manage: true, available: false };
    await node.plan(changed);
    expect((await deployment.plan(adopted("a"))).diagnostics).toEqual([]);
    await node.applied(changed);
    await deployment.applied(adopted("a"));
    await node.refresh();
    expect(await node.planned({ ...base, manage: true })).toMatchObject({ changes: false, diagnostics: [] });
    expect(theNode().provision_state).toBe("active");
  });
});
