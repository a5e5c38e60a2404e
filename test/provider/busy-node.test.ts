import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

test.each(["deploying", "wait call-back", "deploy hold"])(
  "a node that is %s by somebody else is refused before any write",
  async (state) => {
    const id = String(node.state?.id);
    rig.node(id).provision_state = state;
    const from = rig.ironic.requests.length;
    const [refusal, ...others] = await deployment.apply({ node_uuid: id, instance_info: { image_source: image("a") } });
    expect(others).toEqual([]);
    expect(refusal).toMatchObject({ severity: "error", summary: "The node is being deployed already" });
    expect(refusal?.detail).toContain(`"${state}"`);
    expect(refusal?.detail).toContain(`terraform import ADDRESS ${id}`);
    expect(rig.written(from)).toEqual([]);
  },
);

test.each([
  ...["active", "rescue", "rescuing", "rescue wait", "rescue failed", "unrescuing", "unrescue failed"],
  ...["servicing", "service wait", "service failed", "service hold"],
])("a node that is %s has a machine that is in use: refused before any write", async (state) => {
  const id = String(node.state?.id);
  rig.node(id).provision_state = state;
  const from = rig.ironic.requests.length;
  const diagnostics = await deployment.apply({ node_uuid: id, instance_info: { image_source: image("a") } });
  expect(diagnostics).toMatchObject([{ severity: "error", summary: "Something is deployed on this node already" }]);
  expect(diagnostics[0]?.detail).toContain(`"${state}"`);
  expect(rig.written(from)).toEqual([]);
});
