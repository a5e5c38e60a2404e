import { dynamic, type TfValue } from "../../../src/tfplugin";
import type { TfObject } from "../../../src/tfplugin/cty";
import { ProviderRig, type ProviderRigOptions } from "../../support/provider-rig";

export const BIOS = {
  interface: "bios",
  step: "apply_configuration",
  args: { settings: [{ name: "Boot", value: "Uefi" }] },
};
export const RESET = { interface: "bios", step: "factory_reset" };
export const FIRMWARE = {
  interface: "firmware",
  step: "update",
  args: { settings: [{ component: "bmc", url: "https://fw.example/1" }] },
};
export const LOG = { interface: "vendor", step: "log_passthrough" };

/** The two resources, each with a node that is ready for it and two steps that fake hardware has. */
export const KINDS = [
  {
    type: "ironic_node_cleaning_v1",
    verb: "clean",
    ready: { provision_state: "manageable" },
    steps: [BIOS, RESET],
    busy: { provision_state: "cleaning", target_provision_state: "manageable" },
    failed: "clean failed",
    all: "clean_steps",
    goal: "manageable",
  },
  {
    type: "ironic_node_servicing_v1",
    verb: "service",
    ready: { provision_state: "active", power_state: "power on" },
    steps: [LOG, { interface: "deploy", step: "burnin_cpu", args: { agent_burnin_cpu_timeout: 1 } }],
    busy: { provision_state: "servicing", target_provision_state: "active" },
    failed: "service failed",
    all: "service_steps",
    goal: "active",
  },
] as const;
export type KindCase = (typeof KINDS)[number];

/** A rig with a node that is ready, and the resource; with the newest Ironic by default. */
export async function stepsRig({ type, ready }: Pick<KindCase, "type" | "ready">, options: ProviderRigOptions = {}) {
  const rig = await ProviderRig.start({ ...options, ironic: { newest: 115, ...options.ironic } });
  const uuid = rig.node({ name: "n", ...ready });
  return { rig, uuid, node: () => rig.ironic.store.node(uuid), resource: rig.resource(type) };
}

/** A configuration of steps. */
export const args = (node_uuid: string, steps: unknown, more: TfObject = {}): TfObject => ({
  node_uuid,
  steps: dynamic(steps as TfValue),
  ...more,
});

/** The targets of the requests for another provision state since `from`, `mark` and `unmark` of an available node, other writes. */
export const verbs = (rig: ProviderRig, from = 0): string[] =>
  rig.writes(from).map(({ request, body }) => {
    if (request.endsWith("/states/provision")) return String((body as { target?: string }).target);
    const [patch, ...more] = request.startsWith("PATCH ") ? (body as { op: string; path: string }[]) : [];
    if (more.length > 0 || patch?.path !== "/extra/terraform_returns_to") return request;
    return patch.op === "add" ? "mark" : "unmark";
  });

/** The messages of the provider's log. */
export const messages = ({ plugin }: ProviderRig): string[] =>
  plugin.logs.map((line) => (JSON.parse(line) as { "@message": string })["@message"]);

/** Lets the provider and the stand-in go on; in a loop that waits for one of them. */
export const tick = () => new Promise((resolve) => setTimeout(resolve, 1));
