import { ProvisionError } from "./errors";
import type { NodeState } from "./types";

/** The stable provision states that a node can be moved to (Ironic, "Bare Metal State Machine"), in this order. */
export type StableState = "enroll" | "manageable" | "available" | "active";

/** Where a node can be moved to: a stable state, or `active` by an adoption, which writes no disk. */
export type Goal = StableState | "adopted";

/** A target of `PUT states/provision`. */
export type ProvisionVerb =
  | "manage"
  | "provide"
  | "adopt"
  | "active"
  | "rebuild"
  | "deleted"
  | "abort"
  | "inspect"
  | "clean"
  | "service"
  | "unhold";

interface StateFacts {
  /**
   * - `idle`: the node stays in it until a request changes it;
   * - `working`: a conductor works on the node;
   * - `waiting`: Ironic waits for a call from the machine's agent, possibly forever;
   * - `held`: a `hold` step waits for the verb `unhold`;
   * - `failed`: an operation ended with `last_error`. Idle, too.
   */
  readonly kind: "idle" | "working" | "waiting" | "held" | "failed";
  /** The last stable state that the node counts as having reached; cleaning counts as available, where it mostly leads. */
  readonly reached: StableState;
  /** The operation that the state belongs to. */
  readonly operation?:
    | "verification"
    | "inspection"
    | "cleaning"
    | "adoption"
    | "deployment"
    | "undeployment"
    | "rescue"
    | "service";
  /** The verb of the next transition towards each goal. An adoption takes no way through a cleaning. */
  readonly next?: Readonly<Partial<Record<Goal, ProvisionVerb>>>;
  /** For `waiting` and `held`: the verb that ends the wait, on the way to a node without an instance. */
  readonly cancel?: ProvisionVerb;
}

/**
 * Ironic's state machine, as far as it is used here; the same in Ironic 29 to 39 (`ironic.common.states`). Everything else that
 * is known of provision states follows from this table.
 */
const STATES = {
  enroll: {
    kind: "idle",
    reached: "enroll",
    next: { manageable: "manage", available: "manage", active: "manage", adopted: "manage" },
  },
  verifying: { kind: "working", reached: "enroll", operation: "verification" },

  manageable: {
    kind: "idle",
    reached: "manageable",
    next: { available: "provide", active: "provide", adopted: "adopt" },
  },
  inspecting: { kind: "working", reached: "manageable", operation: "inspection" },
  "inspect wait": { kind: "waiting", reached: "manageable", operation: "inspection", cancel: "abort" },
  "inspect failed": {
    kind: "failed",
    reached: "manageable",
    operation: "inspection",
    next: { manageable: "manage", available: "manage", adopted: "manage" },
  },
  adopting: { kind: "working", reached: "manageable", operation: "adoption" },
  "adopt failed": {
    kind: "failed",
    reached: "manageable",
    operation: "adoption",
    next: { manageable: "manage", available: "manage", adopted: "adopt" },
  },
  "clean failed": {
    kind: "failed",
    reached: "manageable",
    operation: "cleaning",
    next: { manageable: "manage", available: "manage", active: "manage" },
  },
  "clean hold": { kind: "held", reached: "manageable", operation: "cleaning", cancel: "abort" },

  available: { kind: "idle", reached: "available", next: { manageable: "manage", active: "active" } },
  cleaning: { kind: "working", reached: "available", operation: "cleaning" },
  "clean wait": { kind: "waiting", reached: "available", operation: "cleaning", cancel: "abort" },
  deleting: { kind: "working", reached: "available", operation: "undeployment" },

  active: { kind: "idle", reached: "active", next: { available: "deleted" } },
  deploying: { kind: "working", reached: "active", operation: "deployment" },
  "wait call-back": { kind: "waiting", reached: "active", operation: "deployment", cancel: "deleted" },
  "deploy hold": { kind: "held", reached: "active", operation: "deployment", cancel: "abort" },
  "deploy failed": {
    kind: "failed",
    reached: "active",
    operation: "deployment",
    next: { available: "deleted", active: "active" },
  },
  /** A failed undeployment: the instance may still be there. */
  error: {
    kind: "failed",
    reached: "active",
    operation: "undeployment",
    next: { available: "deleted", active: "rebuild" },
  },
  rescue: { kind: "idle", reached: "active", operation: "rescue", next: { available: "deleted" } },
  rescuing: { kind: "working", reached: "active", operation: "rescue" },
  "rescue wait": { kind: "waiting", reached: "active", operation: "rescue", cancel: "deleted" },
  "rescue failed": { kind: "failed", reached: "active", operation: "rescue", next: { available: "deleted" } },
  unrescuing: { kind: "working", reached: "active", operation: "rescue" },
  "unrescue failed": { kind: "failed", reached: "active", operation: "rescue", next: { available: "deleted" } },
  servicing: { kind: "working", reached: "active", operation: "service" },
  "service wait": { kind: "waiting", reached: "active", operation: "service", cancel: "deleted" },
  "service failed": { kind: "failed", reached: "active", operation: "service", next: { available: "deleted" } },
  "service hold": { kind: "held", reached: "active", operation: "service", cancel: "abort" },
} as const satisfies Readonly<Record<string, StateFacts>>;

const FACTS: ReadonlyMap<string, StateFacts> = new Map(Object.entries(STATES));

/** The provision states that this client knows. */
export const PROVISION_STATES: ReadonlySet<string> = new Set(FACTS.keys());

interface InProvisionState {
  /** Null in a resource's state that was not read yet. */
  readonly provision_state: string | null;
}

function factsOf({ provision_state }: InProvisionState): StateFacts | undefined {
  return provision_state === null ? undefined : FACTS.get(provision_state);
}

/** Whether Ironic works on the node or waits for its machine. The state changes without a request; a `hold` needs `unhold`. */
export function isBusy(node: InProvisionState): boolean {
  const kind = factsOf(node)?.kind;
  return kind === "working" || kind === "waiting" || kind === "held";
}

/** Whether the node's last operation ended in a failure; `last_error` has the reason. True for unknown `… failed` states, too. */
export function isFailed(node: InProvisionState): boolean {
  return factsOf(node)?.kind === "failed" || (node.provision_state?.endsWith(" failed") ?? false);
}

/** Whether the node has not reached a stable state yet, or has left it for an earlier one. False for unknown states. */
export function isBefore(node: InProvisionState, goal: StableState): boolean {
  const reached = factsOf(node)?.reached;
  return reached !== undefined && ORDER.indexOf(reached) < ORDER.indexOf(goal);
}

const ORDER: readonly StableState[] = ["enroll", "manageable", "available", "active"];

/** Whether the node has an instance, or is getting one: from `deploying` on, rescue and service included, until `deleting`. */
export function isDeployed(node: InProvisionState): boolean {
  return factsOf(node)?.reached === "active";
}

/** Whether a deployment is under way, a `hold` included. */
export function isBeingDeployed(node: InProvisionState): boolean {
  return factsOf(node)?.operation === "deployment" && isBusy(node);
}

/**
 * Whether a deployment or undeployment has left the node half-way: under way, held or failed. Rescue and service are deliberate.
 */
export function isDeploymentUnfinished(node: InProvisionState): boolean {
  const facts = factsOf(node);
  return facts?.reached === "active" && (facts.operation === "deployment" || facts.operation === "undeployment");
}

/** Whether a manual cleaning is under way, or a servicing; a `hold` included. Automated cleaning leads to `available`. */
export function isRunningSteps(node: NodeState, operation: "cleaning" | "service"): boolean {
  const goal = operation === "cleaning" ? "manageable" : "active";
  return isBusy(node) && factsOf(node)?.operation === operation && node.target_provision_state === goal;
}

/** Whether a step waits for the verb `unhold`. */
export function isHeld(node: InProvisionState): boolean {
  return factsOf(node)?.kind === "held";
}

/** Whether an inspection is under way. */
export function isInspecting(node: InProvisionState): boolean {
  return isBusy(node) && factsOf(node)?.operation === "inspection";
}

/** The verb that ends the wait for the machine's agent or for a user; undefined where Ironic does not wait. */
export function verbToCancel(node: InProvisionState): ProvisionVerb | undefined {
  return factsOf(node)?.cancel;
}

/**
 * The stable state to move an idle node to, so that it has no instance and can be deployed or deleted; undefined when it is in
 * one already.
 */
export function undeployedGoal(node: InProvisionState): StableState | undefined {
  const isPastAvailable = !isBefore(node, "available");
  if (isFailed(node)) return isPastAvailable ? "available" : "manageable";
  return isDeployed(node) ? "available" : undefined;
}

type Step = { readonly verb: ProvisionVerb } | "wait" | "reached";

/** Whether an adoption of the node is possible, is under way or has failed: it never was available, nor is it being cleaned. */
export function mayBeAdopted(node: InProvisionState): boolean {
  const facts = factsOf(node);
  return facts?.next?.adopted !== undefined || (isBusy(node) && ADOPTABLE_AFTER.has(facts?.operation));
}

const ADOPTABLE_AFTER = new Set<StateFacts["operation"]>(["verification", "inspection", "adoption"]);

/**
 * The next step that moves a node to a goal.
 * @throws {ProvisionError} when no verb leads there from the node's state
 */
export function nextStep(node: NodeState, goal: Goal): Step {
  const state = goal === "adopted" ? "active" : goal;
  if (node.provision_state === state) return "reached";
  if (isBusy(node)) return "wait";
  const verb = factsOf(node)?.next?.[goal];
  if (verb === undefined) throw provisionError(node, state);
  return { verb };
}

/** @param goal the state, with further words for the message where it needs them */
export function provisionError({ name, uuid, provision_state, last_error }: NodeState, goal: string): ProvisionError {
  return new ProvisionError(name ?? uuid, provision_state, last_error ?? undefined, goal);
}
