import { Dynamic, dynamic, type TfValue, unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

// Deploy templates, and what they have in common with runbooks: names and lists of steps.

let rig: IronicRig;
let life: IronicLife;
afterEach(() => rig.stop());

interface Row {
  readonly type: string;
  readonly path: string;
  readonly sortedBy: string;
}
const ROWS: readonly Row[] = [
  { type: "ironic_deploy_template_v1", path: "deploy_templates", sortedBy: "priority" },
  { type: "ironic_runbook_v1", path: "runbooks", sortedBy: "order" },
];

describe.each(ROWS)("$type", ({ type, path, sortedBy }) => {
  beforeEach(async () => {
    rig = await IronicRig.start();
    life = rig.life(type);
  });

  const bios = (more: TfObject = {}): TfObject => ({
    ...{ interface: "bios", step: "apply_configuration", [sortedBy]: 1 },
    ...more,
  });
  const erase = (more: TfObject = {}): TfObject => ({
    ...{ interface: "deploy", step: "erase_devices_metadata", [sortedBy]: 2 },
    ...more,
  });
  const args = (steps: TfValue, more: TfObject = {}): TfObject => ({
    name: "CUSTOM_A",
    steps: dynamic(steps),
    ...more,
  });
  const inIronic = () => rig.ironic.collections.of(path).get(String(life.state?.id)) ?? {};
  const changes = async (configured: TfObject) => (await life.planned(configured)).changes;
  const isQuiet = async (configured: TfObject) => {
    expect(await life.refresh()).toEqual([]);
    return !(await changes(configured));
  };
  const SETTINGS = { settings: [{ name: "A", value: 1, on: true }] };

  test("values of any type reach Ironic as they are; args default to none", async () => {
    const configured = args([bios({ args: SETTINGS }), erase()], { extra: dynamic({ rack: 7, tags: ["a"] }) });
    expect(await life.apply(configured)).toEqual([]);
    expect(inIronic()).toMatchObject({
      ...{ uuid: life.state?.id, name: "CUSTOM_A", extra: { rack: 7, tags: ["a"] } },
      steps: [bios({ args: SETTINGS }), erase({ args: {} })],
    });
    expect(await isQuiet(configured)).toBe(true);
  });

  test.each<[string, TfValue]>([
    ["in another order", [erase(), bios({ args: SETTINGS })]],
    ["with args that are written as none, and null", [bios({ args: SETTINGS }), erase({ args: {} })]],
    ["with members that are null", [bios({ args: SETTINGS }), erase({ args: null })]],
    ["with a number as text", [bios({ args: SETTINGS }), erase({ [sortedBy]: "2" })]],
  ])("the same steps %s are no change", async (_, steps) => {
    await life.applied(args([bios({ args: SETTINGS }), erase()]));
    expect(await isQuiet(args(steps))).toBe(true);
  });

  test("a change is one PATCH of what has changed", async () => {
    await life.applied(args([bios(), erase()], { extra: dynamic({ rack: 7 }) }));
    const from = rig.ironic.requests.length;
    await life.applied(args([bios(), erase()], { name: "CUSTOM_B", extra: dynamic({ rack: 8 }) }));
    expect(rig.written(from)).toEqual([`PATCH ${path}`]);
    expect(rig.ironic.requests.at(-1)?.body).toEqual([
      { op: "replace", path: "/name", value: "CUSTOM_B" },
      { op: "replace", path: "/extra/rack", value: 8 },
    ]);
    await life.applied(args([bios({ args: SETTINGS })], { name: "CUSTOM_B" }));
    expect(inIronic()).toMatchObject({ steps: [bios({ args: SETTINGS })], extra: {} });
  });

  test("drift of a step, of a name and of extra is planned", async () => {
    const configured = args([bios(), erase()]);
    await life.applied(configured);
    for (const drift of [{ steps: [bios({ args: {} })] }, { name: "CUSTOM_Z" }, { extra: { by: "hand" } }]) {
      const before = structuredClone(inIronic());
      Object.assign(inIronic(), structuredClone(drift));
      expect(await isQuiet(configured)).toBe(false);
      Object.assign(inIronic(), before);
      expect(await isQuiet(configured)).toBe(true);
    }
  });

  test("deleted by others, it is created again; its deletion is done already", async () => {
    await life.applied(args([bios()]));
    rig.ironic.collections.of(path).clear();
    await life.refresh();
    expect(life.state).toBeNull();
    await life.applied(args([bios()]));
    rig.ironic.collections.of(path).clear();
    expect(await life.apply(null)).toEqual([]);
  });

  test.each(["CUSTOM_A", "its UUID"])("is imported by %s, and the configuration plans nothing", async (by) => {
    const configured = args([bios({ args: SETTINGS }), erase()], { extra: dynamic({ rack: 7 }) });
    await life.applied(configured);
    const imported = rig.life(type);
    await imported.import(by === "CUSTOM_A" ? by : String(life.state?.id));
    await imported.refresh();
    expect((await imported.planned(configured)).changes).toBe(false);
  });

  test("a secret that Ironic masks is kept in state, is no change, and is not sent as its mask", async () => {
    const [secret, other] = ["s3cret-of-the-bios", "an0ther-secret"];
    const configured = (password: string, value = 1) => args([bios({ args: { password, value } }), erase()]);
    await life.applied(configured(secret));
    expect(inIronic().steps).toMatchObject([{ args: { password: secret } }, {}]);
    expect(await isQuiet(configured(secret))).toBe(true);
    expect(await changes(configured(other))).toBe(true);
    await life.applied(configured(secret, 2));
    expect(inIronic().steps).toMatchObject([{ args: { password: secret, value: 2 } }, {}]);
    // An import has only the mask.
    const imported = rig.life(type);
    await imported.import("CUSTOM_A");
    await imported.refresh();
    const masked = args([bios({ args: { password: "******", value: 3 } }), erase()]);
    expect(await imported.apply(masked)).toMatchObject([{ summary: "A masked value can't be sent", path: ["steps"] }]);
    await imported.apply(configured(other));
    expect(inIronic().steps).toMatchObject([{ args: { password: other, value: 1 } }, {}]);
  });

  test("no error has a secret of the steps", async () => {
    rig.ironic.intercept = (request, response) => {
      if (request.method !== "POST") return false;
      const faultstring = `bad: ${JSON.stringify({ password: "s3cret-of-the-bios" })}`;
      response.writeHead(400).end(JSON.stringify({ error_message: { faultstring } }));
      return true;
    };
    const found = JSON.stringify(await life.apply(args([bios({ args: { password: "s3cret-of-the-bios" } })])));
    expect(found).toContain("bad: ");
    expect(found).not.toContain("s3cret");
  });

  test.each<[string, TfValue, RegExp]>([
    ["none", [], /must not be empty/],
    ["no list", { a: 1 }, /must be a list of steps/],
    ["text", "[]", /must be a list of steps/],
    ["no object", ["bios"], /must have an object for each step: step 1 is none/],
    ["no interface", [{ step: "a" }], /step 1 needs one of vendor, power, .* as interface/],
    ["an unknown interface", [bios(), erase({ interface: "boot" })], /step 2 needs one of .* as interface/],
    ["no name", [bios({ step: "" })], /step 1 needs the name of the step/],
    ["args that are text", [bios({ args: "{}" })], /step 1 needs an object as args/],
    ["no number", [bios({ [sortedBy]: null })], /step 1 needs a whole number from 0/],
    ["a negative number", [bios({ [sortedBy]: -1 })], /step 1 needs a whole number from 0/],
    ["a stray member", [bios({ arg: {} })], /step 1 has arg, and a step has only interface, step, args/],
    ["a step twice", [bios(), erase(), bios({ [sortedBy]: 3 })], /has the step bios.apply_configuration twice/],
  ])("steps with %s are refused by validation", async (_, steps, expected) => {
    const found = await life.validate(args(steps));
    expect(found).toMatchObject([{ severity: "error", path: ["steps"], detail: expect.stringMatching(expected) }]);
  });

  test("what is unknown in a plan is checked by the apply, before a request", async () => {
    const typed = (step: TfValue) => ({
      name: "CUSTOM_A",
      steps: new Dynamic({ kind: "tuple", elements: [{ kind: "dynamic" }] }, [step]),
    });
    expect(await life.validate(typed(unknown))).toEqual([]);
    expect(await life.validate(args(unknown))).toEqual([]);
    const { planned, plannedPrivate } = await life.plan(args([bios({ args: { a: unknown } })]));
    const bad = args([bios({ args: { a: 1 }, interface: "boot" })]);
    const from = rig.ironic.requests.length;
    const found = await life.carryOut({ ...planned, steps: bad.steps ?? null }, bad, plannedPrivate);
    expect(found).toMatchObject([{ severity: "error", detail: expect.stringContaining("as interface") }]);
    expect(rig.written(from)).toEqual([]);
  });

  test("one with the name and the same content is taken over; another is left alone", async () => {
    await life.applied(args([bios({ args: SETTINGS }), erase()]));
    await rig.configure();
    const same = rig.life(type);
    expect(await same.apply(args([erase(), bios({ args: SETTINGS })]))).toEqual([]);
    expect(same.state?.id).toBe(life.state?.id);
    const other = rig.life(type);
    const before = structuredClone(inIronic());
    const [error] = await other.apply(args([erase()]));
    expect(error?.detail).toMatch(/CUSTOM_A already exists.*terraform import/s);
    expect([other.state, inIronic()]).toEqual([null, before]);
  });

  test("a lost response creates one", async () => {
    let lost = false;
    rig.ironic.intercept = (request, response) => {
      if (request.method !== "POST" || lost) return false;
      lost = true;
      response.end = () => response.destroy() as never;
      return false;
    };
    await life.applied(args([bios()]));
    expect(lost).toBe(true);
    expect([...rig.ironic.collections.of(path).keys()]).toEqual([life.state?.id]);
  });
});

test.each<[string, string, boolean]>([
  ["ironic_deploy_template_v1", "CUSTOM_A", true],
  ["ironic_deploy_template_v1", "HW_CPU_X86_VMX", true],
  ["ironic_deploy_template_v1", "custom_a", false],
  ["ironic_deploy_template_v1", "CUSTOM-A", false],
  ["ironic_deploy_template_v1", "", false],
  ["ironic_deploy_template_v1", `CUSTOM_${"A".repeat(249)}`, false],
  ["ironic_runbook_v1", "firmware-2026", true],
  ["ironic_runbook_v1", "firmware 2026", false],
  ["ironic_runbook_v1", "n".repeat(256), false],
])("%s: %s as a name is valid: %s", async (type, name, valid) => {
  rig = await IronicRig.start();
  const sortedBy = type === "ironic_runbook_v1" ? "order" : "priority";
  const steps = dynamic([{ interface: "bios", step: "a", [sortedBy]: 1 }]);
  const found = await rig.life(type).validate({ name, steps });
  expect(found.filter(({ path }) => path?.[0] === "name").length === 0).toBe(valid);
});
