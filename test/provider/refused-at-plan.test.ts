import { Dynamic, dynamic, type TfValue, tfNumber, unknown } from "../../src/tfplugin";
import type { CtyType, TfObject } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";

// What Ironic's API refuses by its schemas alone is refused by validation or plan, before any request changes something.

let rig: ProviderRig;
beforeAll(async () => {
  rig = await ProviderRig.start({ ironic: { newest: 115 } });
});
afterAll(() => rig.stop());

const NODE = { driver: "fake-hardware" };
const PORT = { node_uuid: "6eb02b44-18a3-4659-8c0b-8d2802581ae4", address: "52:54:00:00:00:0a" };
const link = (local_link_connection: TfObject, more: TfObject = {}): TfObject => ({
  ...PORT,
  local_link_connection,
  ...more,
});
const steps = (...all: object[]) => ({
  node_uuid: "n",
  instance_info: {},
  deploy_steps: JSON.stringify(all),
});
const work = (all: unknown): TfObject => ({ node_uuid: "n", steps: dynamic(all as TfValue) });
const named = (all: unknown): TfObject => ({ name: "CUSTOM_A", steps: dynamic(all as TfValue) });
const WORK = { interface: "bios", step: "factory_reset" };
const setOf = (...all: TfObject[]) => {
  const { type, value } = dynamic(all) as Dynamic;
  return new Dynamic(
    { kind: "set", element: (type as Extract<typeof type, { kind: "tuple" }>).elements[0] as CtyType },
    value,
  );
};
const STEP = { interface: "deploy", step: "erase_devices", args: {}, priority: 50 };
const REBOOT = { ...STEP, interface: "power", step: "reboot" };
const CORE = { ...STEP, step: "deploy" };
const WITHOUT_CORE = { ...CORE, priority: 0 };

async function errors(type: string, args: TfObject): Promise<string[]> {
  const resource = rig.resource(`ironic_${type}`);
  const all = [...(await resource.validate(args)), ...(await resource.plan(args)).diagnostics];
  return all.filter(({ severity }) => severity === "error").map(({ summary, detail }) => `${summary}: ${detail}`);
}

test.each<[string, TfObject, RegExp]>([
  ["node_v1", { ...NODE, name: "with space" }, /characters/],
  ["node_v1", { ...NODE, name: "maintenance" }, /reserved words/],
  ["node_v1", { ...NODE, name: PORT.node_uuid }, /UUID/],
  ["node_v1", { ...NODE, name: "n".repeat(256) }, /255/],
  ["node_v1", { ...NODE, resource_class: "c".repeat(81) }, /80/],
  ["node_v1", { ...NODE, traits: ["CUSTOM_A", "custom_gold"] }, /has "custom_gold", which must be a standard trait/],
  ["node_v1", { ...NODE, ports: [{ address: PORT.address, port_group_uuid: "bond0" }] }, /UUID/],
  ["port_v1", { ...PORT, port_group_uuid: "bond0" }, /UUID/],
  ["port_v1", { ...PORT, address: "52:54:00" }, /MAC address/],
  ["port_v1", { ...PORT, physical_network: "n".repeat(65) }, /64/],
  ["port_v1", link({ switch_id: "00:00:00:00:00:0a" }), /requires port_id and switch_id/],
  ["port_v1", link({ port_id: "p" }), /requires port_id and switch_id/],
  ["port_v1", link({ switch_id: "leaf-1", port_id: "p" }), /MAC address/],
  ["port_v1", link({ switch_id: "00:00:00:00:00:0a", port_id: "p", rack: "1" }), /does not accept rack/],
  ["port_v1", link({ network_type: "flat" }), /"managed" or "unmanaged"/],
  ["port_v1", link({ switch_id: "00:00:00:00:00:0a", port_id: "p" }, { is_smart_nic: true }), /hostname/],
  ["port_v1", { ...PORT, is_smart_nic: true }, /hostname/],
  ["port_group_v1", { node_uuid: "n", name: "bond 0" }, /characters/],
  ["port_group_v1", { node_uuid: "n", address: "bond0" }, /MAC address/],
  ["allocation_v1", { resource_class: "c", name: "a/b" }, /characters/],
  ["allocation_v1", { resource_class: "c".repeat(81) }, /80/],
  ["allocation_v1", { resource_class: "c", traits: ["gold"] }, /trait/],
  ["deployment", steps({ ...STEP, interface: "network" }), /interface/],
  ["deployment", steps({ ...STEP, args: undefined }), /args/],
  ["deployment", steps({ ...STEP, more: 1 }), /more/],
  ["deployment", steps({ ...STEP, priority: -1 }), /needs a whole number from 0 as priority/],
  ["deployment", steps({ ...STEP, priority: 1.5 }), /needs a whole number from 0 as priority/],
  ["deployment", steps(STEP, CORE), /step 2 is deploy\.deploy, the core step/],
  ["deployment", steps({ ...CORE, priority: "10" }), /step 1 is deploy\.deploy, the core step/],
  ["deployment", steps(STEP, CORE, STEP), /deploy\.deploy/],
  ["deployment", steps(STEP, WITHOUT_CORE, STEP), /step 3 is deploy\.erase_devices, as step 1: a step runs once/],
  ["node_cleaning_v1", work([unknown, { ...WORK, interface: "bioss" }]), /step 2 needs one of vendor, .* as interface/],
  ["node_servicing_v1", work([WORK, { ...WORK, step: unknown }, "text"]), /step 3 is none/],
  [
    "runbook_v1",
    named([
      { ...WORK, order: unknown },
      { ...WORK, order: -1 },
    ]),
    /step 2 needs a whole number from 0 as order/,
  ],
  ["deploy_template_v1", named([unknown, STEP, STEP]), /has the step deploy\.erase_devices twice/],
  ["inspection_rule_v1", { actions: dynamic([unknown, { op: "fial", args: { msg: "m" } }]) }, /action 2/],
  ["node_cleaning_v1", { node_uuid: "n" }, /There is nothing to run/],
  ["node_servicing_v1", { node_uuid: "n", runbook: "" }, /There is nothing to run/],
  ["node_cleaning_v1", work([]), /must not be empty/],
  [
    "node_cleaning_v1",
    work({ steps: 1 }),
    /must be a list of steps, such as \[\{ interface = "bios", step = "factory_reset" \}\]/,
  ],
  [
    "node_cleaning_v1",
    { node_uuid: "n", steps: setOf(WORK, { ...WORK, step: "b" }) },
    /the order of the \w+ counts, and a set has none/,
  ],
  [
    "inspection_rule_v1",
    { actions: setOf({ op: "fail", args: { msg: "m" } }) },
    /the order of the \w+ counts, and a set has none/,
  ],
  ["node_cleaning_v1", work(["bios.reset"]), /must have an object for each step: step 1 is none/],
  ["node_cleaning_v1", work([WORK, { step: "s" }]), /step 2 needs one of vendor, .*, raid as interface\./],
  [
    "node_cleaning_v1",
    work([{ ...WORK, interface: "bioss" }]),
    /step 1 needs one of vendor, .* as interface \(did you mean bios\?\)\./,
  ],
  [
    "node_cleaning_v1",
    work([{ interface: "bios" }]),
    /step 1 needs the name of the step as step, such as factory_reset/,
  ],
  ["node_cleaning_v1", work([{ ...WORK, step: "" }]), /step 1 needs the name of the step as step/],
  ["node_cleaning_v1", work([{ ...WORK, args: [1] }]), /step 1 needs an object as args/],
  [
    "node_cleaning_v1",
    work([{ ...WORK, priority: 10 }]),
    /step 1 has priority, and these steps run in the order of the list/,
  ],
  ["node_cleaning_v1", work([{ ...WORK, execute_on_child_nodes: true }]), /a step has only interface, step, args\./],
  ["node_servicing_v1", work([{ ...WORK, interface: "network" }]), /needs one of .* as interface\./],
  [
    "node_servicing_v1",
    work([{ ...WORK, Args: {} }]),
    /step 1 has Args, and a step has only interface, step, args \(did you mean args\?\)/,
  ],
  [
    "node_cleaning_v1",
    work([{ ...WORK, args: { n: tfNumber("12345678901234567890") } }]),
    /has a number with more digits/,
  ],
  [
    "node_cleaning_v1",
    { ...work([WORK]), target_raid_config: dynamic({ logical_disks: [{ size_gb: 1, raid_level: "7" }] }) },
    /target_raid_config\.logical_disks\[0\]\.raid_level must be one of/,
  ],
  ["node_cleaning_v1", { ...work([WORK]), target_raid_config: dynamic({ disks: 1 }) }, /must have logical_disks/],
  ["node_cleaning_v1", { ...work([WORK]), runbook: "r" }, /Ironic takes one of the two/],
  ["node_cleaning_v1", { node_uuid: "n", runbook: "r", disable_ramdisk: true }, /A runbook says itself/],
])("%s: %j", async (type, args, expected) => {
  expect((await errors(type, args)).join("\n")).toMatch(expected);
});

test.each<[string, TfObject]>([
  [
    "node_v1",
    { ...NODE, name: "Rack-1_a.b~c", traits: ["CUSTOM_A", "HW_CPU_X86_VMX"], resource_class: "c".repeat(80) },
  ],
  ["port_v1", link({})],
  ["port_v1", link({ switch_id: "00:00:00:00:00:0A", port_id: "p" })],
  ["port_v1", link({ switch_id: "0123456789abcdef", port_id: "p", switch_info: "s" })],
  ["port_v1", link({ hostname: "h", port_id: "p" }, { is_smart_nic: true })],
  ["port_v1", link({ network_type: "unmanaged" })],
  ["port_v1", link({ port_id: "p", "vtep-logical-switch": "l", "vtep-physical-switch": "s" })],
  ["deployment", steps(STEP, { ...STEP, step: "other", priority: "10" }, WITHOUT_CORE)],
  ["deployment", steps(STEP, REBOOT, { ...REBOOT, priority: 20 })],
  ["deployment", { ...steps(CORE), adopt: true, node_uuid: unknown }],
  ["node_cleaning_v1", work([WORK, { ...WORK, args: { list: [1, { deep: true }] } }, { ...WORK, args: null }])],
  ["node_servicing_v1", { ...work([WORK]), runbook: "", disable_ramdisk: true, triggers: { a: "b" } }],
  ["node_cleaning_v1", work([unknown, { interface: unknown, step: unknown, args: unknown }])],
  ["node_cleaning_v1", { ...work([WORK]), steps: unknown }],
  ["node_cleaning_v1", { ...work([WORK]), steps: null, runbook: unknown }],
])("accepted: %s: %j", async (type, args) => {
  expect(await errors(type, args)).toEqual([]);
});

test("a deploy template whose steps fail each deployment is a warning: Ironic has it", async () => {
  const template = (step: object) => ({ name: "CUSTOM_A", steps: dynamic([step] as TfValue) });
  const resource = rig.resource("ironic_deploy_template_v1");
  expect(await resource.validate(template(CORE))).toMatchObject([
    { severity: "warning", path: ["steps"], detail: expect.stringContaining("step 1 is deploy.deploy, the core step") },
  ]);
  expect(await resource.validate(template(WITHOUT_CORE))).toEqual([]);
});

test("a step that Ironic leaves out of a deployment is a warning: what worked does so still", async () => {
  const left = (where: string) => ({
    severity: "warning",
    summary: "A step that Ironic does not run",
    detail: `Ironic 29 to 39 accept reboot among ${where}, and leave it out without an error. Remove step 2.`,
  });
  const deployment = await rig.resource("ironic_deployment").plan(steps(STEP, REBOOT));
  expect(deployment.diagnostics).toContainEqual(expect.objectContaining(left("deploy steps")));
  const template = await rig.resource("ironic_deploy_template_v1").validate(named([STEP, REBOOT]));
  expect(template).toMatchObject([left("the steps of a template")]);
});
