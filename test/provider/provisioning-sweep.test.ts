import type { Thing } from "../../src/testing/ironic";
import { dynamic } from "../../src/tfplugin";
import type { TfObject } from "../../src/tfplugin/cty";
import { ProviderRig } from "../support/provider-rig";
import { type End, endRunAt } from "../support/sweep";

// Creations that move a node through provision states. Each ends early at each of its requests, and the next apply leaves the node as an
// undisturbed one does. sweep.test.ts has those of a whole rack.

interface Row {
  readonly what: string;
  readonly type: string;
  /** The node before; a new node is created by the resource itself. */
  readonly node?: Thing;
  readonly args: TfObject;
  /** The provision state after. */
  readonly goal: string;
}
const STEPS = { node_uuid: "n", steps: dynamic([{ interface: "bios", step: "factory_reset" }]) };
const LOG = { node_uuid: "n", steps: dynamic([{ interface: "vendor", step: "log_passthrough" }]) };
const cleaned = (provision_state: string, goal: string): Row => ({
  ...{ what: `a cleaning from ${provision_state}`, type: "ironic_node_cleaning_v1", args: STEPS, goal },
  node: { provision_state, power_state: "power off" },
});
const ROWS: readonly Row[] = [
  cleaned("available", "available"),
  cleaned("clean failed", "manageable"),
  {
    ...{ what: "a servicing", type: "ironic_node_servicing_v1", args: LOG, goal: "active" },
    node: { provision_state: "active", power_state: "power on" },
  },
  {
    ...{ what: "an adoption", type: "ironic_deployment", goal: "active" },
    node: { provision_state: "enroll" },
    args: {
      node_uuid: "n",
      adopt: true,
      instance_info: { image_source: `oci://r.example/a@sha256:${"a".repeat(64)}` },
    },
  },
  {
    ...{ what: "a node that is inspected and cleaned", type: "ironic_node_v1", goal: "available" },
    args: {
      ...{ driver: "fake-hardware", name: "n", inspect: true, clean: true, available: true },
      bios_settings: JSON.stringify([{ name: "Boot", value: "Uefi" }]),
    },
  },
];

/** A run of Terraform on an Ironic of its own, or on that of an earlier run. */
async function start(row: Row, ironic?: ProviderRig["ironic"]) {
  const config = { lock_timeout: 0 };
  const rig = ironic ? new ProviderRig(ironic) : await ProviderRig.start({ ironic: { newest: 115 }, config });
  if (ironic) await rig.configure({ url: ironic.url, ...config });
  else if (row.node) rig.node({ name: "n", ...row.node });
  return { rig, resource: rig.resource(row.type) };
}

/** What Ironic holds of the node, without what an early end may leave: the holder of a take-over; a mark whose removal the network has lost. */
function left({ store, requests }: ProviderRig["ironic"], { kind }: End) {
  const { provision_state, extra, instance_info, maintenance, power_state } = store.node("n");
  const mayStay = ["terraform_holder", ...(kind === "cut" ? ["terraform_returns_to"] : [])];
  const keys = [extra, instance_info].map((field) =>
    Object.keys(field as object)
      .filter((key) => !mayStay.includes(key))
      .sort(),
  );
  const targets = requests.map(({ body }) => (body as { target?: string } | undefined)?.target);
  const destructive = targets.filter((target) => target === "deleted" || target === "rebuild");
  return { ...{ provision_state, maintenance, power_state, keys, destructive }, nodes: store.nodes.size };
}

// A run that is killed after one request is as one that is killed before the next.
const KILLED: End = { kind: "killed", done: true };
const OTHERS: readonly End[] = [
  { kind: "cut", done: true },
  { kind: "interrupted", done: true },
];
const CASES = [
  ...ROWS.map((row) => ({ ...row, ...KILLED, row, end: KILLED })),
  ...OTHERS.flatMap((end) => ROWS.slice(0, 1).map((row) => ({ ...row, ...end, row, end }))),
];

test.each(CASES)("$what that is $kind after any request", async ({ row, end }) => {
  const undisturbed = await start(row);
  expect(await undisturbed.resource.apply(row.args)).toEqual([]);
  const expected = left(undisturbed.rig.ironic, end);
  expect(expected).toMatchObject({ provision_state: row.goal, maintenance: false, destructive: [] });
  await undisturbed.rig.stop();
  const imported: number[] = [];
  let index = 0;
  while (await endsWell(row, end, index, expected, imported)) index += 1;
  expect(index).toBeGreaterThan(1);
  // The last request of an adoption removes its mark: where Terraform knows nothing of its end, the error names the import.
  expect(imported).toEqual(row.type === "ironic_deployment" ? [index - 1] : []);
});

/** @returns false where the run has fewer requests */
async function endsWell(row: Row, end: End, index: number, expected: object, imported: number[]): Promise<boolean> {
  const { rig, resource } = await start(row);
  const { ironic } = rig;
  try {
    const run = { work: () => resource.apply(row.args), interrupt: () => rig.plugin.call("StopProvider", {}) };
    if (!(await endRunAt(ironic, index, end, run))) return false;
    const next = (await start(row, ironic)).resource;
    // A killed process has saved nothing.
    if (end.kind !== "killed") Object.assign(next, { state: resource.state, private: resource.private });
    const errors = (await next.apply(row.args)).filter(({ severity }) => severity === "error");
    if (errors.some(({ detail }) => detail.includes("terraform import"))) imported.push(index);
    else expect({ index, errors }).toEqual({ index, errors: [] });
    expect({ index, ...left(ironic, end) }).toEqual({ index, ...expected });
    return true;
  } finally {
    await rig.stop();
  }
}
