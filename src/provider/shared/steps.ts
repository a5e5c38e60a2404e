import { isFlowStep, isJsonObject, type Json, type JsonObject, stepName } from "../../ironic";
import { firmwareFault, STEP_INTERFACES } from "../../step-facts";
import { similarName } from "../../text";
import type { Diagnostics, Path } from "../../tfplugin";
import { type ObjectList, requiredObjects } from "./object-list";

// Steps of deployment, cleaning and servicing: `[{ interface = "bios", step = "apply_configuration", args = { … } }]`.

/** What the steps of a resource have beside `interface` and `step`. */
interface StepRules {
  /** The member by which Ironic sorts the steps, and which each step has; their order in the list has no meaning then. */
  readonly sortedBy?: "priority" | "order";
  /** Whether each step has to have `args`, which are `{}` otherwise. */
  readonly needsArgs?: boolean;
  /** Whether a step may occur once only. */
  readonly once?: boolean;
}

/** Steps by the JSON schemas of Ironic's API. */
function stepList(rules: StepRules): ObjectList {
  return {
    element: "step",
    example: `[{ interface = "bios", step = "factory_reset"${rules.sortedBy ? `, ${rules.sortedBy} = 1` : ""} }]`,
    canonical: (step) => canonical(step, rules),
    fault: (step) => stepFault(step, rules),
    ...(rules.once && { keyOf: stepName }),
  };
}

/** Deploy steps of a template (`TEMPLATE_SCHEMA` in ironic.api.controllers.v1.deploy_template). */
export const TEMPLATE_STEPS = stepList({ sortedBy: "priority", once: true });
/** Deploy steps of a deployment (`DEPLOY_STEP_SCHEMA` in ironic.api.controllers.v1.utils). */
export const DEPLOY_STEPS = stepList({ sortedBy: "priority", needsArgs: true });
/** Steps of a runbook (`RUNBOOK_STEP_SCHEMA` in ironic.api.controllers.v1.utils). */
export const RUNBOOK_STEPS = stepList({ sortedBy: "order", once: true });
/**
 * Steps of a manual cleaning or a servicing, in the order in which they run (`_STEPS_SCHEMA` in ironic.api.controllers.v1.node). The
 * schema has `execute_on_child_nodes` as well, but Ironic 29 to 39 leave such steps out (`_validate_user_steps` in
 * ironic.conductor.steps). It has no `network`, which conductors of Ironic 39 know.
 */
export const RUN_STEPS = stepList({});

/** The argument `steps`. */
export const requiredSteps = (steps: ObjectList, options: { readonly description: string }) =>
  requiredObjects(steps, options);

function canonical({ args = {}, ...step }: JsonObject, { sortedBy }: StepRules): JsonObject {
  // Ironic stores `args` with the steps of templates and runbooks, and does not need them in those that it runs.
  if (sortedBy === undefined) return isJsonObject(args) && Object.keys(args).length === 0 ? step : { ...step, args };
  const number = step[sortedBy];
  // Ironic accepts digits as well, and stores a number.
  return { ...step, args, ...(isDigits(number) && { [sortedBy]: Number(number) }) };
}

function stepFault(step: JsonObject, { sortedBy, needsArgs = false }: StepRules): string | undefined {
  const { interface: owner, step: verb, args = needsArgs ? null : {}, ...others } = step;
  const members = ["interface", "step", "args", ...(sortedBy === undefined ? [] : [sortedBy])];
  const [stray] = Object.keys(others).filter((key) => key !== sortedBy);
  if (sortedBy === undefined && (stray === "priority" || stray === "order")) {
    return `has ${stray}, and these steps run in the order of the list`;
  }
  if (stray !== undefined) return `has ${stray}, and a step has only ${members.join(", ")}${meant(stray, members)}`;
  if (typeof owner !== "string" || !STEP_INTERFACES.includes(owner as never)) {
    return `needs one of ${STEP_INTERFACES.join(", ")} as interface${meant(owner, STEP_INTERFACES)}`;
  }
  if (typeof verb !== "string" || verb === "") return "needs the name of the step as step, such as factory_reset";
  if (!isJsonObject(args)) return "needs an object as args, such as { settings = [] }";
  if (sortedBy !== undefined && !isDigits(step[sortedBy])) return `needs a whole number from 0 as ${sortedBy}`;
  return firmwareFault(step);
}

/**
 * Why Ironic 29 to 39 fail every deployment with these steps, after a request that they accept (`_validate_user_step` and
 * `_validate_deploy_steps_unique` in ironic.conductor.steps).
 */
export function deploymentFault(steps: readonly JsonObject[]): string | undefined {
  const core = steps.findIndex((step) => stepName(step) === "deploy.deploy" && Number(step.priority) > 0);
  if (core >= 0) {
    return `step ${core + 1} is deploy.deploy, the core step, which Ironic runs by itself: remove it, or set its priority to 0, with which it does not run`;
  }
  // Ironic leaves the steps for the flow out before it compares.
  const names = steps.map((step) => (isFlowStep(step) ? "" : stepName(step)));
  const twice = names.findIndex((name, index) => name !== "" && names.indexOf(name) < index);
  const first = names.indexOf(names[twice] ?? "");
  return twice < 0 ? undefined : `step ${twice + 1} is ${names[twice]}, as step ${first + 1}: a step runs once`;
}

/**
 * Warns of steps for the flow of others, which Ironic leaves out.
 * @param where what they are among, such as "deploy steps"
 * @param advice what to do in place of such a step. Default: nothing but its removal
 */
export function warnOfFlowSteps(
  steps: readonly JsonObject[],
  { where, advice = "", path, diagnostics }: { where: string; advice?: string; path: Path; diagnostics: Diagnostics },
): void {
  for (const [index, step] of steps.entries()) {
    if (!isFlowStep(step)) continue;
    const detail = `Ironic 29 to 39 accept ${String(step.step)} among ${where}, and leave it out without an error. Remove step ${index + 1}${advice}.`;
    diagnostics.warning("A step that Ironic does not run", { detail, path });
  }
}

/** A hint at the name that is meant by one that is not known, which it does not quote. */
function meant(name: Json | undefined, known: readonly string[]): string {
  const similar = typeof name === "string" ? similarName(name, known) : undefined;
  return similar === undefined ? "" : ` (did you mean ${similar}?)`;
}

function isDigits(value: Json | undefined): boolean {
  return (typeof value === "number" || typeof value === "string") && /^\d+$/.test(String(value));
}
