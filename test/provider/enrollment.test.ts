import type { TfObject } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
beforeEach(async () => {
  rig = await ProviderRig.start();
});
afterEach(() => rig.stop());

const address = "https://bmc-1.example";
const args = (more: TfObject = {}): TfObject => ({
  driver: "fake-hardware",
  name: "n",
  driver_info: { redfish_address: address },
  ...more,
});

/** Enrols a node with traits that Ironic refuses. */
async function failed(configured: TfObject = args()) {
  const node = rig.resource("ironic_node_v1");
  const diagnostics = await node.apply({ ...configured, traits: ["HW_"] });
  return { node, diagnostics };
}
/** A run of its own, as each of Terraform's is. */
async function anotherRun() {
  const next = new ProviderRig(rig.ironic);
  await next.configure({ url: rig.ironic.url });
  return next.resource("ironic_node_v1");
}
const nodes = () => [...rig.ironic.store.nodes.values()];

test("a node that another client deploys as soon as it is available keeps its instance and its power", async () => {
  const sent: unknown[] = [];
  rig.ironic.intercept = ({ method, url = "" }) => {
    if (method === "PUT" && url.includes("/states/")) {
      sent.push((rig.ironic.requests.at(-1)?.body as { target?: string } | undefined)?.target);
    }
    const deployed = { provision_state: "active", target_provision_state: null, power_state: "power on" };
    if (sent.includes("provide") && method === "GET") Object.assign(nodes()[0] ?? {}, deployed);
    return false;
  };
  const node = rig.resource("ironic_node_v1");
  expect(await node.apply(args({ available: true, target_power_state: "power off" }))).toEqual([]);
  expect(sent).toEqual(["manage", "provide"]);
  expect(node.state).toMatchObject({ provision_state: "active", power_state: "power on", available: true });
});

test("a creation that fails late leaves no state, and the next apply continues with the same node", async () => {
  const { node, diagnostics } = await failed();
  expect(diagnostics).toMatchObject([
    { severity: "warning", summary: "The creation of the node has not finished" },
    { severity: "error" },
  ]);
  expect(node.state).toBeNull();
  const [{ uuid } = {}] = nodes();
  const next = await anotherRun();
  expect(await next.apply(args({ traits: ["CUSTOM_A"] }))).toMatchObject([
    { severity: "warning", summary: "The node was in Ironic already" },
  ]);
  expect(next.state).toMatchObject({ id: uuid, traits: ["CUSTOM_A"], extra: null });
  expect(nodes()).toHaveLength(1);
  await next.refresh();
  expect((await next.plan(args({ traits: ["CUSTOM_A"] }))).planned).toEqual(next.state);
});

test("without a name, only state knows the node: it is saved", async () => {
  const { node } = await failed(args({ name: null }));
  expect(node.state).toMatchObject({ id: nodes()[0]?.uuid });
});

test("a wrong address that Ironic could not verify may be mended", async () => {
  await failed();
  const [node] = nodes();
  Object.assign(node ?? {}, { provision_state: "enroll", last_error: "no such host" });
  const next = await anotherRun();
  const mended = args({ driver_info: { redfish_address: "https://bmc-2.example" } });
  expect(await next.apply(mended)).toMatchObject([{ severity: "warning" }]);
  expect(node?.driver_info).toEqual({ redfish_address: "https://bmc-2.example" });
});

describe("is not taken over: a node", () => {
  const refused = [{ severity: "error", summary: "The object exists already in Ironic, or is in use" }];

  test("that another client has enrolled", async () => {
    rig.ironic.store.createNode(args());
    expect(await (await anotherRun()).apply(args())).toMatchObject(refused);
  });

  test("with another management controller", async () => {
    await failed();
    const other = args({ driver_info: { redfish_address: "https://bmc-2.example" } });
    expect(await (await anotherRun()).apply(other)).toMatchObject(refused);
  });

  test("with an instance", async () => {
    await failed();
    Object.assign(nodes()[0] ?? {}, { provision_state: "active" });
    expect(await (await anotherRun()).apply(args())).toMatchObject(refused);
  });

  test("that another resource of the same configuration has", async () => {
    const [one, other] = [rig.resource("ironic_node_v1"), rig.resource("ironic_node_v1")];
    expect(await one.apply(args())).toEqual([]);
    expect(await other.apply(args())).toMatchObject(refused);
    expect(other.state).toBeNull();
  });
});
