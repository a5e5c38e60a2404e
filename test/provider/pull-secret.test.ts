import { type IronicLife, IronicRig } from "../support/ironic-rig";

const image = (figure: string) => `oci://registry.example/fcos@sha256:${figure.repeat(64)}`;

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

beforeEach(async () => {
  rig = await IronicRig.start();
  [node, deployment] = [rig.life("ironic_node_v1"), rig.life("ironic_deployment")];
  await node.applied({ driver: "fake-hardware", name: "n", available: true });
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
