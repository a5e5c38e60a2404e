import type { ProviderRig } from "../../support/provider-rig";
import { args, KINDS, RESET, stepsRig, verbs } from "./support";

// The mark of a node that was available before its cleaning (provider/shared/return-mark.ts), where another client has been at the node.
// test/provider/provisioning-sweep.test.ts ends runs after each request.

let rig: ProviderRig;
afterEach(() => rig?.stop());
const [CLEANING, SERVICING] = KINDS;
const MARK = { terraform_returns_to: "available" };

test.each(["active", "service failed"])("a servicing never undeploys a marked node: %s", async (state) => {
  const it = await stepsRig({ ...SERVICING, ready: { ...SERVICING.ready, provision_state: state as "active" } });
  rig = it.rig;
  it.node().extra = { ...MARK };
  expect(await it.resource.apply(args("n", [SERVICING.steps[0]]))).toEqual([]);
  expect([verbs(rig), it.node().provision_state]).toEqual([["service"], "active"]);
});

test("a node that another client has deployed before the steps were sent is not undeployed", async () => {
  const it = await stepsRig({ ...CLEANING, ready: { provision_state: "available" as "manageable" } });
  rig = it.rig;
  rig.ironic.intercept = () => {
    const { body } = rig.ironic.requests.at(-1) ?? {};
    const isClean = (body as { target?: string } | undefined)?.target === "clean";
    if (isClean) Object.assign(it.node(), { provision_state: "active", target_provision_state: null });
    return false;
  };
  expect(await it.resource.apply(args("n", [RESET]))).toMatchObject([{ severity: "error" }]);
  expect([verbs(rig), it.node().provision_state]).toEqual([["mark", "manage", "clean"], "active"]);
});

test.each([
  ["manageable", CLEANING, ["The cleaning ends in available"]],
  ["clean failed", CLEANING, ["The cleaning ends in available"]],
  ["available", CLEANING, []],
  ["active", SERVICING, []],
] as const)("a plan tells where a marked node in %s ends", async (state, kind, summaries) => {
  const it = await stepsRig({ ...kind, ready: { provision_state: state as "manageable" } });
  rig = it.rig;
  it.node().extra = { ...MARK };
  const { diagnostics } = await it.resource.plan(args("n", [kind.steps[0]]));
  expect(diagnostics.map(({ summary }) => summary)).toEqual(summaries);
  expect(await it.resource.apply(args("n", [kind.steps[0]]))).toEqual([]);
  expect(it.node().provision_state).toBe(kind === CLEANING ? "available" : "active");
});

test("a marked node that has been retired meanwhile is cleaned, and stays manageable", async () => {
  const it = await stepsRig(CLEANING);
  rig = it.rig;
  Object.assign(it.node(), { extra: { ...MARK }, retired: true });
  expect((await it.resource.plan(args("n", [RESET]))).diagnostics).toEqual([]);
  expect(await it.resource.apply(args("n", [RESET]))).toEqual([]);
  expect([verbs(rig), it.node().provision_state]).toEqual([["clean"], "manageable"]);
});

test("no import and no data source shows the mark, and no update of the node removes it", async () => {
  const it = await stepsRig(CLEANING);
  rig = it.rig;
  it.node().extra = { ...MARK, rack: "r1" };
  const node = rig.resource("ironic_node_v1");
  expect(await node.import("n")).toEqual([]);
  const { state: one } = await rig.data("ironic_node", { node: "n" });
  const { state: all } = await rig.data("ironic_nodes", {});
  const { nodes: [listed] = [] } = { ...all } as { nodes?: { extra: unknown }[] };
  expect([node.state?.extra, one?.extra, listed?.extra]).toEqual(Array(3).fill({ rack: "r1" }));
  const configured = (rack: string) => ({ driver: "fake-hardware", name: "n", extra: { rack } });
  for (const rack of ["r1", "r2"]) expect(await node.apply(configured(rack))).toEqual([]);
  expect((await node.plan(configured("r2"))).planned).toEqual(node.state);
  expect(it.node().extra).toEqual({ ...MARK, rack: "r2" });
});

test.each([
  [
    "a role that may not change extra cleans nevertheless",
    403,
    ["mark", "manage", "clean", "provide"],
    "available",
    [],
  ],
  ["a node that is deleted before the mark is an error", 404, ["mark"], "available", [{ severity: "error" }]],
])("%s", async (_what, status, sent, end, found) => {
  const it = await stepsRig({ ...CLEANING, ready: { provision_state: "available" as "manageable" } });
  rig = it.rig;
  rig.ironic.intercept = ({ method }, response) => {
    if (method !== "PATCH") return false;
    response.writeHead(status).end(JSON.stringify({ error_message: JSON.stringify({ faultstring: "no" }) }));
    return true;
  };
  expect(await it.resource.apply(args("n", [RESET]))).toMatchObject(found);
  expect([verbs(rig), it.node().provision_state]).toEqual([sent, end]);
});
