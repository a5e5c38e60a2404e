import { dynamic, unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import type { ResourceDriver } from "../support/plugin/resource-driver";
import { ProviderRig } from "../support/provider-rig";

let rig: ProviderRig;
let allocation: ResourceDriver;

beforeEach(async () => {
  rig = await ProviderRig.start();
  allocation = rig.resource("ironic_allocation_v1");
});
afterEach(() => rig.stop());

const args = (more: TfObject = {}): TfObject => ({ resource_class: "baremetal", ...more });
const inIronic = () => rig.ironic.store.allocation(String(allocation.state?.id));

/** Names of the attributes that a plan changes, and the paths that it replaces for. */
async function changes(planned: TfObject) {
  const plan = await allocation.plan(planned);
  expect(plan.diagnostics).toEqual([]);
  const names = Object.keys(plan.planned ?? {}).filter(
    (name) => JSON.stringify(plan.planned?.[name]) !== JSON.stringify(allocation.state?.[name]),
  );
  return { names, replaced: plan.replaced };
}
const NONE = { names: [], replaced: [] };

describe("creating", () => {
  test("sends what is configured, and state has the node that was picked", async () => {
    const node = rig.availableNode();
    expect(await allocation.apply(args())).toEqual([]);
    const body = { uuid: allocation.state?.id, resource_class: "baremetal" };
    expect(rig.writes()).toEqual([{ request: "POST /v1/allocations", body }]);
    expect(allocation.state).toMatchObject({ node_uuid: node, state: "active", last_error: "", candidate_nodes: null });
  });

  test("sends everything that can be configured", async () => {
    const node = rig.availableNode({ name: "gold", traits: ["CUSTOM_GOLD"] });
    rig.availableNode();
    const all = { name: "a", candidate_nodes: ["gold"], traits: ["CUSTOM_GOLD"], extra: { team: "x", none: null } };
    expect(await allocation.apply(args(all))).toEqual([]);
    expect(allocation.state).toMatchObject({ ...all, node_uuid: node });
    expect(inIronic()).toMatchObject({
      ...{ name: "a", candidate_nodes: [node], traits: ["CUSTOM_GOLD"], extra: { team: "x" } },
    });
    await allocation.refresh();
    expect(await changes(args(all))).toEqual(NONE);
  });

  test("without a node that fits, it fails with Ironic's words, and leaves no allocation behind", async () => {
    rig.node({ resource_class: "baremetal" });
    expect(await allocation.apply(args({ name: "a" }))).toMatchObject([
      { summary: "No node could be allocated", detail: expect.stringContaining("no available nodes match") },
    ]);
    expect(rig.ironic.store.allocations.size).toBe(0);
  });

  test("the error has what is in the way of each node, and what ends a maintenance", async () => {
    const free = { resource_class: "baremetal", provision_state: "available", power_state: "power off" };
    const detail = async (more: TfObject = {}) => {
      allocation.state = null;
      return (await allocation.apply(args(more)))[0]?.detail;
    };
    expect(await detail()).toContain('No node has the resource class "baremetal", which is matched exactly.');
    rig.node({ ...free, name: "used", instance_uuid: "i" });
    rig.node({ ...free, name: "broken", maintenance: true, fault: "clean failure", maintenance_reason: "no disk" });
    rig.node({ ...free, name: "new", provision_state: "manageable" });
    rig.node({ ...free, name: "other", resource_class: "large" });
    expect(await detail()).toMatch(
      /Node used is in use: its instance or allocation is i\.\nNode broken is in maintenance \(clean failure\): no disk\. Once the cause is gone, run `baremetal node maintenance unset broken`, and apply again\.\nNode new is in state "manageable"\.$/,
    );
    const child = rig.availableNode({ name: "child", parent_node: "the-chassis" });
    expect(await detail({ candidate_nodes: ["child"] })).toMatch(/\nNode child is a child of node the-chassis\.$/);
    // Every node that Debian's Ironic 29 has changed.
    rig.ironic.store.node(child).parent_node = child;
    expect(await detail({ candidate_nodes: ["child"] })).toMatch(/\nNode child is its own parent.*enrol it again/);
    expect(await detail({ candidate_nodes: ["other"] })).toMatch(/\nNode other has the resource class "large"\.$/);
    rig.node({ ...free, name: "plain", resource_class: "gold", traits: ["CUSTOM_A"] });
    expect(await detail({ resource_class: "gold", traits: ["CUSTOM_A", "CUSTOM_B"] })).toMatch(
      /\nNode plain does not have the traits CUSTOM_B\.$/,
    );
    for (let index = 0; index < 7; index += 1) rig.node({ name: `n-${index}`, resource_class: "many" });
    expect(await detail({ resource_class: "many" })).toMatch(/Node n-4 is in state "enroll"\.\nAnd 2 more\.$/);
  });

  test.each([
    ["at work on it", { provision_state: "cleaning", target_provision_state: "available", power_state: "power off" }],
    ["without a power state yet", { provision_state: "available" }],
  ])("a node that is %s is waited for", async (_, fields) => {
    const node = rig.node({ resource_class: "baremetal", ...fields });
    const applying = allocation.apply(args());
    const looked = () => rig.ironic.requests.some(({ url }) => url.startsWith("/v1/nodes"));
    while (!looked()) await new Promise(setImmediate);
    Object.assign(rig.ironic.store.node(node), { provision_state: "available", power_state: "power off" });
    expect(await applying).toEqual([]);
    expect(allocation.state).toMatchObject({ node_uuid: node, state: "active" });
  });

  test("of candidates, only they are waited for", async () => {
    rig.node({
      name: "busy",
      resource_class: "baremetal",
      provision_state: "cleaning",
      target_provision_state: "available",
    });
    rig.node({
      name: "wrong",
      resource_class: "other",
      provision_state: "cleaning",
      target_provision_state: "available",
    });
    expect(await allocation.apply(args({ candidate_nodes: ["wrong"] }))).toMatchObject([
      { summary: "No node could be allocated" },
    ]);
  });

  test("the timeout ends the wait, and says which", async () => {
    rig.node({ resource_class: "baremetal", provision_state: "cleaning", target_provision_state: "available" });
    const timeouts = { create: "50ms", update: null, delete: null };
    expect(await allocation.apply(args({ timeouts }))).toMatchObject([
      { summary: "The allocation took longer than 50ms", path: ["timeouts"] },
    ]);
  });

  test("an allocation that Ironic has not decided about yet is asked again", async () => {
    const node = rig.availableNode();
    let asked = 0;
    rig.ironic.intercept = (request, response) => {
      if (!/^\/v1\/allocations/.test(request.url ?? "") || asked++ > 1) return false;
      if (request.method === "POST") {
        rig.ironic.store.createAllocation({
          resource_class: "baremetal",
          uuid: "11111111-2222-3333-4444-555555555555",
        });
      }
      const pending = { ...[...rig.ironic.store.allocations.values()][0], state: "allocating", node_uuid: null };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(pending));
      return true;
    };
    expect(await allocation.apply(args())).toEqual([]);
    expect(allocation.state).toMatchObject({ node_uuid: node, state: "active" });
  });

  test("an interruption ends it, and state has the allocation", async () => {
    rig.availableNode();
    rig.ironic.intercept = (request, response) => {
      if (!/^\/v1\/allocations/.test(request.url ?? "")) return false;
      const uuid = "11111111-2222-3333-4444-555555555555";
      const decision = { state: "allocating", node_uuid: null, last_error: null };
      const asked = { name: null, resource_class: "baremetal", candidate_nodes: [], traits: [], extra: {} };
      const pending = { uuid, ...decision, ...asked };
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(pending));
      if (request.method === "GET") void rig.plugin.call("StopProvider", {});
      return true;
    };
    expect(await allocation.apply(args())).toMatchObject([{ summary: "Interrupted" }]);
    expect(allocation.state).toMatchObject({ id: "11111111-2222-3333-4444-555555555555", state: "allocating" });
  });
});

describe("planning", () => {
  let [one, two]: string[] = [];
  const base = { name: "a", candidate_nodes: ["one", "two"], traits: ["CUSTOM_X", "CUSTOM_Z"], extra: { a: "1" } };
  beforeEach(async () => {
    one = rig.availableNode({ name: "one", traits: ["CUSTOM_X", "CUSTOM_Y", "CUSTOM_Z"] });
    two = rig.availableNode({ name: "two", traits: ["CUSTOM_X", "CUSTOM_Y", "CUSTOM_Z"] });
    await allocation.apply(args(base));
    await allocation.refresh();
  });

  test.each<[string, () => TfObject]>([
    ["as it is", () => ({})],
    ["candidates in another order", () => ({ candidate_nodes: ["two", "one"] })],
    ["candidates by UUID", () => ({ candidate_nodes: [one ?? "", two ?? ""] })],
    ["no candidates any more", () => ({ candidate_nodes: null })],
    ["empty candidates", () => ({ candidate_nodes: [] })],
    ["a null more in extra", () => ({ extra: { a: "1", b: null } })],
    ["traits in another order", () => ({ traits: ["CUSTOM_Z", "CUSTOM_X"] })],
  ])("%s: no change", async (_, change) => {
    expect(await changes(args({ ...base, ...change() }))).toEqual(NONE);
  });

  test.each<[string, TfObject]>([
    ["resource_class", { resource_class: "other" }],
    ["candidate_nodes", { candidate_nodes: ["two"] }],
    ["candidate_nodes", { candidate_nodes: ["two", unknown] }],
    ["candidate_nodes", { candidate_nodes: unknown }],
    ["traits", { traits: ["CUSTOM_Y"] }],
    ["traits", { traits: ["CUSTOM_X"] }],
    ["traits", { traits: null }],
  ])("another %s picks a node anew: %j", async (name, change) => {
    expect(await changes(args({ ...base, ...change }))).toEqual({ names: [name], replaced: [[name]] });
  });

  test.each<[string, TfObject]>([
    ["name", { name: "b" }],
    ["name", { name: null }],
    ["name", { name: unknown }],
    ["extra", { extra: { a: "2" } }],
    ["extra", { extra: null }],
    ["extra_typed", { extra_typed: dynamic({ b: 2 }) }],
    ["candidate_nodes", { candidate_nodes: ["one"] }],
    ["candidate_nodes", { candidate_nodes: ["one", unknown] }],
    ["candidate_nodes", { candidate_nodes: ["three", "one", "gone"] }],
  ])("another %s leaves the node allocated: %j", async (name, change) => {
    rig.availableNode({ name: "three" });
    expect(await changes(args({ ...base, ...change }))).toEqual({ names: [name], replaced: [] });
  });

  test("what changes in place is sent, and a plan after it is empty", async () => {
    rig.availableNode({ name: "three" });
    const { id } = allocation.state ?? {};
    Object.assign(inIronic(), { extra: { a: "1", foreign: "x" } });
    const changed = args({ ...base, name: "b", candidate_nodes: ["three", "one"], extra: { c: "3" } });
    expect(await allocation.apply(changed)).toEqual([]);
    expect(inIronic()).toMatchObject({ uuid: id, name: "b", extra: { c: "3", foreign: "x" } });
    expect(await changes(changed)).toEqual(NONE);
    await allocation.refresh();
    expect(await changes(changed)).toEqual(NONE);
    expect(await allocation.apply(args({ ...base, name: null, extra: null }))).toEqual([]);
    expect(inIronic()).toMatchObject({ uuid: id, extra: { foreign: "x" } });
    expect(inIronic().name ?? null).toBeNull();
  });

  test("another name of another client is changed back in place", async () => {
    Object.assign(inIronic(), { name: "theirs" });
    await allocation.refresh();
    expect(await changes(args(base))).toEqual({ names: ["name"], replaced: [] });
    expect(await allocation.apply(args(base))).toEqual([]);
    expect(inIronic()).toMatchObject({ name: "a" });
  });

  test("candidates without the allocated node, of which no node has the name, are an error", async () => {
    const { replaced, diagnostics } = await allocation.plan(args({ ...base, candidate_nodes: ["two", "nowhere"] }));
    expect(replaced).toEqual([]);
    expect(diagnostics).toMatchObject([{ severity: "error", summary: "No node has this name" }]);
  });

  test("other timeouts are a change in place that asks Ironic nothing", async () => {
    const from = rig.ironic.requests.length;
    const timeouts = { create: "1h", update: null, delete: "2h" };
    expect((await changes(args({ ...base, timeouts }))).replaced).toEqual([]);
    expect(await allocation.apply(args({ ...base, timeouts }))).toEqual([]);
    expect(allocation.state).toMatchObject({ timeouts, name: "a", candidate_nodes: ["one", "two"] });
    expect(rig.writes(from)).toEqual([]);
  });
});

describe("without candidates and names", () => {
  beforeEach(async () => {
    rig.availableNode({ name: "one" });
    expect(await allocation.apply(args())).toEqual([]);
  });

  test.each<[TfObject]>([[{}], [{ candidate_nodes: null, name: null, traits: null, extra: null }]])(
    "%j plans nothing, before and after a refresh",
    async (change) => {
      expect(await changes(args(change))).toEqual(NONE);
      await allocation.refresh();
      expect(await changes(args(change))).toEqual(NONE);
    },
  );
});

describe("reading", () => {
  test("drift is shown, and an allocation that is gone leaves the state", async () => {
    const node = rig.availableNode({ name: "one" });
    await allocation.apply(args({ name: "a", candidate_nodes: ["one"] }));
    Object.assign(inIronic(), { name: "b", extra: { foreign: "x" }, last_error: "odd" });
    await allocation.refresh();
    expect(allocation.state).toMatchObject({
      ...{ name: "b", candidate_nodes: ["one"], node_uuid: node, extra: null, last_error: "odd" },
    });
    rig.ironic.store.allocations.clear();
    expect(await allocation.refresh()).toEqual([]);
    expect(allocation.state).toBeNull();
  });

  test("an error of Ironic leaves the state as it is", async () => {
    rig.availableNode();
    await allocation.apply(args());
    const before = allocation.state;
    rig.ironic.intercept = (_request, response) => {
      response.writeHead(400).end("{}");
      return true;
    };
    expect(await allocation.refresh()).toMatchObject([{ severity: "error" }]);
    expect(allocation.state).toEqual(before);
  });
});

test("destroying removes it; one that is gone already is fine", async () => {
  rig.availableNode();
  await allocation.apply(args());
  const state = allocation.state;
  expect(await allocation.apply(null)).toEqual([]);
  expect(rig.ironic.store.allocations.size).toBe(0);
  allocation.state = state;
  expect(await allocation.apply(null)).toEqual([]);
});

describe("importing", () => {
  test.each(["UUID", "name"])(
    "by its %s, and planned without a change, or a change in place where extra is configured in part",
    async (by) => {
      rig.availableNode({ name: "one" });
      await allocation.apply(args({ name: "a", candidate_nodes: ["one"], extra: { a: "1", b: "2" } }));
      const id = String(allocation.state?.id);
      allocation = rig.resource("ironic_allocation_v1");
      expect(await allocation.import(by === "UUID" ? id : "a")).toEqual([]);
      const base = { name: "a", candidate_nodes: ["one"] };
      for (const extra of [{ a: "1", b: "2" }, null]) {
        expect(await changes(args({ ...base, extra }))).toEqual(NONE);
      }
      for (const a of ["1", "2", unknown]) {
        expect((await allocation.plan(args({ ...base, extra: { a } }))).replaced).toEqual([]);
      }
    },
  );

  test("of one that is not there says so", async () => {
    expect(await allocation.import("nowhere")).toMatchObject([
      {
        severity: "error",
        summary: "No such allocation",
        detail: expect.stringMatching(/UUID or name\. .*nowhere could not be found/s),
      },
    ]);
  });
});

test("state of openshift-metal3/ironic is taken over without a change", async () => {
  const node = rig.availableNode();
  const { uuid } = rig.ironic.store.createAllocation({ resource_class: "baremetal" });
  const nothing = { name: null, candidate_nodes: null, traits: null, extra: null, last_error: "" };
  const old = { id: uuid, resource_class: "baremetal", node_uuid: node, state: "active", timeouts: null, ...nothing };
  expect(await allocation.upgrade(0, old)).toEqual([]);
  expect(await changes(args())).toEqual(NONE);
  await allocation.refresh();
  for (const said of [{}, { name: "" }, { candidate_nodes: [] }, { traits: [] }, { extra: {} }])
    expect(await changes(args(said))).toEqual(NONE);
});
