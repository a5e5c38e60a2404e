import { ProvisionError } from "./errors";
import type { NodeState } from "./types";

/** Where a node can be asked to rest (Ironic, "Bare Metal State Machine"). */
export type RestingState = "enroll" | "manageable" | "available" | "active";

/** What Ironic's provision API takes as target. */
export type ProvisionVerb =
  | "manage"
  | "provide"
  | "active"
  | "rebuild"
  | "deleted"
  | "abort"
  | "inspect"
  | "clean"
  | "unhold";

/** States in which Ironic works, or waits for a machine: they end by themselves. */
const BUSY = new Set([
  "verifying",
  "cleaning",
  "clean wait",
  "deploying",
  "wait call-back",
  "inspecting",
  "inspect wait",
  "deleting",
  "adopting",
  "rescuing",
  "rescue wait",
  "unrescuing",
  "servicing",
  "service wait",
  "clean hold",
  "deploy hold",
  "service hold",
]);

/** Whether Ironic is still at work on the node. */
export function isBusy({ provision_state }: Pick<NodeState, "provision_state">): boolean {
  return BUSY.has(provision_state);
}

export function isFailed({ provision_state }: Pick<NodeState, "provision_state">): boolean {
  return provision_state === "error" || provision_state.endsWith(" failed");
}

type Step = { readonly verb: ProvisionVerb } | "wait" | "there";

/** The verb that leads from each resting state one step towards each other one. */
const WAYS: Readonly<Record<RestingState, Readonly<Record<string, ProvisionVerb>>>> = {
  enroll: {},
  manageable: {
    enroll: "manage",
    available: "manage",
    "clean failed": "manage",
    "inspect failed": "manage",
    "adopt failed": "manage",
  },
  available: {
    enroll: "manage",
    manageable: "provide",
    "clean failed": "manage",
    "inspect failed": "manage",
    active: "deleted",
    "deploy failed": "deleted",
    error: "deleted",
    rescue: "deleted",
  },
  active: {
    enroll: "manage",
    manageable: "provide",
    available: "active",
    "deploy failed": "active",
    "clean failed": "manage",
    error: "rebuild",
  },
};

/**
 * The next step of a node on its way to a resting state.
 * @throws {ProvisionError} when there is no way from here
 */
export function nextStep(node: NodeState, goal: RestingState): Step {
  const { provision_state: state } = node;
  if (state === goal) return "there";
  if (isBusy(node)) return "wait";
  const verb = WAYS[goal][state];
  if (verb === undefined) throw new ProvisionError(node.name ?? node.uuid, state, node.last_error ?? undefined, goal);
  return { verb };
}
