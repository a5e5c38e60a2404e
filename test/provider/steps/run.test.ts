import { dynamic, type TfValue, unknown } from "../../../src/tfplugin";
import { IronicRig } from "../../support/ironic-rig";
import type { ProviderRig } from "../../support/provider-rig";
import { args, BIOS, FIRMWARE, KINDS, type KindCase, LOG, messages, RESET, stepsRig, tick, verbs } from "./support";

// Steps on a node: when they run, and what a plan shows of that. test/e2e/provider/steps.ts runs them on a real Ironic.

let rig: ProviderRig;
let it: Awaited<ReturnType<typeof stepsRig>>;
const start = async (
  kind: Pick<KindCase, "type" | "ready">,
  ...options: Parameters<typeof stepsRig> extends [unknown, ...infer Rest] ? Rest : []
) => {
  it = await stepsRig(kind, ...options);
  rig = it.rig;
};
afterEach(() => rig?.stop());

const [CLEANING, SERVICING] = KINDS;

describe.each(KINDS)("$type", (kind) => {
  const { verb, steps, all, goal } = kind;
  beforeEach(() => start(kind));

  test("runs its steps in their order when it is created, and is quiet afterwards", async () => {
    const names = steps.map((step) => `${step.interface}.${step.step}`);
    const logged = names.map((name, index) => `node n: ${verb} step ${name} (${index + 1} of 2)`);
    // Each step lasts until a poll has seen it.
    rig.ironic.failStep = async (_node, { step }) => {
      while (!messages(rig).some((message) => message.includes(`${step} (`))) await tick();
      return undefined;
    };
    expect(await it.resource.apply(args("n", steps, { triggers: { firmware: "1.2" } }))).toEqual([]);
    expect(rig.writes()).toEqual([
      { request: `PUT /v1/nodes/${it.uuid}/states/provision`, body: { target: verb, [all]: steps } },
    ]);
    expect(it.node()).toMatchObject({ provision_state: goal });
    const { id, last_run } = it.resource.state ?? {};
    expect([id, new Date(String(last_run)).toISOString()]).toEqual([it.uuid, last_run]);
    expect(messages(rig).filter((message) => message.includes(` ${verb} step `))).toEqual(logged);
    for (let plans = 0; plans < 2; plans += 1) {
      expect(await it.resource.refresh()).toEqual([]);
      const { planned, diagnostics } = await it.resource.plan(args("n", steps, { triggers: { firmware: "1.2" } }));
      expect([planned, diagnostics]).toEqual([it.resource.state, []]);
    }
  });

  test("the others run beside a step that Ironic leaves out, and are quiet afterwards", async () => {
    const configured = args("n", [steps[0], { interface: "power", step: "reboot" }, steps[1]]);
    expect(await it.resource.apply(configured)).toEqual([]);
    expect([verbs(rig), it.node().provision_state]).toEqual([[verb], goal]);
    expect((await it.resource.plan(configured)).planned).toEqual(it.resource.state);
  });

  test("a destruction does nothing to the node; a node that is gone is gone from state", async () => {
    await it.resource.apply(args("n", steps));
    const { state } = it.resource;
    const from = rig.ironic.requests.length;
    expect(await it.resource.apply(null)).toEqual([]);
    expect(rig.ironic.requests.slice(from)).toEqual([]);
    it.resource.state = state;
    rig.ironic.store.nodes.delete(it.uuid);
    await it.resource.refresh();
    expect(it.resource.state).toBeNull();
  });

  test.each([
    ["a step", [steps[0]], {}],
    ["the order", [steps[1], steps[0]], {}],
    ["an argument of a step", [{ ...steps[0], args: { changed: true } }, steps[1]], {}],
    ["a trigger", steps, { triggers: { firmware: "2" } }],
  ])("a change of %s runs all steps again, in place, and the plan shows it", async (_what, changed, more) => {
    await it.resource.apply(args("n", steps, { triggers: { firmware: "1" } }));
    const from = rig.ironic.requests.length;
    const configured = args("n", changed, { triggers: { firmware: "1" }, ...more });
    const { planned, replaced, diagnostics } = await it.resource.plan(configured);
    expect(planned).not.toEqual(it.resource.state);
    expect({ unknown: typeof planned?.last_run, replaced, diagnostics }).toEqual({
      unknown: "object",
      replaced: [],
      diagnostics: [],
    });
    expect(await it.resource.apply(configured)).toEqual([]);
    expect(verbs(rig, from)).toEqual([verb]);
  });

  test.each([
    ["the timeouts", steps, { timeouts: { create: null, update: "5m", delete: null } }],
    ["triggers = {}", steps, { triggers: {} }],
    ["disable_ramdisk = false", steps, { disable_ramdisk: false }],
    ["the order of keys", steps.map((step) => Object.fromEntries(Object.entries(step).reverse())), {}],
    ["args = null", steps.map((step) => ("args" in step ? step : { ...step, args: null })), {}],
    ["args = {}", steps.map((step) => ("args" in step ? step : { ...step, args: {} })), {}],
  ])("a change of %s runs nothing", async (_what, same, more) => {
    await it.resource.apply(args("n", steps));
    const from = rig.ironic.requests.length;
    const before = it.resource.state?.last_run;
    expect(await it.resource.apply(args("n", same, more))).toEqual([]);
    expect([verbs(rig, from), it.resource.state?.last_run]).toEqual([[], before]);
  });

  test("the UUID in place of the name is no change; another node is a replacement", async () => {
    await it.resource.apply(args("n", steps));
    expect((await it.resource.plan(args(it.uuid, steps))).planned).toEqual(it.resource.state);
    rig.node({ name: "other" });
    expect((await it.resource.plan(args("other", steps))).replaced).toEqual([["node_uuid"]]);
  });

  test("an import counts the steps as run: the apply stores them, with a warning, and a later change runs them", async () => {
    expect(await it.resource.import("n")).toEqual([]);
    const from = rig.ironic.requests.length;
    const { diagnostics } = await it.resource.plan(args("n", steps));
    expect(diagnostics).toMatchObject([{ severity: "warning", summary: expect.stringContaining("are not run") }]);
    await it.resource.apply(args("n", steps));
    expect([verbs(rig, from), it.resource.state?.last_run]).toEqual([[], null]);
    expect((await it.resource.plan(args("n", steps))).planned).toEqual(it.resource.state);
    await it.resource.apply(args("n", steps, { triggers: { once: "more" } }));
    expect(verbs(rig, from)).toEqual([verb]);
  });

  test("resources of one node run one after the other", async () => {
    rig.ironic.work = 5;
    const others = [LOG, { ...LOG, args: { more: 1 } }].map(
      (step) => [rig.resource(kind.type), args("n", [step])] as const,
    );
    const results = await Promise.all(others.map(([resource, configured]) => resource.apply(configured)));
    expect(results).toEqual([[], []]);
    expect(verbs(rig)).toEqual([verb, verb]);
  });
});

test.each<[string, readonly string[], string]>([
  ["available", ["mark", "manage", "clean", "provide", "unmark"], "available"],
  ["manageable", ["clean"], "manageable"],
  ["clean failed", ["manage", "clean"], "manageable"],
  ["inspect failed", ["manage", "clean"], "manageable"],
])("a node in %s is cleaned and comes back", async (state, expected, end) => {
  await start({ ...CLEANING, ready: { provision_state: state as "manageable" } });
  expect(await it.resource.apply(args("n", [RESET]))).toEqual([]);
  expect([verbs(rig), it.node().provision_state]).toEqual([expected, end]);
});

test("a node whose servicing has failed is serviced again", async () => {
  await start({ ...SERVICING, ready: { ...SERVICING.ready, provision_state: "service failed" as "active" } });
  expect(await it.resource.apply(args("n", [LOG]))).toEqual([]);
  expect([verbs(rig), it.node().provision_state]).toEqual([["service"], "active"]);
});

test("firmware and BIOS settings are steps as any other, without a full cleaning", async () => {
  await start(CLEANING);
  await it.resource.apply(args("n", [FIRMWARE, BIOS], { disable_ramdisk: true }));
  expect(rig.writes()).toMatchObject([
    { body: { target: "clean", clean_steps: [FIRMWARE, BIOS], disable_ramdisk: true } },
  ]);
});

test("a RAID configuration is set before the steps, and a change of it runs them again", async () => {
  await start(CLEANING);
  const raid = (size_gb: number) => ({
    target_raid_config: dynamic({ logical_disks: [{ size_gb, raid_level: "1" }] }),
  });
  const steps = [{ interface: "raid", step: "create_configuration" }];
  await it.resource.apply(args("n", steps, raid(100)));
  expect((await it.resource.plan(args("n", steps, raid(100)))).planned).toEqual(it.resource.state);
  await it.resource.apply(args("n", steps, raid(200)));
  expect(verbs(rig)).toEqual(
    Array(2)
      .fill([`PUT /v1/nodes/${it.uuid}/states/raid`, "clean"])
      .flat(),
  );
  expect(it.node().target_raid_config).toEqual({ logical_disks: [{ size_gb: 200, raid_level: "1" }] });
});

describe("a runbook", () => {
  const runbook = (steps: readonly object[]) => {
    const stored = { extra: {}, owner: null, public: false, disable_ramdisk: false };
    const named = { uuid: "u", name: "CUSTOM_FW", traits: ["CUSTOM_FW"], steps: [...steps] };
    rig.ironic.collections.of("runbooks").set("u", { ...named, ...stored });
    it.node().traits = ["CUSTOM_FW"];
  };

  test.each(KINDS)("$type", async (kind) => {
    await start(kind, { ironic: { newest: 115 } });
    runbook(kind.steps);
    expect(await it.resource.apply({ node_uuid: "n", runbook: "CUSTOM_FW" })).toEqual([]);
    expect(rig.writes()).toMatchObject([{ body: { target: kind.verb, runbook: "CUSTOM_FW" } }]);
    expect((await it.resource.plan({ node_uuid: "n", runbook: "CUSTOM_FW" })).planned).toEqual(it.resource.state);
    await it.resource.apply({ node_uuid: "n", runbook: "u" });
    expect(verbs(rig)).toEqual([kind.verb, kind.verb]);
  });

  test.each([96, 115])(
    "that the provider has created runs on a node with its name as a trait: 1.%d",
    async (newest) => {
      await start(CLEANING, { ironic: { newest } });
      const steps = dynamic([{ ...RESET, order: 1 }]);
      expect(await rig.resource("ironic_runbook_v1").apply({ name: "CUSTOM_FW", steps })).toEqual([]);
      const configured = { node_uuid: "n", runbook: "CUSTOM_FW" };
      const [error] = await it.resource.apply(configured);
      expect(error?.detail).toContain("Set it in traits of ironic_node_v1");
      it.node().traits = ["CUSTOM_FW"];
      expect(await it.resource.apply(configured)).toEqual([]);
    },
  );

  test("that does not exist is an error before any change", async () => {
    await start({ ...CLEANING, ready: { provision_state: "available" as "manageable" } }, { ironic: { newest: 115 } });
    expect(await it.resource.apply({ node_uuid: "n", runbook: "none" })).toMatchObject([
      { severity: "error", detail: expect.stringContaining("Runbook none could not be found") },
    ]);
    expect(verbs(rig)).toEqual([]);
  });
});

const TOO_OLD: [KindCase, number, object, string][] = [
  [
    SERVICING,
    86,
    { steps: dynamic([LOG]) },
    "API microversion 1.87 is needed for ironic_node_servicing_v1, and this Ironic supports up to 1.86",
  ],
  [CLEANING, 91, { runbook: "r" }, "API microversion 1.92 is needed for runbook of ironic_node_cleaning_v1"],
  [SERVICING, 107, { runbook: "r" }, "API microversion 1.108 is needed for runbook of ironic_node_servicing_v1"],
  [
    CLEANING,
    69,
    { steps: dynamic([RESET]), disable_ramdisk: true },
    "1.70 is needed for disable_ramdisk of ironic_node_cleaning_v1",
  ],
  [
    SERVICING,
    107,
    { steps: dynamic([LOG]), disable_ramdisk: true },
    "1.108 is needed for disable_ramdisk of ironic_node_servicing_v1",
  ],
];
test.each(TOO_OLD.map(([kind, ...rest]) => [kind.type, ...rest, kind] as const))(
  "%s on an Ironic up to 1.%d with %j is refused at plan",
  async (_type, newest, more, detail, kind) => {
    await start(kind, { ironic: { newest } });
    const { diagnostics } = await it.resource.plan({ node_uuid: "n", ...more });
    expect(diagnostics).toMatchObject([{ severity: "error", detail: expect.stringContaining(detail) }]);
  },
);

describe("an Ironic before 35, which may refuse the agent of a servicing", () => {
  const LOOKUP = expect.stringContaining("restrict_lookup = False");
  const warning = { severity: "warning", detail: LOOKUP, path: ["node_uuid"] };

  test.each<[string, KindCase, number, Parameters<typeof args>[2], object[]]>([
    ["1.110", SERVICING, 110, {}, [warning]],
    ["1.111", SERVICING, 111, {}, []],
    ["1.110, without the agent", SERVICING, 110, { disable_ramdisk: true }, []],
    ["1.110, a cleaning", CLEANING, 110, {}, []],
  ])("a plan warns of it where steps will run: %s", async (_what, kind, newest, more, expected) => {
    await start(kind, { ironic: { newest } });
    expect((await it.resource.plan(args("n", [kind.steps[0]], more))).diagnostics).toMatchObject(expected);
    await it.resource.apply(args("n", [kind.steps[0]], more));
    expect((await it.resource.plan(args("n", [kind.steps[0]], more))).diagnostics).toEqual([]);
    expect((await it.resource.plan(args("n", kind.steps, more))).diagnostics).toMatchObject(expected);
  });

  test.each([
    [110, true],
    [111, false],
  ])("a servicing that has timed out says so: 1.%d", async (newest, advised) => {
    await start(SERVICING, { ironic: { newest } });
    // As conductor/utils.cleanup_servicewait_timeout has it.
    rig.ironic.failStep = () => "Timeout reached while servicing the node.";
    const [error] = await it.resource.apply(args("n", SERVICING.steps));
    expect(error?.detail.includes("Set one of them, or upgrade Ironic. Node n is in maintenance")).toBe(advised);
  });
});

const REGISTRY = { ...FIRMWARE, args: { settings: [{ component: "bmc", url: "oci://registry.example/fw:1" }] } };
test.each<[string, TfValue, RegExp]>([
  ["an interface", [{ ...RESET, interface: "bioss" }], /step 1 needs one of .* as interface/],
  ["no steps", [], /must not be empty/],
  ["firmware in a registry", [REGISTRY], /has firmware at oci:/],
  ["the mask of a secret", [{ ...RESET, args: { password: "******" } }], /by which Ironic hides a secret/],
])("%s that the plan did not know is refused by the apply, before a request", async (_what, wrong, expected) => {
  const unplanned = await IronicRig.start();
  const life = unplanned.life(CLEANING.type);
  const { planned, plannedPrivate } = await life.plan({ node_uuid: "n", steps: unknown });
  const configured = args("n", wrong);
  const found = await life.carryOut({ ...planned, steps: configured.steps ?? null }, configured, plannedPrivate);
  expect(found).toMatchObject([{ severity: "error", path: ["steps"], detail: expect.stringMatching(expected) }]);
  expect([unplanned.written(), life.state]).toEqual([[], null]);
  await unplanned.stop();
});
