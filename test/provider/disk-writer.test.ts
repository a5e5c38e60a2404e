import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

// What a reviewer sees of a plan: `disk_written_by` changes where the apply rewrites the disk, and nowhere else.

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

const configuration = (more: TfObject = {}, info: TfObject = {}): TfObject => ({
  node_uuid: node.state?.id ?? null,
  instance_info: { image_source: image("a"), ...info },
  ...more,
});
const rebuilds = (from: number) => rig.written(from).filter((request) => request.endsWith(" rebuild")).length;

/** Plans, applies and refreshes. @returns what the plan shows, and how often the node was rebuilt */
async function change(configured: TfObject) {
  const { planned } = await deployment.plan(configured);
  const names = Object.keys(planned ?? {}).filter(
    (name) => JSON.stringify(planned?.[name]) !== JSON.stringify(deployment.state?.[name]),
  );
  const from = rig.ironic.requests.length;
  const diagnostics = await deployment.apply(configured);
  const writer = deployment.state?.disk_written_by;
  await deployment.refresh();
  expect(deployment.state?.disk_written_by).toBe(writer);
  expect((await deployment.planned(configured)).changes).toBe(false);
  return { planned: planned?.disk_written_by, shown: names.sort(), diagnostics, rebuilds: rebuilds(from) };
}

test("the first deployment is planned as such", async () => {
  expect(await change(configuration())).toMatchObject({ planned: "deployment", diagnostics: [] });
});

test("each rebuild is planned with its number and the changed arguments, without their values", async () => {
  await change(configuration());
  const secret = "https://images.example/a?token=hunter2";
  for (const [configured, planned] of [
    [configuration({}, { image_source: image("b") }), "rebuild 1: instance_info.image_source"],
    [configuration({ user_data: "#cloud-config" }), "rebuild 2: instance_info.image_source, user_data"],
    [configuration({ user_data: "#!/bin/sh" }), "rebuild 3: user_data"],
    [configuration({ user_data: "#!/bin/bash" }), "rebuild 4: user_data"],
    [configuration({ metadata: { a: "b" } }), "rebuild 5: user_data, metadata"],
    [
      configuration({}, { image_source: secret, image_checksum: "c", root_gb: "10" }),
      "rebuild 6: instance_info.image_checksum, instance_info.image_source, instance_info.root_gb, metadata",
    ],
    [configuration(), "rebuild 7: instance_info.image_checksum, instance_info.image_source, instance_info.root_gb"],
  ] as const) {
    expect(await change(configured)).toMatchObject({ planned, rebuilds: 1, diagnostics: [] });
    expect(deployment.state).toMatchObject({ disk_written_by: planned, provision_state: "active" });
  }
});

test.each<[string, TfObject]>([
  ["name", { name: "x" }],
  ["allow_tag", { allow_tag: true }],
  ["on_change", { on_change: "replace" }],
  ["timeouts", { timeouts: { create: "1h", update: null, delete: null } }],
  ["image_pull_secret_wo_version", { image_pull_secret_wo: "a:b", image_pull_secret_wo_version: 1 }],
])("a change of %s shows that argument only, and writes nothing", async (name, more) => {
  await change(configuration());
  const { shown, ...others } = await change(configuration(more));
  expect(shown).toEqual([name]);
  expect(others).toMatchObject({ planned: "deployment", rebuilds: 0, diagnostics: [] });
});

test.each([
  ["the image that is deployed", "a", "deployment", 0],
  ["another image", "b", "rebuild 1: instance_info.image_source", 1],
])("a value that is unknown at plan leaves it open: %s", async (_what, figure, writer, count) => {
  await change(configuration());
  const { planned, plannedPrivate } = await deployment.plan(configuration({}, { image_source: unknown } as never));
  expect(planned).toMatchObject({ disk_written_by: unknown, provision_state: unknown });
  const known = configuration({}, { image_source: image(figure) });
  const from = rig.ironic.requests.length;
  const { instance_info } = known as { readonly instance_info: TfObject };
  expect(await deployment.carryOut({ ...planned, instance_info }, known, plannedPrivate)).toEqual([]);
  expect(deployment.state?.disk_written_by).toBe(writer);
  expect(rebuilds(from)).toBe(count);
});

test("a rebuild that fails is the same one when it is tried again; its plan leaves open whether that is needed", async () => {
  await change(configuration());
  rig.ironic.fail = (_node, verb) => (verb === "rebuild" ? "no space left" : undefined);
  const wanted = configuration({ user_data: "#cloud-config" });
  expect(await deployment.apply(wanted)).toContainEqual(expect.objectContaining({ severity: "error" }));
  rig.ironic.fail = undefined;
  await deployment.refresh();
  expect((await deployment.plan(wanted)).planned?.disk_written_by).toBe(unknown);
  expect(await deployment.apply(wanted)).toEqual([]);
  expect(deployment.state).toMatchObject({ disk_written_by: "rebuild 1: user_data", provision_state: "active" });
  expect((await deployment.planned(wanted)).changes).toBe(false);
  expect((await deployment.plan(configuration())).planned?.disk_written_by).toBe("rebuild 2: user_data");
});

test("a replacement shows what replaces; Terraform plans the new deployment", async () => {
  await change(configuration());
  const { replaced } = await deployment.plan(configuration({ on_change: "replace" }, { image_source: image("b") }));
  expect(replaced).toEqual([["instance_info"]]);
  const open = await deployment.plan(configuration({ on_change: "replace" }, { image_source: unknown } as never));
  expect(open.replaced).toEqual([["instance_info"]]);
});

test("state without it plans no changes, and the next rebuild is the first", async () => {
  await change(configuration());
  const { disk_written_by: _, ...before } = deployment.state ?? {};
  await deployment.upgrade(1, before);
  expect(deployment.state?.disk_written_by).toBeNull();
  expect((await deployment.planned(configuration())).changes).toBe(false);
  expect(await change(configuration({ name: "x" }))).toMatchObject({ planned: null, rebuilds: 0, shown: ["name"] });
  expect(await change(configuration({ name: "x", user_data: "u" }))).toMatchObject({ planned: "rebuild 1: user_data" });
});

test("an import does not know it; keys that were never configured are in no rebuild's reasons", async () => {
  await change(configuration({}, { root_gb: "10" }));
  await deployment.import("n");
  expect(deployment.state?.disk_written_by).toBeNull();
  const { planned } = await change(configuration({}, { image_source: image("b") }));
  expect(planned).toBe("rebuild 1: instance_info.image_source");
});
