import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

// What the plan of a deployment tells of its ironic_node_v1, which Terraform plans and applies before.

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;
beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

const nodeArgs = (more: TfObject = {}): TfObject => ({ driver: "fake-hardware", name: "n", available: true, ...more });
const args = (figure: string, more: TfObject = {}): TfObject => ({
  node_uuid: "n",
  instance_info: { image_source: image(figure) },
  ...more,
});

/** Another run of Terraform: what it reports for the deployment once both are refreshed and planned, the node first. */
async function run(wantedNode: TfObject, wanted: TfObject) {
  await rig.configure();
  for (const each of [node, deployment]) if (each.state !== null) await each.refresh();
  await node.plan(wantedNode);
  const { diagnostics } = await deployment.plan(wanted);
  return diagnostics.map(({ severity, summary }) => `${severity}: ${summary}`);
}

describe("protected", () => {
  const contradiction = "error: protected is true and false for the same node";

  test("false for the node and true for the deployment is refused, from the first plan on", async () => {
    expect(await run(nodeArgs({ protected: false }), args("a", { protected: true }))).toEqual([contradiction]);
    await rig.configure();
    await deployment.applied(args("a", { protected: true }));
    // In any order: a deployment with the node's UUID in it does not refer to the node.
    await rig.configure();
    await node.refresh();
    await deployment.plan(args("a", { protected: true }));
    expect((await node.plan(nodeArgs({ protected: false }))).diagnostics).toMatchObject([
      { severity: "error", summary: "protected is true and false for the same node" },
    ]);
    expect(await run(nodeArgs({ protected: false }), args("a", { protected: true }))).toEqual([contradiction]);
    for (const value of [true, null])
      expect(await run(nodeArgs({ protected: value }), args("a", { protected: true }))).toEqual([]);
  });

  test("moves from the node to the deployment in one apply", async () => {
    await deployment.applied(args("a"));
    await node.applied(nodeArgs({ protected: true }));
    expect(await run(nodeArgs(), args("a", { protected: true }))).toEqual([]);
    await node.applied(nodeArgs());
    await deployment.applied(args("a", { protected: true }));
    expect(await run(nodeArgs(), args("a", { protected: true }))).toEqual([]);
    expect(rig.node(node.state?.id).protected).toBe(true);
  });

  test.each<[string, TfObject, TfObject, boolean]>([
    ["by the node", { protected: true }, {}, true],
    ["by the node, from this apply on", { protected: true }, {}, false],
    ["by another tool", {}, {}, true],
  ])("a rebuild of what is protected %s is refused at plan", async (_, more, ofDeployment, isProtected) => {
    await deployment.applied(args("a"));
    if (isProtected && more.protected) await node.applied(nodeArgs(more));
    else if (isProtected) rig.node(node.state?.id).protected = true;
    expect(await run(nodeArgs(more), args("b", ofDeployment))).toEqual(["error: The node is protected"]);
    // Anything else may change.
    expect(await run(nodeArgs(more), args("a", { name: "other" }))).toEqual([]);
  });

  test.each([{ protected: false }, {}])("a rebuild is planned where the node ends its protection: %j", async (more) => {
    await deployment.applied(args("a"));
    await node.applied(nodeArgs({ protected: true }));
    expect(await run(nodeArgs(more), args("b"))).toEqual([]);
    await node.applied(nodeArgs(more));
    await deployment.applied(args("b"));
    expect(rig.written().at(-2)).toBe("PUT nodes states provision rebuild");
  });
});

describe("maintenance of a new deployment's node", () => {
  const warning = "warning: The node is put into maintenance";
  const maintained = nodeArgs({ maintenance: true });

  test("that begins with the apply, or goes on, is told", async () => {
    expect(await run(maintained, args("a"))).toEqual([warning]);
    await node.applied(maintained);
    expect(await run(maintained, args("a"))).toEqual([warning]);
    expect(await run(nodeArgs({ maintenance: false }), args("a"))).toEqual([]);
    expect(await run(nodeArgs(), args("a"))).toEqual([]);
  });

  test("is told of a rebuild", async () => {
    await deployment.applied(args("a"));
    expect(await run(maintained, args("b"))).toEqual([warning]);
    expect(await run(maintained, args("a"))).toEqual([]);
  });

  test("is told of a node that the same apply creates, by name or not known yet", async () => {
    node = rig.life("ironic_node_v1");
    const created = nodeArgs({ name: "new", maintenance: true });
    for (const reference of ["new", unknown as never])
      expect(await run(created, args("a", { node_uuid: reference }))).toEqual([warning]);
    expect(await run(nodeArgs({ name: "new" }), args("a", { node_uuid: unknown as never }))).toEqual([]);
  });
});
