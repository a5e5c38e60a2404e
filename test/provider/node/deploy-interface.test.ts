import type { TfObject } from "../../../src/tfplugin/cty";
import type { ResourceDriver } from "../../support/plugin/resource-driver";
import { ProviderRig } from "../../support/provider-rig";

let rig: ProviderRig;
let node: ResourceDriver;

beforeEach(async () => {
  rig = await ProviderRig.start();
  node = rig.resource("ironic_node_v1");
});
afterEach(() => rig.stop());

const args = (more: TfObject = {}) => ({ driver: "fake-hardware", deploy_interface: "autodetect", ...more });

/** The first patch since `from`: the client patches driver_info once more where Ironic 29 needs that. */
function patchOf(from: number): unknown {
  return rig.writes(from).find(({ request }) => request.startsWith("PATCH"))?.body;
}

/** A deployment by Ironic 34 or later, which replaces the deploy interface by the detected one. */
function deploy(internal: object | undefined): void {
  const deployed = rig.ironic.store.node(String(node.state?.id));
  Object.assign(deployed, { provision_state: "active", deploy_interface: "direct", driver_internal_info: internal });
}

describe.each<[string, object | undefined]>([
  ["the original interface is in driver_internal_info", { original_deploy_interface: "autodetect" }],
  ["driver_internal_info is redacted", { content: "** Redacted **" }],
  ["there is no driver_internal_info", undefined],
])("autodetect on a deployed node, where %s", (_, internal) => {
  test("is not drift", async () => {
    expect(await node.apply(args())).toEqual([]);
    deploy(internal);
    await node.refresh();
    expect(node.state).toMatchObject({ deploy_interface: "autodetect", provision_state: "active" });
    expect((await node.plan(args())).planned).toEqual(node.state);
  });

  test("is not patched by another change", async () => {
    expect(await node.apply(args())).toEqual([]);
    deploy(internal);
    await node.refresh();
    const from = rig.ironic.requests.length;
    expect(await node.apply(args({ extra: { rack: "7" } }))).toEqual([]);
    expect(patchOf(from)).toEqual([{ op: "add", path: "/extra/rack", value: "7" }]);
    await node.refresh();
    expect(node.state).toMatchObject({ deploy_interface: "autodetect", extra: { rack: "7" } });
  });

  test("is taken over by an import", async () => {
    expect(await node.apply(args())).toEqual([]);
    deploy(internal);
    const imported = rig.resource("ironic_node_v1");
    expect(await imported.import(String(node.state?.id))).toEqual([]);
    const from = rig.ironic.requests.length;
    expect(await imported.apply(args({ extra: { rack: "7" } }))).toEqual([]);
    expect(JSON.stringify(rig.writes(from))).not.toContain("deploy_interface");
    await imported.refresh();
    expect((await imported.plan(args({ extra: { rack: "7" } }))).planned).toEqual(imported.state);
  });
});

test("another deploy interface than the configured one is drift while nothing is deployed", async () => {
  expect(await node.apply(args())).toEqual([]);
  Object.assign(rig.ironic.store.node(String(node.state?.id)), { deploy_interface: "direct" });
  await node.refresh();
  expect(node.state).toMatchObject({ deploy_interface: "direct" });
  const from = rig.ironic.requests.length;
  expect(await node.apply(args())).toEqual([]);
  expect(patchOf(from)).toEqual([{ op: expect.anything(), path: "/deploy_interface", value: "autodetect" }]);
});

test("a change from autodetect to the detected interface is sent, so that undeployment does not restore autodetect", async () => {
  expect(await node.apply(args())).toEqual([]);
  deploy({ original_deploy_interface: "autodetect" });
  await node.refresh();
  const from = rig.ironic.requests.length;
  await node.apply(args({ deploy_interface: "direct" }));
  expect(JSON.stringify(rig.writes(from))).toContain('"path":"/deploy_interface","value":"direct"');
});
