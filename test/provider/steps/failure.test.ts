import { withoutStepArgs } from "../../../src/ironic/steps";
import type { ProviderRig } from "../../support/provider-rig";
import { args, BIOS, FIRMWARE, KINDS, type KindCase, LOG, messages, RESET, stepsRig, tick, verbs } from "./support";

// Steps that fail, that are under way already, or that a node is in no state for.

let rig: ProviderRig;
let it: Awaited<ReturnType<typeof stepsRig>>;
const start = async (kind: Pick<KindCase, "type" | "ready">) => {
  it = await stepsRig(kind);
  rig = it.rig;
};
afterEach(() => rig?.stop());

const [CLEANING, SERVICING] = KINDS;

describe.each(KINDS)("$type", (kind) => {
  const { verb, steps, all, goal, busy, failed } = kind;
  const second = `${steps[1].interface}.${steps[1].step}`;
  beforeEach(() => start(kind));

  test("a step that fails is named with its place, the reason, the state and what to do; the next apply does the right thing", async () => {
    rig.ironic.failStep = (_node, step) => (step.step === steps[1].step ? "the BMC is busy" : undefined);
    const [error, ...others] = await it.resource.apply(args("n", steps));
    expect(others).toEqual([]);
    expect(error).toMatchObject({ severity: "error", summary: `The ${verb} step ${second} has failed` });
    expect(error?.detail).toMatch(
      new RegExp(
        `^Step 2 of 2, ${second}, of the \\w+ of node n has failed: Node \\S+ failed step ${second}: the BMC is busy\\.`,
      ),
    );
    expect(error?.detail).toContain(`The node is in state "${failed}", in maintenance.`);
    expect(error?.detail).toContain(
      `Once the cause is gone, run \`baremetal node maintenance unset n\`, and apply again.`,
    );
    expect(error?.detail).toContain("The next apply runs all steps again");
    expect(it.resource.state).toBeNull();

    const from = rig.ironic.requests.length;
    const [refused] = await it.resource.apply(args("n", steps));
    expect(refused).toMatchObject({ severity: "error", summary: "The node is in maintenance", path: ["node_uuid"] });
    expect(refused?.detail).toContain("maintenance unset n");
    expect(verbs(rig, from)).toEqual([]);

    Object.assign(it.node(), { maintenance: false, fault: null });
    rig.ironic.failStep = undefined;
    expect(await it.resource.apply(args("n", steps))).toEqual([]);
    expect(verbs(rig, from)).toEqual(verb === "clean" ? ["manage", "clean"] : ["service"]);
    expect(it.node()).toMatchObject({ provision_state: goal });
  });

  test("an update that fails keeps the prior state, so that the next plan has the change again", async () => {
    await it.resource.apply(args("n", [steps[0]]));
    const { state } = it.resource;
    rig.ironic.failStep = () => "no";
    expect(await it.resource.apply(args("n", steps))).toMatchObject([{ severity: "error" }]);
    expect(it.resource.state).toEqual(state);
  });

  test("the configuration of before an update that has failed runs its steps again", async () => {
    await it.resource.apply(args("n", [steps[0]]));
    rig.ironic.failStep = () => "no";
    await it.resource.apply(args("n", steps));
    Object.assign(it.node(), { maintenance: false, fault: null });
    rig.ironic.failStep = undefined;
    expect(await it.resource.refresh()).toEqual([]);
    const from = rig.ironic.requests.length;
    expect(await it.resource.apply(args("n", [steps[0]]))).toEqual([]);
    expect(verbs(rig, from)).toContain(verb);
    expect(it.node()).toMatchObject({ provision_state: goal });
    expect((await it.resource.plan(args("n", [steps[0]]))).planned).toEqual(it.resource.state);
  });

  test("an update that is refused before any change leaves nothing to do with the configuration of before", async () => {
    await it.resource.apply(args("n", [steps[0]]));
    it.node().maintenance = true;
    expect(await it.resource.apply(args("n", steps))).toMatchObject([{ severity: "error" }]);
    expect((await it.resource.plan(args("n", [steps[0]]))).planned).toEqual(it.resource.state);
  });

  test("a step that the drivers do not have is named, without maintenance", async () => {
    const odd = { interface: "raid", step: "odd_step" };
    const [error] = await it.resource.apply(args("n", [steps[0], odd]));
    expect(error?.summary).toBe(`The ${verb} step raid.odd_step has failed`);
    expect(error?.detail).toContain(`node does not support this ${verb} step: raid.odd_step`);
    expect(error?.detail).toContain(`The node is in state "${failed}". Once the cause is gone, apply again.`);
  });

  test("the same steps that are under way are waited for, and not begun again", async () => {
    Object.assign(it.node(), busy, {
      driver_internal_info: { [all]: steps.map((step) => ({ ...step, priority: 0 })) },
    });
    const run = it.resource.apply(args("n", steps));
    while (!messages(rig).some((message) => message.includes("is under way, and is waited for"))) await tick();
    Object.assign(it.node(), { provision_state: goal, target_provision_state: null });
    expect(await run).toEqual([]);
    expect(verbs(rig)).toEqual([]);
    expect(it.resource.state).toMatchObject({ id: it.uuid });
  });

  test.each([
    ["other steps", { [all]: [RESET, LOG, BIOS] }],
    ["other arguments", { [all]: steps.map((step) => ({ ...step, args: { other: 1 } })) }],
    ["steps that can't be read", {}],
  ])("%s that are under way end first", async (_what, driver_internal_info) => {
    Object.assign(it.node(), busy, { driver_internal_info });
    const run = it.resource.apply(args("n", steps));
    while (!messages(rig).some((message) => message.includes("waiting until Ironic has ended"))) await tick();
    Object.assign(it.node(), { provision_state: goal, target_provision_state: null });
    expect(await run).toEqual([]);
    expect(verbs(rig)).toEqual([verb]);
  });

  test("a request whose response is lost is not sent again", async () => {
    let lost = false;
    rig.ironic.intercept = ({ method, url = "" }, response) => {
      // The first poll of the wait.
      if (lost && url.includes("fields="))
        Object.assign(it.node(), { provision_state: goal, target_provision_state: null });
      if (lost || method !== "PUT" || !url.endsWith("/states/provision")) return false;
      lost = true;
      Object.assign(it.node(), busy, { driver_internal_info: { [all]: steps } });
      response.destroy();
      return true;
    };
    expect(await it.resource.apply(args("n", steps))).toEqual([]);
    expect(verbs(rig)).toEqual([verb]);
  });

  test("a timeout says what the next apply does, which waits for the run", async () => {
    let mayEnd = false;
    rig.ironic.failStep = async () => {
      while (!mayEnd) await tick();
      return undefined;
    };
    const configured = args("n", steps, { timeouts: { create: "500ms", update: null, delete: null } });
    const [error] = await it.resource.apply(configured);
    expect(error).toMatchObject({
      severity: "error",
      summary: expect.stringMatching(/^The \w+ took longer than 500ms$/),
    });
    expect(error?.detail).toContain("the next apply waits for them and does not begin them again");
    const next = it.resource.apply(args("n", steps));
    while (!messages(rig).some((message) => message.includes("is under way, and is waited for"))) await tick();
    mayEnd = true;
    expect(await next).toEqual([]);
    expect(verbs(rig)).toEqual([verb]);
  });

  test("after an interruption, of which a warning says what Ironic does, the next apply waits for the run", async () => {
    let mayEnd = false;
    rig.ironic.failStep = async () => {
      while (!mayEnd) await tick();
      return undefined;
    };
    const run = it.resource.apply(args("n", steps));
    while (!messages(rig).some((message) => message.includes("(1 of 2)"))) await tick();
    await rig.plugin.call("StopProvider", {});
    expect(await run).toMatchObject([
      { severity: "warning", summary: expect.stringContaining("was interrupted") },
      { severity: "error", summary: "Interrupted" },
    ]);
    expect(it.resource.state).toBeNull();
    await rig.configure({ url: rig.ironic.url });
    const next = it.resource.apply(args("n", steps));
    while (!messages(rig).some((message) => message.includes("is under way, and is waited for"))) await tick();
    mayEnd = true;
    expect(await next).toEqual([]);
    expect(verbs(rig)).toEqual([verb]);
  });

  test("of several steps of one name, the one that was seen has failed", async () => {
    const [first] = steps;
    const again = { ...first, args: { other: 1 } };
    rig.ironic.failStep = async (_node, step) => {
      while (!messages(rig).some((message) => message.includes(`${step.step} (`))) await tick();
      return (step.args as { other?: number }).other === 1 ? "no" : undefined;
    };
    const [error] = await it.resource.apply(args("n", [first, steps[1], again]));
    const name = `${first.interface}.${first.step}`;
    expect(error?.detail).toMatch(new RegExp(`^Step( 3 of 3)?, ${name}, of the `));
  });

  test("steps that Ironic leaves out are a warning, and do not hide that a run is under way", async () => {
    const configured = args("n", [{ interface: "power", step: "reboot" }, ...steps]);
    expect(await it.resource.validate(configured)).toMatchObject([
      {
        severity: "warning",
        summary: "A step that Ironic does not run",
        detail: expect.stringContaining("Remove step 1"),
      },
    ]);
    Object.assign(it.node(), busy, { driver_internal_info: { [all]: steps } });
    const run = it.resource.apply(configured);
    while (!messages(rig).some((message) => message.includes("is under way, and is waited for"))) await tick();
    Object.assign(it.node(), { provision_state: goal, target_provision_state: null });
    expect(await run).toEqual([]);
    expect(verbs(rig)).toEqual([]);
  });

  test("a plan warns of a node in maintenance, unless the same plan ends that", async () => {
    it.node().maintenance = true;
    const { diagnostics } = await it.resource.plan(args("n", steps));
    expect(diagnostics).toMatchObject([
      { severity: "warning", summary: "The node is in maintenance", path: ["node_uuid"] },
    ]);
    const node = rig.resource("ironic_node_v1");
    await node.import("n");
    await node.apply({ driver: "fake-hardware", name: "n", maintenance: true });
    await node.plan({ driver: "fake-hardware", name: "n", maintenance: false });
    expect((await it.resource.plan(args("n", steps))).diagnostics).toEqual([]);
  });

  test("a hold is told in the log", async () => {
    const hold = `${verb} hold`;
    Object.assign(it.node(), busy, { provision_state: hold, driver_internal_info: { [all]: steps } });
    const run = it.resource.apply(args("n", steps));
    while (!messages(rig).includes("node n: a hold step waits until `baremetal node unhold n` ends it")) await tick();
    Object.assign(it.node(), { provision_state: goal, target_provision_state: null });
    expect(await run).toEqual([]);
  });

  test("secrets in arguments reach no error and no log", async () => {
    const secrets = ["hunter2hunter2", "pw-in-the-url", "presigned0123", "SetupSecret9", "in-a-list-77"];
    const odd = {
      ...steps[1],
      args: {
        password: secrets[0],
        url: `https://user:${secrets[1]}@fw.example/f?X-Amz-Signature=${secrets[2]}`,
        settings: [{ name: "AdminPassword", value: secrets[3] }],
        urls: [`ftp://user:${secrets[4]}@fw.example/g`],
        code: "no field tells that this is one",
      },
    };
    rig.ironic.failStep = (_node, step) => (step.step === odd.step ? `refused ${secrets.join(" ")}` : undefined);
    const [error] = await it.resource.apply(args("n", [steps[0], odd]));
    const shown = JSON.stringify([error, rig.plugin.logs]);
    expect(error?.detail).toContain(second);
    for (const secret of [...secrets, "no field tells"]) expect(shown).not.toContain(secret);
  });
});

const REFUSED: [KindCase, string, RegExp][] = [
  [CLEANING, "enroll", /set manage = true/],
  ...["active", "rescue", "deploy failed", "service failed", "error"].map((state): [KindCase, string, RegExp] => [
    CLEANING,
    state,
    /A node in use is not cleaned: use ironic_node_servicing_v1/,
  ]),
  ...["available", "manageable", "enroll", "clean failed"].map((state): [KindCase, string, RegExp] => [
    SERVICING,
    state,
    /deploy it first/,
  ]),
  ...["rescue", "deploy failed", "error"].map((state): [KindCase, string, RegExp] => [
    SERVICING,
    state,
    /bring it to "active"/,
  ]),
];

test.each(REFUSED.map(([kind, ...rest]) => [kind.type, ...rest, kind] as const))(
  "%s of a node in %s is refused before any change",
  async (_type, provision_state, expected, kind) => {
    await start({ ...kind, ready: { provision_state: provision_state as "active" } as never });
    const [error] = await it.resource.apply(args("n", kind.steps));
    expect(error).toMatchObject({
      severity: "error",
      path: ["node_uuid"],
      summary: expect.stringMatching(/^The node can't be /),
    });
    expect(error?.detail).toContain(`Node n is in state "${provision_state}", and nothing was changed.`);
    expect(error?.detail).toMatch(expected);
    expect(verbs(rig)).toEqual([]);
  },
);

test.each([CLEANING, SERVICING])("$type of a node in maintenance is refused before any change", async (kind) => {
  await start(kind);
  Object.assign(it.node(), { maintenance: true, maintenance_reason: "disk replaced" });
  const [error] = await it.resource.apply(args("n", kind.steps));
  expect(error).toMatchObject({
    summary: "The node is in maintenance",
    detail: expect.stringContaining("disk replaced"),
  });
  expect(verbs(rig)).toEqual([]);
});

describe("a node that was available", () => {
  beforeEach(() => start({ ...CLEANING, ready: { provision_state: "available" as "manageable" } }));

  test("is available again after a refusal of the steps", async () => {
    rig.ironic.intercept = ({ method, url = "" }, response) => {
      const last = rig.ironic.requests.at(-1)?.body as { readonly target?: string } | undefined;
      if (method !== "PUT" || !url.endsWith("/states/provision") || last?.target !== "clean") return false;
      response.writeHead(400).end(JSON.stringify({ error_message: { faultstring: "no such step" } }));
      return true;
    };
    expect(await it.resource.apply(args("n", [RESET]))).toMatchObject([
      { severity: "error", detail: expect.stringContaining("no such step") },
    ]);
    expect([verbs(rig), it.node().provision_state]).toEqual([
      ["mark", "manage", "clean", "provide", "unmark"],
      "available",
    ]);
  });

  test("is available again after the end of an update that was interrupted", async () => {
    expect(await it.resource.apply(args("n", [BIOS]))).toEqual([]);
    let mayEnd = false;
    rig.ironic.failStep = async () => {
      while (!mayEnd) await tick();
      return undefined;
    };
    const run = it.resource.apply(args("n", [RESET]));
    while (it.node().provision_state !== "cleaning") await tick();
    await rig.plugin.call("StopProvider", {});
    expect((await run).at(-1)).toMatchObject({ summary: "Interrupted" });
    await rig.configure({ url: rig.ironic.url });
    const from = rig.ironic.requests.length;
    const next = it.resource.apply(args("n", [RESET]));
    while (!messages(rig).some((message) => message.includes("is under way, and is waited for"))) await tick();
    mayEnd = true;
    expect(await next).toEqual([]);
    expect([verbs(rig, from), it.node().provision_state]).toEqual([["provide", "unmark"], "available"]);
  });
});

test("automated cleaning ends before a manual one, whatever its steps are", async () => {
  await start(CLEANING);
  const automated = { provision_state: "cleaning", target_provision_state: "available" };
  Object.assign(it.node(), automated, { driver_internal_info: { clean_steps: [RESET] } });
  const run = it.resource.apply(args("n", [RESET]));
  while (!messages(rig).some((message) => message.includes("waiting until Ironic has ended"))) await tick();
  Object.assign(it.node(), { provision_state: "available", target_provision_state: null });
  expect(await run).toEqual([]);
  expect(verbs(rig)).toEqual(["mark", "manage", "clean", "provide", "unmark"]);
});

test.each([
  [
    `Node u failed step {'interface': 'bios', 'step': 'reset', 'args': {'a': "it's {", 'b': [1, (2)]}}: no`,
    "Node u failed step bios.reset: no",
  ],
  [
    `x {'args': {'step': 'not this'}, 'interface': 'raid', 'step': 'r', 'abortable': False} y {'step': 's', 'interface': 'deploy'} z`,
    "x raid.r y deploy.s z",
  ],
  [`cut off {'interface': 'bios', 'step': 'reset', 'args': {'secret': 'abc`, "cut off bios.reset"],
  [`cut off {'args': {'secret': 'abc`, "cut off …"],
  ["{'other': 'dictionary'} and {}", "{'other': 'dictionary'} and {}"],
  ["no step at all", "no step at all"],
])("%s", (report, expected) => {
  expect(withoutStepArgs(report)).toBe(expected);
});

test("a step of firmware names no URL in an error", async () => {
  await start(CLEANING);
  rig.ironic.failStep = () => "no";
  const [error] = await it.resource.apply(args("n", [FIRMWARE]));
  expect(JSON.stringify(error)).not.toContain("fw.example");
});
