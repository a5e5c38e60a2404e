import { deploymentRig, type IronicLife, type IronicRig, image } from "../support/ironic-rig";

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  ({ rig, node, deployment } = await deploymentRig());
});
afterEach(() => rig.stop());

const configuration = (image_source: string, image_pull_secret_wo = "secret") => ({
  node_uuid: node.state?.id ?? "",
  instance_info: { image_source },
  ...{ image_pull_secret_wo, image_pull_secret_wo_version: 1 },
});
const inIronic = () => rig.node(node.state?.id).instance_info as Record<string, unknown>;

test("a pull secret that Ironic lost is sent with the next deployment, whatever its version is", async () => {
  await deployment.applied(configuration(image("a")));
  expect(inIronic()).toMatchObject({ image_pull_secret: "secret" });
  delete inIronic().image_pull_secret;
  await deployment.applied(configuration(image("b")));
  expect(inIronic()).toMatchObject({ image_source: image("b"), image_pull_secret: "secret" });
});

test("one that Ironic has is not sent again while its version is the same", async () => {
  await deployment.applied(configuration(image("a")));
  await deployment.applied(configuration(image("b"), "another"));
  expect(inIronic()).toMatchObject({ image_source: image("b"), image_pull_secret: "secret" });
});
