import { setTimeout as delay } from "node:timers/promises";
import { dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import { ProviderRig } from "../support/provider-rig";

// One object in Ironic, which one resource of a run destroys and another one creates: a renamed key of for_each, create_before_destroy.

let rig: ProviderRig;
let node: string;
beforeEach(async () => {
  rig = await ProviderRig.start({ ironic: { work: 5, newest: 115 } });
  node = rig.availableNode({ name: "host" });
});
afterEach(() => rig.stop());

const steps = (sortedBy: string) => dynamic([{ interface: "bios", step: "apply_configuration", [sortedBy]: 1 }]);
const address = "52:54:00:00:00:01";
const rows: [type: string, args: () => TfObject][] = [
  ["ironic_node_v1", () => ({ driver: "fake-hardware", name: "n", available: true })],
  ["ironic_node_v1", () => ({ driver: "fake-hardware", name: "n", ports: [{ address }] })],
  ["ironic_port_v1", () => ({ node_uuid: node, address })],
  ["ironic_port_v1", () => ({ node_uuid: "host", address })],
  ["ironic_port_group_v1", () => ({ node_uuid: node, name: "bond" })],
  ["ironic_deploy_template_v1", () => ({ name: "CUSTOM_A", steps: steps("priority") })],
  ["ironic_runbook_v1", () => ({ name: "CUSTOM_A", steps: steps("order") })],
  ["ironic_volume_connector_v1", () => ({ node_uuid: node, type: "iqn", connector_id: "i" })],
  ["ironic_volume_target_v1", () => ({ node_uuid: node, volume_type: "iscsi", volume_id: "v", boot_index: 0 })],
];
const waiting: typeof rows = [
  ...rows,
  ["ironic_allocation_v1", () => ({ name: "a", resource_class: "baremetal" })],
  [
    "ironic_deployment",
    () => ({ node_uuid: node, instance_info: { image_source: "http://x.example/a", root_gb: "1" } }),
  ],
];

/** An object that an earlier run has created, and a resource of this run for the same object. */
async function two(type: string, args: TfObject): Promise<[old: ResourceDriver, created: ResourceDriver]> {
  const old = rig.resource(type);
  const diagnostics = await old.apply(args);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  await rig.configure({ url: rig.ironic.url });
  return [old, rig.resource(type)];
}

/** Lets Ironic carry out deletions only after it has received a lookup that follows a creation. */
function holdDeletions(): void {
  const from = rig.ironic.requests.length;
  let held = true;
  const looksUp = () => {
    const seen = rig.ironic.requests.slice(from).map(({ method }) => method);
    return seen.includes("POST") && seen.lastIndexOf("GET") > seen.indexOf("POST");
  };
  rig.ironic.intercept = (request, response) => {
    if (request.method !== "DELETE" || !held) return false;
    void (async () => {
      while (!looksUp()) await delay(1);
      held = false;
      const { status } = await fetch(`${rig.ironic.url}${request.url}`, {
        method: "DELETE",
        headers: { "x-openstack-ironic-api-version": "1.96" },
      });
      response.writeHead(status).end();
    })();
    return true;
  };
}

async function expectUnchanged(created: ResourceDriver, args: TfObject): Promise<void> {
  await rig.configure({ url: rig.ironic.url });
  expect(await created.refresh()).toEqual([]);
  expect(created.state).not.toBeNull();
  expect((await created.plan(args)).planned).toEqual(created.state);
}

test.each(rows)("%s: what another resource has taken over is not deleted", async (type, args) => {
  const [old, created] = await two(type, args());
  await created.apply(args());
  expect(created.state).toMatchObject({ id: old.state?.id });
  expect(await old.apply(null)).toMatchObject([{ severity: "warning", summary: expect.stringMatching(/was kept$/) }]);
  expect(old.state).toBeNull();
  await expectUnchanged(created, args());
  // Its own deletion is none of another resource.
  expect(await created.apply(null)).toEqual([]);
  const { store, collections } = rig.ironic;
  const sizes = [store.nodes, store.ports, store.portGroups, ...collections.all.values()].map(({ size }) => size);
  expect(sizes.reduce((sum, size) => sum + size)).toBe(1);
});

const DEPLOYMENT = () => ({ node_uuid: node, instance_info: { image_source: "http://x.example/a", root_gb: "1" } });

test.each<[string, () => TfObject]>([...rows, ["ironic_deployment", DEPLOYMENT]])(
  "%s: nor is it by a later run, after one that ended before the old resource was destroyed",
  async (type, args) => {
    const [old, created] = await two(type, args());
    // A deployment takes over only what has not finished.
    if (type === "ironic_deployment") rig.ironic.store.node(node).provision_state = "deploy failed";
    await created.apply(args());
    expect(created.state).toMatchObject({ id: old.state?.id });
    const held = structuredClone(rig.ironic.store.node(node));
    await rig.configure({ url: rig.ironic.url });
    const from = rig.ironic.requests.length;
    expect(await old.apply(null)).toMatchObject([{ severity: "warning", summary: expect.stringMatching(/was kept$/) }]);
    expect(rig.writes(from)).toEqual([]);
    expect(rig.ironic.store.node(node)).toEqual(held);
    await expectUnchanged(created, args());
    // An import holds it from then on, as the resource does that it replaces.
    const imported = rig.resource(type);
    await imported.import(String(created.state?.id));
    expect(JSON.stringify(imported.state)).not.toContain("terraform_holder");
    await rig.configure({ url: rig.ironic.url });
    expect(await imported.apply(null)).toEqual([]);
    expect(await created.refresh()).toEqual([]);
    expect(created.state).toBeNull();
  },
);

test("a deployment that had failed is not undeployed by the one that create_before_destroy replaces", async () => {
  const [old, created] = await two("ironic_deployment", DEPLOYMENT());
  rig.ironic.store.node(node).provision_state = "deploy failed";
  await created.apply(DEPLOYMENT());
  expect(await old.apply(null)).toMatchObject([{ severity: "warning", summary: "The deployment was kept" }]);
  expect(rig.ironic.store.node(node).provision_state).toBe("active");
});

test.each(waiting)("%s: a creation waits for the deletion that makes room", async (type, args) => {
  const [old, created] = await two(type, args());
  if (type !== "ironic_deployment") holdDeletions();
  const [deleted, applied] = await Promise.all([old.apply(null), created.apply(args())]);
  expect([...deleted, ...applied].filter(({ severity }) => severity === "error")).toEqual([]);
  if (type !== "ironic_deployment") expect(created.state?.id).not.toBe(old.state?.id);
  await expectUnchanged(created, args());
});

test("a port waits for the deletion of the node that has its address", async () => {
  const [old] = await two("ironic_node_v1", { driver: "fake-hardware", name: "old", ports: [{ address }] });
  const args = { driver: "fake-hardware", name: "new", ports: [{ address }] };
  const created = rig.resource("ironic_node_v1");
  holdDeletions();
  const [, applied] = await Promise.all([old.apply(null), created.apply(args)]);
  expect(applied).toEqual([]);
  await expectUnchanged(created, args);
});

test("a deletion that fails makes no room", async () => {
  const [old, created] = await two("ironic_port_group_v1", { node_uuid: node, name: "bond" });
  const other = rig.node({ name: "other" });
  let refused = false;
  rig.ironic.intercept = (request, response) => {
    if (request.method !== "DELETE") return false;
    void (async () => {
      while (rig.ironic.requests.at(-1)?.url !== "/v1/portgroups/bond") await delay(1);
      refused = true;
      response.writeHead(409).end(JSON.stringify({ error_message: { faultstring: "no" } }));
    })();
    return true;
  };
  const [deleted, applied] = await Promise.all([old.apply(null), created.apply({ node_uuid: other, name: "bond" })]);
  expect(refused).toBe(true);
  expect(deleted).toMatchObject([{ severity: "error" }]);
  expect(applied).toMatchObject([{ severity: "error", summary: "The object exists already in Ironic, or is in use" }]);
});

test("a node is not patched for its holder alone where Ironic would make it its own parent", async () => {
  await rig.stop();
  rig = await ProviderRig.start({ ironic: { work: 5, newest: 96 } });
  const args = { driver: "fake-hardware", name: "n" };
  const [, created] = await two("ironic_node_v1", args);
  const from = rig.ironic.requests.length;
  expect(await created.apply(args)).toMatchObject([{ severity: "warning" }]);
  expect(rig.writes(from)).toMatchObject([{ request: "POST /v1/nodes" }]);
  await expectUnchanged(created, args);
});
