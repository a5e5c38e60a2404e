import { Fault, type Thing } from "./fault";

/** The verbs that run steps: where a node has them. */
export const RUNS: Readonly<
  Record<string, { readonly current: string; readonly all: string; readonly index: string }>
> = {
  clean: { current: "clean_step", all: "clean_steps", index: "clean_step_index" },
  service: { current: "service_step", all: "service_steps", index: "service_step_index" },
};

const INTERFACES = ["vendor", "power", "management", "firmware", "deploy", "bios", "raid"];
const KEYS = ["interface", "step", "args", "order", "execute_on_child_nodes", "limit_child_node_execution"];

/** The conductor's own steps, which `_validate_user_steps` in ironic.conductor.steps leaves out. */
const FLOW = ["power_on", "power_off", "reboot", "hold", "wait"];

/** The steps of fake hardware (ironic.drivers.modules.fake); those of the agent, on the interface `deploy`, are not checked. */
const STEPS: Readonly<Record<string, readonly string[]>> = {
  clean: [
    ...["bios.apply_configuration", "bios.factory_reset", "bios.cache_bios_settings", "firmware.update"],
    ...["vendor.log_passthrough", "raid.create_configuration", "raid.delete_configuration"],
  ],
  service: ["vendor.log_passthrough", "vendor.trigger_servicewait"],
};

const nameOf = ({ interface: owner, step }: Thing) => `${String(owner)}.${String(step)}`;

/** The steps that a request runs: its own, or those of a runbook. */
export function stepsOf(
  verb: string,
  input: Thing,
  node: Thing,
  minor: number,
  runbook: (id: string) => Thing,
): Thing[] {
  const { all = "" } = RUNS[verb] ?? {};
  const named = typeof input.runbook === "string" ? approved(runbook(input.runbook), node, minor) : undefined;
  // `check_allow_disable_ramdisk` in ironic.api.controllers.v1.utils: the runbook's own counts, and is never null.
  if (verb === "service" && minor < 108 && (named !== undefined || input.disable_ramdisk !== undefined)) {
    throw new Fault(400, "disable_ramdisk is supported only with manual cleaning");
  }
  const steps = (named?.steps ?? input[all] ?? []) as Thing[];
  if (steps.length === 0) throw new Fault(400, `"${all}" is required when setting target provision state to ${verb}`);
  for (const step of steps) {
    const stray = Object.keys(step).find((key) => !KEYS.includes(key));
    if (stray !== undefined || !INTERFACES.includes(String(step.interface)) || typeof step.step !== "string") {
      throw new Fault(400, `Invalid ${all}: ${stray ?? python(step)} is not valid under the schema`);
    }
  }
  return steps.filter(({ step }) => !FLOW.includes(String(step)));
}

/** `_handle_runbook` in ironic.api.controllers.v1.node. */
function approved(runbook: Thing, node: Thing, minor: number): Thing {
  const approvedBy = minor < 112 ? [runbook.name] : ((runbook.traits ?? []) as string[]);
  if (approvedBy.length === 0) {
    const advice = "Please ask an administrator to add traits to the runbook.";
    throw new Fault(400, `Runbook ${String(runbook.uuid)} has no traits configured. ${advice}`);
  }
  if (approvedBy.some((trait) => (node.traits as unknown[]).includes(trait))) return runbook;
  throw new Fault(400, `This runbook has not been approved for use on this node ${String(node.uuid)}.`);
}

/** The error of steps that the node's drivers do not have; the node is then not set to maintenance. */
export function unsupported(verb: string, steps: readonly Thing[]): string | undefined {
  const known = STEPS[verb] ?? [];
  const odd = steps.find((step) => step.interface !== "deploy" && !known.includes(nameOf(step)));
  return odd && `node does not support this ${verb} step: ${python(odd)}`;
}

/** As fake hardware fails a step: its bios interface can't store a value that is no text. */
export function stepFault({ interface: owner, step, args }: Thing): string | undefined {
  if (owner !== "bios" || step !== "apply_configuration") return undefined;
  const { settings } = args as { readonly settings?: readonly Thing[] };
  const odd = settings?.find(({ value }) => typeof value === "object");
  return odd && `Error binding parameter: type '${typeof odd.value}' is not supported`;
}

/** As Ironic completes a step. */
export function completed(step: Thing): Thing {
  return { args: {}, ...step, abortable: false, priority: 0 };
}

/** Python's notation of a JSON value. */
export function python(value: unknown): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return `'${value.replace(/[\\']/g, (found) => `\\${found}`)}'`;
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return String(value);
  return `{${Object.entries(value)
    .map(([key, each]) => `${python(key)}: ${python(each)}`)
    .join(", ")}}`;
}
