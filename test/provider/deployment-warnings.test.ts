import { InProcessRegistry, pushArtifact } from "../../src/testing/registry";
import { unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";
import type { ShownDiagnostic } from "../support/plugin/values";

const IMAGE = `oci://registry.example/fcos@sha256:${"a".repeat(64)}`;
const NO_PORT = "The node has no port";
const MEMORY = "The image goes through the agent's memory";

let rig: IronicRig;
let node: IronicLife;
let deployment: IronicLife;

async function start(fields: TfObject = {}, options = {}): Promise<void> {
  rig = await IronicRig.start(options);
  [node, deployment] = [rig.life("ironic_node_v1"), rig.life("ironic_deployment")];
  await node.applied({ driver: "fake-hardware", name: "n", available: true, ...fields });
}
afterEach(() => rig.stop());

const configuration = (info: TfObject = {}, more: TfObject = {}): TfObject => ({
  node_uuid: node.state?.id ?? null,
  instance_info: { image_source: IMAGE, ...info },
  ...more,
});
const summaries = (told: readonly ShownDiagnostic[]) => told.map(({ severity, summary }) => `${severity}: ${summary}`);
const addPort = () => rig.ironic.store.createPort({ node_uuid: node.state?.id, address: "52:54:00:00:00:01" });

describe("a node without a port", () => {
  test.each([
    ["direct", true],
    ["bootc", true],
    ["ansible", true],
    ["custom-agent", true],
    ["autodetect", true],
    ["fake", false],
    ["noop", false],
    ["ramdisk", false],
    ["anaconda", false],
    ["a-vendors-own", false],
  ])("is warned of in a plan where an agent deploys it: %s, %s", async (deploy_interface, warned) => {
    await start();
    Object.assign(rig.node(node.state?.id), { deploy_interface });
    const { diagnostics: told } = await deployment.plan(configuration());
    expect(summaries(told)).toEqual(warned ? [`warning: ${NO_PORT}`] : []);
    if (warned) {
      expect(told[0]).toMatchObject({ path: ["node_uuid"] });
      expect(told[0]?.detail).toContain(`Node n is deployed by an agent (deploy interface "${deploy_interface}")`);
      expect(told[0]?.detail).toContain("Add an ironic_port_v1");
    }
    const byInfo = await deployment.plan(configuration({ deploy_interface: warned ? "ramdisk" : "direct" }));
    expect(summaries(byInfo.diagnostics)).toEqual(warned ? [] : [`warning: ${NO_PORT}`]);
    addPort();
    expect((await deployment.plan(configuration())).diagnostics).toEqual([]);
  });

  test("a node's name will do, and one that is not there, not known, or can't be read is no reason to fail", async () => {
    await start({ deploy_interface: "direct" });
    expect(summaries((await deployment.plan(configuration({}, { node_uuid: "n" }))).diagnostics)).toEqual([
      `warning: ${NO_PORT}`,
    ]);
    for (const node_uuid of ["elsewhere", unknown]) {
      expect((await deployment.plan(configuration({}, { node_uuid } as TfObject))).diagnostics).toEqual([]);
    }
    rig.ironic.intercept = (_request, response) => {
      response.writeHead(403, { "content-type": "application/json" }).end("{}");
      return true;
    };
    expect((await deployment.plan(configuration())).diagnostics).toEqual([]);
  });

  test("only a deployment that is to be made looks for it; only a rebuild reads the node", async () => {
    await start();
    await deployment.applied(configuration());
    const from = rig.ironic.requests.length;
    await deployment.plan(configuration());
    expect(rig.ironic.requests.slice(from)).toEqual([]);
    await deployment.plan(configuration({ root_gb: "10" }));
    const uuid = String(deployment.state?.id);
    expect(rig.ironic.requests.slice(from)).toMatchObject([{ method: "GET", url: `/v1/nodes/${uuid}` }]);
  });

  test("is in the log when the deployment begins, and told when it does not end well", async () => {
    await start({ deploy_interface: "direct" });
    const run = deployment.apply(configuration());
    await rig.until(() => rig.node(node.state?.id).provision_state === "wait call-back");
    expect(rig.plugin.logs.join("")).toContain(`"@message":"${NO_PORT}: Node n`);
    rig.ironic.fail = () => "Timeout reached while waiting for callback for node";
    Object.assign(rig.node(node.state?.id), { provision_state: "deploy failed", last_error: "Timeout reached" });
    expect(summaries(await run)).toEqual([
      `warning: ${NO_PORT}`,
      "warning: The deployment has not finished",
      "error: The node did not reach the expected provision state",
    ]);
  });

  test("nothing is told of a deployment that ends well", async () => {
    await start({ deploy_interface: "direct" }, { agent: true });
    addPort();
    expect(await deployment.apply(configuration())).toEqual([]);
    expect(rig.node(node.state?.id).provision_state).toBe("active");
  });
});

describe("a pinned image with image_download_source http", () => {
  test.each([
    ["in instance_info", { image_download_source: "http" }, {}, true],
    ["in driver_info", {}, { image_download_source: "http" }, true],
    ["instance_info has the last word", { image_download_source: "local" }, { image_download_source: "http" }, false],
    ["local", { image_download_source: "local" }, {}, false],
    ["not configured", {}, {}, false],
    ["but a tag", { image_download_source: "http", image_source: "oci://registry.example/fcos:stable" }, {}, false],
    ["but a URL", { image_download_source: "http", image_source: "https://images.example/fcos" }, {}, false],
    ["but the agent pulls a container", { image_download_source: "http", deploy_interface: "bootc" }, {}, false],
  ])("%s", async (_what, info, driver_info, warned) => {
    await start({ driver_info });
    Object.assign(rig.node(node.state?.id), { deploy_interface: "direct" });
    addPort();
    const { diagnostics: told } = await deployment.plan(configuration(info, { allow_tag: true }));
    expect(summaries(told)).toEqual(warned ? [`warning: ${MEMORY}`] : []);
    if (warned) expect(told[0]?.detail).toContain('With "local" the conductor converts the image');
  });

  test("is warned of only where the deploy interface is known: the node may be one for bootc that is not there yet", async () => {
    await start({ deploy_interface: "bootc" });
    addPort();
    const http = { image_download_source: "http" };
    for (const node_uuid of [unknown, "elsewhere", "n"]) {
      expect((await deployment.plan(configuration(http, { node_uuid } as TfObject))).diagnostics).toEqual([]);
    }
    const direct = { ...http, deploy_interface: "direct" };
    const open = await deployment.plan(configuration(direct, { node_uuid: unknown } as TfObject));
    expect(summaries(open.diagnostics)).toEqual([`warning: ${MEMORY}`]);
  });

  test("is warned of again when it is rebuilt, but not while nothing changes", async () => {
    await start();
    const http = { image_download_source: "http" };
    await deployment.applied(configuration(http));
    expect((await deployment.plan(configuration(http))).diagnostics).toEqual([]);
    const rebuilt = await deployment.plan(configuration({ ...http, root_gb: "10" }));
    expect(summaries(rebuilt.diagnostics)).toEqual([`warning: ${MEMORY}`]);
  });
});

describe("the data source, which knows the image", () => {
  let registry: InProcessRegistry;
  beforeEach(async () => {
    registry = await InProcessRegistry.start();
    rig = await IronicRig.start({}, { plain_http: [registry.host] });
  });
  afterEach(() => registry.stop());

  test.each([
    ["http", "image", true],
    ["local", "image", false],
    [null, "image", false],
    ["http", "kernel", false],
  ])("tells its size: image_download_source %s, role %s: %s", async (image_download_source, role, warned) => {
    pushArtifact(registry.store, "fcos", { tag: "stable", files: [{ content: "x".repeat(3 * 1024 * 1024) }] });
    const source = `oci://${registry.host}/fcos:stable`;
    const { diagnostics: told, state } = await rig.data("ironic_oci_image", { source, role, image_download_source });
    expect(state).toMatchObject({ size: 3 * 1024 * 1024 });
    const memory = told.filter(({ summary }) => summary === MEMORY);
    expect(memory).toHaveLength(warned ? 1 : 0);
    if (warned) expect(memory[0]?.detail).toContain("the whole file (3.0 MiB) has to fit into the machine's memory");
    // Once is enough: the deployment of this image has nothing to add.
    const instance_info = { image_source: state?.url ?? null, image_download_source, deploy_interface: "direct" };
    const life = rig.life("ironic_deployment");
    const planned = async (info: TfObject) =>
      summaries((await life.plan({ node_uuid: unknown, instance_info: info } as TfObject)).diagnostics);
    if (role === "image") expect(await planned(instance_info)).toEqual([]);
    const other = { ...instance_info, image_source: IMAGE, image_download_source: "http" };
    expect(await planned(other)).toEqual([`warning: ${MEMORY}`]);
  });
});

test("a plan of many deployments reads their nodes and ports together", async () => {
  await start({ deploy_interface: "direct" });
  const nodes = Array.from({ length: 100 }, () => rig.ironic.store.createNode({ driver: "fake-hardware" }));
  for (const [index, each] of nodes.entries()) {
    each.deploy_interface = "direct";
    const address = `52:54:00:00:01:${index.toString(16).padStart(2, "0")}`;
    rig.ironic.store.createPort({ node_uuid: String(each.uuid), address });
  }
  const from = rig.ironic.requests.length;
  const plans = await Promise.all(
    nodes.map(({ uuid }) => rig.life("ironic_deployment").plan(configuration({}, { node_uuid: String(uuid) }))),
  );
  for (const { diagnostics } of plans) expect(diagnostics).toEqual([]);
  expect(rig.ironic.requests.length - from).toBeLessThan(50);
});

test("a node whose port is planned before the deployment is not warned of", async () => {
  await start({ deploy_interface: "direct" });
  expect(summaries((await deployment.plan(configuration())).diagnostics)).toEqual([`warning: ${NO_PORT}`]);
  await rig.life("ironic_port_v1").plan({ node_uuid: node.state?.id ?? null, address: "52:54:00:00:00:02" });
  expect((await deployment.plan(configuration())).diagnostics).toEqual([]);
});
