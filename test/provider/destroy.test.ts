import { PROVISION_STATES } from "../../src/ironic/states";
import { IronicRig } from "../support/ironic-rig";

/** States that the conductor leaves by itself: the stand-in is in them for a moment only. */
const WORKING = new Set([
  "verifying",
  "inspecting",
  "adopting",
  "cleaning",
  "deploying",
  "deleting",
  "rescuing",
  "unrescuing",
  "servicing",
]);

let rig: IronicRig;
beforeEach(async () => {
  rig = await IronicRig.start();
});
afterEach(() => rig.stop());

test.each([...PROVISION_STATES].filter((state) => !WORKING.has(state)))(
  "a node in state %s is destroyed",
  async (state) => {
    const [node, deployment] = [rig.life("ironic_node_v1"), rig.life("ironic_deployment")];
    await node.applied({ driver: "fake-hardware", name: "n", available: true });
    const uuid = String(node.state?.id);
    const image_source = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
    await deployment.applied({ node_uuid: uuid, instance_info: { image_source } });
    Object.assign(rig.node(uuid), { provision_state: state, target_provision_state: null });
    expect(await deployment.apply(null)).toEqual([]);
    expect(await node.apply(null)).toEqual([]);
    expect(rig.ironic.store.nodes.size).toBe(0);
  },
);
