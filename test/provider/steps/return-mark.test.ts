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
