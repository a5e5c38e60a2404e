import { planNode } from "../../../src/provider/node/plan";
import { INTERFACES, nodeSchema } from "../../../src/provider/node/schema";
import { unknown } from "../../../src/tfplugin";
import type { TfObject, TfValue } from "../../../src/tfplugin/cty";
import { planFromSchema } from "../../../src/tfplugin/engine/schema-plan";
import { proposedState } from "../../support/plugin/terraform-rules";
import { configOf } from "../../support/plugin/values";

/** The planned value of one argument; without a prior value the node is new. */
function planOf(argument: string, configured: TfValue, prior?: TfValue): TfValue {
  const config = configOf(nodeSchema, { driver: "redfish", [argument]: configured });
  const state = prior === undefined ? null : configOf(nodeSchema, { id: "u", driver: "redfish", [argument]: prior });
  const plan = planFromSchema(nodeSchema, { prior: state, config, proposed: proposedState(nodeSchema, state, config) });
  const planned = planNode(config as never, state as never, plan as never, { imported: false });
  return (planned as unknown as TfObject)[argument] ?? null;
}

describe("an argument that only the user sets", () => {
  test.each<[string, string, TfValue, TfValue | undefined, TfValue]>([
    ["created", "name", "x", undefined, "x"],
    ["created without it", "name", null, undefined, null],
    ["empty where nothing is in state", "name", "", null, ""],
    ["changed", "name", "x", "y", "x"],
    ["removed", "name", null, "y", null],
    ["empty in state", "name", null, "", ""],
    ["empty now", "name", "", "x", ""],
    ["a map that differs in a null", "extra", { a: "1", b: null }, { a: "1" }, { a: "1" }],
    ["a map with another key", "extra", { a: "1", b: "2" }, { a: "1" }, { a: "1", b: "2" }],
    ["a map of another value", "extra", { a: "2" }, { a: "1" }, { a: "2" }],
    ["unknown", "extra", unknown, { a: "1" }, unknown],
    ["a set of the same size", "ports", [{ address: "b" }], [{ address: "a" }], [{ address: "b" }]],
    [
      "ports in another order and notation",
      "ports",
      [{ address: "52-54-00-00-00-0A" }, { address: "52:54:00:00:00:0b" }],
      [{ address: "52:54:00:00:00:0b" }, { address: "52:54:00:00:00:0a" }],
      [{ address: "52:54:00:00:00:0b" }, { address: "52:54:00:00:00:0a" }],
    ],
    ["a flag that is not set", "clean", null, false, false],
  ])("%s", (_, argument, configured, prior, expected) => {
    expect(planOf(argument, configured, prior)).toEqual(expected);
  });
});

describe("the states of a node", () => {
  const states = { power_state: "power on", provision_state: "active", instance_uuid: "i" };
  const unknowns = { power_state: unknown, provision_state: unknown, instance_uuid: unknown };
  const base = { driver: "redfish", manage: true, available: null, target_power_state: "", extra: { a: "1" } };
  const state = configOf(nodeSchema, { id: "u", ...base, ...states });

  test.each<[TfObject, TfObject]>([
    [{}, states],
    [{ extra: { a: "2" } }, states],
    [{ name: "n", driver_info_wo_version: 2, traits: ["CUSTOM_A"], ports: [{ address: "52:54:00:00:00:01" }] }, states],
    [{ clean: false, inspect: null, available: false, target_power_state: null }, states],
    [{ driver: "ipmi", raid_config: "{}" }, states],
    [{ clean: true }, unknowns],
    [{ inspect: unknown as never }, unknowns],
    [{ available: true }, unknowns],
    [{ target_power_state: "power off" }, unknowns],
  ])("are unknown in a plan that moves it, and in no other: %j", (change, expected) => {
    const config = configOf(nodeSchema, { ...base, ...change });
    const plan = planFromSchema(nodeSchema, {
      prior: state,
      config,
      proposed: proposedState(nodeSchema, state, config),
    });
    expect(planNode(config as never, state as never, plan as never, { imported: false })).toMatchObject(expected);
  });
});

describe.each(["raid_config", "owner", INTERFACES[0]])("%s keeps its value where it is not configured", (argument) => {
  test.each<[TfValue, TfValue | undefined, TfValue]>([
    [null, "kept", "kept"],
    ["", "kept", "kept"],
    ["new", "kept", "new"],
    [null, null, null],
    ["", null, ""],
    [null, undefined, argument === "raid_config" ? null : unknown],
    [unknown, "kept", unknown],
  ])("configured %j, state %j", (configured, prior, expected) => {
    expect(planOf(argument, configured, prior)).toEqual(expected);
  });
});

describe.each<[string, TfValue, TfValue]>([
  ["traits", ["CUSTOM_A"], []],
  ["manage", true, false],
  ["available", true, false],
])("%s is left unchanged where it is not configured", (argument, set, empty) => {
  test.each<[TfValue, TfValue | undefined, TfValue]>([
    [null, set, set],
    [null, empty, empty],
    [null, null, null],
    [null, undefined, null],
    [empty, set, empty],
    [empty, null, empty],
    [set, empty, set],
  ])("configured %j, state %j", (configured, prior, expected) => {
    expect(planOf(argument, configured, prior)).toEqual(expected);
  });
});
