import { dynamic, type TfValue } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

let rig: IronicRig;
let life: IronicLife;
beforeEach(async () => {
  rig = await IronicRig.start();
  life = rig.life("ironic_inspection_rule_v1");
});
afterEach(() => rig.stop());

const ACTION = { op: "set-attribute", args: { path: "/extra/rack", value: { n: 7, list: [true] } } };
const CONDITION = { op: "!eq", args: { values: ["{inventory[cpu][count]}", 4] } };
const args = (more: TfObject = {}): TfObject => ({ actions: dynamic([ACTION]), ...more });
const rules = () => rig.ironic.collections.of("inspection_rules");
const inIronic = () => rules().get(String(life.state?.id)) ?? {};
const isQuiet = async (configured: TfObject) => {
  expect(await life.refresh()).toEqual([]);
  return !(await life.planned(configured)).changes;
};

test("everything that can be configured is sent, changed in place, and reset when it is left out", async () => {
  const all = { description: "d", priority: 9999, conditions: dynamic([CONDITION]) };
  await life.applied(args(all));
  expect(inIronic()).toMatchObject({
    ...{ uuid: life.state?.id, description: "d", priority: 9999, phase: "main", sensitive: false },
    ...{ conditions: [CONDITION], actions: [ACTION] },
  });
  expect(await isQuiet(args(all))).toBe(true);
  const from = rig.ironic.requests.length;
  await life.applied(args({ ...all, priority: 5 }));
  expect(rig.written(from)).toEqual(["PATCH inspection_rules"]);
  expect(rig.ironic.requests.at(-1)?.body).toEqual([{ op: "replace", path: "/priority", value: 5 }]);
  await life.applied(args());
  expect(inIronic()).toMatchObject({ description: null, priority: 0, conditions: [] });
  expect(await isQuiet(args())).toBe(true);
});

test("what Ironic adds to conditions and actions is no drift; another order of actions is", async () => {
  const loop = { ...CONDITION, loop: [1, 2] };
  const plugin = { op: "set-plugin-data", args: { path: "a", value: 1 } };
  const configured = args({ conditions: dynamic([loop]), actions: dynamic([plugin, ACTION]) });
  await life.applied(configured);
  expect(inIronic().actions).toMatchObject([{ args: { plugin_data: {} } }, {}]);
  expect(await isQuiet(configured)).toBe(true);
  expect(await isQuiet({ ...configured, conditions: dynamic([{ ...loop, multiple: "any" }]) })).toBe(true);
  expect(await isQuiet({ ...configured, conditions: dynamic([{ ...loop, multiple: "all" }]) })).toBe(false);
  expect(await isQuiet({ ...configured, actions: dynamic([ACTION, plugin]) })).toBe(false);
});

test("drift is planned", async () => {
  const configured = args({ conditions: dynamic([CONDITION]) });
  await life.applied(configured);
  const drifts = [{ priority: 3 }, { description: "by hand" }, { conditions: [] }, { actions: [CONDITION] }];
  for (const drift of [...drifts, { sensitive: true }]) {
    const before = structuredClone(inIronic());
    Object.assign(inIronic(), drift);
    expect([drift, await isQuiet(configured)]).toEqual([drift, false]);
    Object.assign(inIronic(), before);
    await life.refresh();
  }
});

describe("a sensitive rule, whose conditions and actions Ironic hides", () => {
  const configured = (more: TfObject = {}) => args({ sensitive: true, conditions: dynamic([CONDITION]), ...more });

  test("plans nothing after a refresh, and its changes are sent", async () => {
    await life.applied(configured());
    expect(await isQuiet(configured())).toBe(true);
    await life.applied(configured({ priority: 4, conditions: null }));
    expect(inIronic()).toMatchObject({ priority: 4, conditions: [], actions: [ACTION], sensitive: true });
    expect(await isQuiet(configured({ priority: 4, conditions: null }))).toBe(true);
  });

  test("is replaced to be sensitive no longer, and becomes sensitive in place", async () => {
    await life.applied(args());
    expect((await life.plan(configured())).replaced).toEqual([]);
    await life.applied(configured());
    expect((await life.plan(args())).replaced).toEqual([["sensitive"]]);
  });

  test("is imported; an apply sends what is configured", async () => {
    await life.applied(configured());
    const imported = rig.life("ironic_inspection_rule_v1");
    await imported.import(String(life.state?.id));
    await imported.refresh();
    expect(imported.state).toMatchObject({ sensitive: true, actions: null, conditions: null });
    inIronic().actions = [CONDITION];
    const warning = { severity: "warning", summary: "The hidden conditions of the imported rule are replaced" };
    const none = expect.stringContaining("which has no conditions: the rule then applies to each node");
    const plans = [configured(), configured({ conditions: null })].map((each) => imported.plan(each));
    const [some, without] = await Promise.all(plans);
    expect([some?.diagnostics, without?.diagnostics]).toMatchObject([[warning], [{ ...warning, detail: none }]]);
    expect(some?.diagnostics).not.toMatchObject([{ detail: none }]);
    await imported.applied(configured());
    expect(inIronic()).toMatchObject({ actions: [ACTION], conditions: [CONDITION] });
    expect((await imported.plan(configured())).diagnostics).toEqual([]);
  });
});

test("is imported by UUID, and the configuration plans nothing; deleted by others, it is created again", async () => {
  const configured = args({ description: "d", priority: 7, conditions: dynamic([CONDITION]) });
  await life.applied(configured);
  const { state } = life;
  const imported = rig.life("ironic_inspection_rule_v1");
  await imported.import(String(state?.id));
  await imported.refresh();
  expect((await imported.planned(configured)).changes).toBe(false);
  rules().clear();
  await life.refresh();
  expect(life.state).toBeNull();
  life.state = state;
  expect(await life.apply(null)).toEqual([]);
});

test("an Ironic before 1.96 is too old", async () => {
  await rig.stop();
  rig = await IronicRig.start({ newest: 95 });
  const [error] = await rig.life("ironic_inspection_rule_v1").apply(args());
  expect(error).toMatchObject({ severity: "error", detail: expect.stringContaining("1.96") });
});

const action = (more: TfObject): TfObject => args({ actions: dynamic([{ ...ACTION, ...more }]) });
const condition = (more: TfObject): TfObject => args({ conditions: dynamic([{ ...CONDITION, ...more }] as TfValue) });
test.each<[string, TfObject, RegExp]>([
  ["no actions", args({ actions: dynamic([]) }), /must not be empty/],
  ["an unknown action", action({ op: "set-atribute" }), /action 1 needs one of fail, log, set-attribute.* as op/],
  ["a condition as an action", action({ op: "eq" }), /needs one of fail/],
  ["an argument too few", action({ args: { path: "a" } }), /action 1 needs value in args of set-attribute/],
  ["an argument too many", action({ args: { path: "a", value: 1, when: 2 } }), /has when in args of set-attribute/],
  ["arguments in a list", action({ args: ["a", 1] }), /by their names as args/],
  ["a stray member", action({ if: 1 }), /has if, and may have only op, args, loop\./],
  ["an unknown operator", condition({ op: "==" }), /condition 1 needs one of eq, lt, gt/],
  ["an argument of a condition too few", condition({ args: {} }), /needs values in args of eq/],
  ["a loop that is text", condition({ loop: "all" }), /needs a list or an object as loop/],
  ["multiple without loop", condition({ multiple: "all" }), /multiple without loop/],
  ["an unknown multiple", condition({ multiple: "some", loop: [1] }), /any, all, first, last as multiple/],
  ["a negative priority", args({ priority: -1 }), /from 0 to 9999/],
  ["a priority of built-in rules", args({ priority: 10_000 }), /from 0 to 9999/],
  ["an unknown phase", args({ phase: "preprocess" }), /"main"/],
  ["a long description", args({ description: "d".repeat(256) }), /255/],
])("%s is refused by validation", async (_, configured, expected) => {
  expect(await life.validate(configured)).toMatchObject([
    { severity: "error", detail: expect.stringMatching(expected) },
  ]);
});
