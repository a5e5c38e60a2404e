import { firmwareFault } from "../../firmware-files";
import type { Json, JsonObject } from "../../ironic";
import { type ObjectList, requiredObjects } from "./object-list";

// Steps of deployment, cleaning and servicing: `[{ interface = "bios", step = "apply_configuration", args = { … } }]`.

/** What the steps of a resource have beside `interface` and `step`. */
interface StepRules {
  /** The driver interfaces that may have the steps. */
  readonly interfaces: readonly string[];
  /** The member by which Ironic sorts the steps, and which each step has; their order in the list has no meaning then. */
  readonly sortedBy?: "priority" | "order";
  /** Whether each step has to have `args`, which are `{}` otherwise. */
  readonly needsArgs?: boolean;
  /** Whether steps may run on a node's children: `execute_on_child_nodes` and `limit_child_node_execution`. */
  readonly onChildren?: boolean;
  /** Whether a step may occur once only. */
  readonly once?: boolean;
}

/** `DEPLOYING_INTERFACE_PRIORITY` and `CLEANING_INTERFACE_PRIORITY` of ironic.conductor.steps. */
const INTERFACES = ["vendor", "power", "management", "firmware", "deploy", "bios", "raid"];

/** Steps by the JSON schemas of Ironic's API. */
export function stepList(rules: StepRules): ObjectList {
  return {
    element: "step",
    canonical: (step) => canonical(step, rules),
    fault: (step) => stepFault(step, rules),
    ...(rules.once && { keyOf: stepName }),
  };
}

/** Deploy steps of a template (`TEMPLATE_SCHEMA` in ironic.api.controllers.v1.deploy_template). */
export const TEMPLATE_STEPS = stepList({ interfaces: INTERFACES, sortedBy: "priority", once: true });
/** Deploy steps of a deployment (`DEPLOY_STEP_SCHEMA` in ironic.api.controllers.v1.utils). */
export const DEPLOY_STEPS = stepList({ interfaces: INTERFACES, sortedBy: "priority", needsArgs: true });
/** Steps of a runbook (`RUNBOOK_STEP_SCHEMA` in ironic.api.controllers.v1.utils). */
export const RUNBOOK_STEPS = stepList({ interfaces: INTERFACES, sortedBy: "order", once: true });
/** Steps of a manual cleaning, in the order in which they are run (`_STEPS_SCHEMA` in ironic.api.controllers.v1.node). */
export const CLEAN_STEPS = stepList({ interfaces: INTERFACES, onChildren: true });
/** Steps of a servicing. `SERVICING_INTERFACE_PRIORITY` has `network` since Ironic 39. */
export const SERVICE_STEPS = stepList({ interfaces: [...INTERFACES, "network"], onChildren: true });

/** The argument `steps`. */
export const requiredSteps = (steps: ObjectList, options: { readonly description: string }) =>
  requiredObjects(steps, options);

function canonical({ args = {}, ...step }: JsonObject, { sortedBy }: StepRules): JsonObject {
  const number = sortedBy === undefined ? undefined : step[sortedBy];
  // Ironic accepts digits as well, and stores a number.
  return { ...step, args, ...(sortedBy !== undefined && isDigits(number) && { [sortedBy]: Number(number) }) };
}

function stepFault(step: JsonObject, rules: StepRules): string | undefined {
  const { interface: name, step: verb, args = rules.needsArgs ? null : {}, ...others } = step;
  const { interfaces, sortedBy, onChildren = false } = rules;
  const possible = [...(sortedBy ? [sortedBy] : []), ...(onChildren ? Object.keys(ON_CHILDREN) : [])];
  const stray = Object.keys(others).filter((key) => !possible.includes(key));
  if (stray.length > 0) {
    return `has ${stray.join(", ")}, and a step has only interface, step, args${possible.map((each) => `, ${each}`).join("")}`;
  }
  if (!interfaces.includes(name as string)) return `needs one of ${interfaces.join(", ")} as interface`;
  if (typeof verb !== "string" || verb === "") return "needs the name of the step as step";
  if (typeof args !== "object" || args === null || Array.isArray(args)) return "needs an object as args";
  if (sortedBy !== undefined && !isDigits(step[sortedBy])) return `needs a whole number from 0 as ${sortedBy}`;
  const [wrong] = Object.entries(ON_CHILDREN).filter(([key, fits]) => Object.hasOwn(step, key) && !fits(step[key]));
  if (!wrong) return firmwareFault(step);
  return `needs ${wrong[0] === "execute_on_child_nodes" ? "true or false" : "a list of UUIDs"} as ${wrong[0]}`;
}

const ON_CHILDREN: Readonly<Record<string, (value: Json | undefined) => boolean>> = {
  execute_on_child_nodes: (value) => typeof value === "boolean",
  limit_child_node_execution: (value) => Array.isArray(value),
};

function isDigits(value: Json | undefined): boolean {
  return (typeof value === "number" || typeof value === "string") && /^\d+$/.test(String(value));
}

/** Such as `bios.apply_configuration`. */
function stepName({ interface: name, step }: JsonObject): string {
  return `${String(name)}.${String(step)}`;
}
