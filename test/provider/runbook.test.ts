import { dynamic, unknown } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { type IronicLife, IronicRig } from "../support/ironic-rig";

// What runbooks have beside a name and steps: deploy-template.test.ts has those.

const [IRONIC_29, IRONIC_39] = [96, 115];
const args = (more: TfObject = {}): TfObject => ({
  name: "CUSTOM_A",
  steps: dynamic([{ interface: "bios", step: "apply_configuration", order: 1 }]),
  ...more,
});

let rig: IronicRig;
let life: IronicLife;
afterEach(() => rig.stop());
const start = async (newest: number) => {
  rig = await IronicRig.start({ newest });
  life = rig.life("ironic_runbook_v1");
};
const runbooks = () => rig.ironic.collections.of("runbooks");
const inIronic = () => runbooks().get(String(life.state?.id)) ?? {};
const isQuiet = async (configured: TfObject) => {
  expect(await life.refresh()).toEqual([]);
  return !(await life.planned(configured)).changes;
};

test("everything that can be configured is sent, changed in place, and reset when it is left out", async () => {
  await start(IRONIC_39);
  const all = { description: "d", traits: ["CUSTOM_B"], disable_ramdisk: true, owner: "project", name: "any-name" };
  await life.applied(args(all));
  expect(inIronic()).toMatchObject({ ...all, public: false });
  expect(await isQuiet(args(all))).toBe(true);
  const from = rig.ironic.requests.length;
  await life.applied(args({ ...all, traits: ["CUSTOM_C", "CUSTOM_D"], disable_ramdisk: false, description: "e" }));
  expect(rig.written(from)).toEqual(["PATCH runbooks", "PUT runbooks traits"]);
  expect(inIronic()).toMatchObject({ traits: ["CUSTOM_C", "CUSTOM_D"], disable_ramdisk: false, description: "e" });
  await life.applied(args());
  expect(inIronic()).toMatchObject({ name: "CUSTOM_A", traits: ["CUSTOM_A"], description: null, owner: "project" });
  expect(await isQuiet(args())).toBe(true);
});

test("drift of what is not configured is planned: its default is none", async () => {
  await start(IRONIC_39);
  await life.applied(args());
  for (const drift of [{ public: true }, { disable_ramdisk: true }, { traits: ["CUSTOM_B"] }]) {
    const before = structuredClone(inIronic());
    Object.assign(inIronic(), drift);
    expect([drift, await isQuiet(args())]).toEqual([drift, false]);
    Object.assign(inIronic(), before);
  }
});

test("the traits are the name where none are configured, also after a change of the name", async () => {
  await start(IRONIC_39);
  for (const name of ["CUSTOM_A", "CUSTOM_B"]) {
    await life.applied(args({ name }));
    expect([inIronic().traits, life.state?.traits, await isQuiet(args({ name }))]).toEqual([[name], null, true]);
  }
  const imported = rig.life("ironic_runbook_v1");
  await imported.import("CUSTOM_B");
  await imported.refresh();
  expect((await imported.planned(args({ name: "CUSTOM_B" }))).changes).toBe(false);
});

test("a name that is no trait, without traits, is a warning: the runbook runs on no node", async () => {
  await start(IRONIC_39);
  const warning = { severity: "warning", summary: "A runbook for no node", path: ["traits"] };
  expect(await life.validate(args({ name: "any-name" }))).toMatchObject([warning]);
  for (const runs of [
    args(),
    args({ name: "any-name", traits: ["CUSTOM_B"] }),
    args({ name: "any-name", traits: unknown }),
  ])
    expect(await life.validate(runs)).toEqual([]);
});

test("a runbook that becomes public loses its owner, and a plan says so", async () => {
  await start(IRONIC_29);
  await life.applied(args({ owner: "project" }));
  const { planned } = await life.planned(args({ public: true }));
  expect(planned).toMatchObject({ public: true, owner: null });
  await life.applied(args({ public: true }));
  expect(inIronic()).toMatchObject({ public: true, owner: null });
  expect(await isQuiet(args({ public: true }))).toBe(true);
  await life.applied(args({ owner: "other" }));
  expect(inIronic()).toMatchObject({ public: false, owner: "other" });
  expect(await life.validate(args({ public: true, owner: "other" }))).toMatchObject([{ path: ["owner"] }]);
});

test.each<[string, TfObject, string]>([
  ["description", { description: "d" }, "description of runbooks"],
  ["traits", { traits: ["CUSTOM_B"] }, "traits of runbooks"],
  ["a name that is no trait", { name: "any-name" }, "a name of runbooks that is not a trait"],
])("Ironic 29 and %s: the error names it, and nothing is sent", async (_, more, what) => {
  await start(IRONIC_29);
  const error = {
    summary: "The API microversion is too old",
    detail: expect.stringContaining(
      `API microversion 1.112 is needed for ${what}, and this Ironic supports up to 1.96`,
    ),
  };
  expect(await life.apply(args(more))).toMatchObject([error]);
  expect(rig.written()).toEqual([]);
  await life.applied(args());
  const from = rig.ironic.requests.length;
  expect(await life.apply(args(more))).toMatchObject([error]);
  expect(rig.written(from)).toEqual([]);
});

test.each([
  [IRONIC_29, [["disable_ramdisk"]]],
  [IRONIC_39, []],
])("a change of disable_ramdisk with microversion 1.%s replaces %j", async (newest, replaced) => {
  await start(newest);
  await life.applied(args());
  expect((await life.plan(args({ disable_ramdisk: true }))).replaced).toEqual(replaced);
  expect((await life.plan(args({ disable_ramdisk: false }))).replaced).toEqual([]);
  if (replaced.length > 0) await life.applied(null);
  await life.applied(args({ disable_ramdisk: true }));
  expect(inIronic()).toMatchObject({ disable_ramdisk: true });
  expect(await isQuiet(args({ disable_ramdisk: true }))).toBe(true);
});

test("a creation whose traits or owner are refused leaves nothing behind", async () => {
  await start(IRONIC_39);
  rig.ironic.intercept = ({ method, url = "" }, response) => {
    if (method !== "PUT" && !(method === "PATCH" && url.includes("runbooks"))) return false;
    response.writeHead(403).end(JSON.stringify({ error_message: { faultstring: "no" } }));
    return true;
  };
  for (const more of [{ traits: ["CUSTOM_B"] }, { owner: "o" }]) {
    expect(await life.apply(args(more))).toMatchObject([{ summary: "Ironic's policy does not allow this" }]);
    expect([life.state, runbooks().size]).toEqual([null, 0]);
  }
});
