import { ProvisionError } from "./errors";
import type { NodeState } from "./types";

/** States in which a node can be asked to rest (Ironic, "Bare Metal State Machine"). */
export type RestingState = "enroll" | "manageable" | "available" | "active";

/** Targets of Ironic's provision API. */
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

/**
 * - `resting`: the node stays until a request comes;
 * - `working`: the conductor works, and the state ends by itself;
 * - `waiting`: the conductor waits for the machine, until a timeout of Ironic's own that may be switched off;
 * - `held`: a step of the user's holds the node until a user lets it go on;
 * - `failed`: work has ended in an error, and the node stays until a request comes.
 */
type Kind = "resting" | "working" | "waiting" | "held" | "failed";

/** How far a node has come: each stage includes the ones before. */
type Stage = "enrolled" | "manageable" | "available" | "deployed";

interface StateFacts {
  readonly kind: Kind;
  readonly stage: Stage;
  /** The verb that leads one step towards each resting state. */
  readonly next?: Partial<Record<RestingState, ProvisionVerb>>;
  /** The verb that ends the waiting, on the way to an undeployed node. */
  readonly exit?: ProvisionVerb;
  /** The state belongs to a deployment that has not ended well: the next apply goes on with it. */
  readonly unfinished?: true;
}

const MANAGE = { manageable: "manage", available: "manage", active: "manage" } as const;
const MANAGE_ONLY = { manageable: "manage", available: "manage" } as const;
const TEAR_DOWN = { available: "deleted" } as const;

/** Each provision state of Ironic 29 to 39 (ironic.common.states; ironic.common.state_machine since 39). */
const STATES = {
  enroll: { kind: "resting", stage: "enrolled", next: MANAGE },
  verifying: { kind: "working", stage: "enrolled" },
  manageable: { kind: "resting", stage: "manageable", next: { available: "provide", active: "provide" } },
  inspecting: { kind: "working", stage: "manageable" },
  "inspect wait": { kind: "waiting", stage: "manageable", exit: "abort" },
  "inspect failed": { kind: "failed", stage: "manageable", next: MANAGE_ONLY },
  adopting: { kind: "working", stage: "manageable" },
  "adopt failed": { kind: "failed", stage: "manageable", next: MANAGE_ONLY },
  cleaning: { kind: "working", stage: "available" },
  "clean wait": { kind: "waiting", stage: "available", exit: "abort" },
  "clean hold": { kind: "held", stage: "manageable", exit: "abort" },
  "clean failed": { kind: "failed", stage: "manageable", next: MANAGE },
  available: { kind: "resting", stage: "available", next: { manageable: "manage", active: "active" } },
  deploying: { kind: "working", stage: "deployed", unfinished: true },
  "wait call-back": { kind: "waiting", stage: "deployed", exit: "deleted", unfinished: true },
  "deploy hold": { kind: "held", stage: "deployed", exit: "abort", unfinished: true },
  "deploy failed": {
    kind: "failed",
    stage: "deployed",
    next: { ...TEAR_DOWN, active: "active" },
    unfinished: true,
  },
  active: { kind: "resting", stage: "deployed", next: TEAR_DOWN },
  deleting: { kind: "working", stage: "available" },
  error: { kind: "failed", stage: "deployed", next: { ...TEAR_DOWN, active: "rebuild" }, unfinished: true },
  rescue: { kind: "resting", stage: "deployed", next: TEAR_DOWN },
  rescuing: { kind: "working", stage: "deployed" },
  "rescue wait": { kind: "waiting", stage: "deployed", exit: "deleted" },
  "rescue failed": { kind: "failed", stage: "deployed", next: TEAR_DOWN },
  unrescuing: { kind: "working", stage: "deployed" },
  "unrescue failed": { kind: "failed", stage: "deployed", next: TEAR_DOWN },
  servicing: { kind: "working", stage: "deployed" },
  "service wait": { kind: "waiting", stage: "deployed", exit: "deleted" },
  "service hold": { kind: "held", stage: "deployed", exit: "abort" },
  "service failed": { kind: "failed", stage: "deployed", next: TEAR_DOWN },
} as const satisfies Readonly<Record<string, StateFacts>>;

/** Names of all states, as a test compares them with Ironic's. */
export const STATE_NAMES: readonly string[] = Object.keys(STATES);

/** A node, or what a resource's state has of it. */
interface InState {
  readonly provision_state: string | null;
}

/** Undefined for a state that a later Ironic may bring: neither worked on nor failed, and without a next step. */
function factsOf({ provision_state: state }: InState): StateFacts | undefined {
  return state !== null && Object.hasOwn(STATES, state) ? STATES[state as keyof typeof STATES] : undefined;
}

/** Whether Ironic works on the node, or waits for the machine or a user. */
export function isBusy(node: InState): boolean {
  const kind = factsOf(node)?.kind;
  return kind === "working" || kind === "waiting" || kind === "held";
}

export function isFailed(node: InState): boolean {
  return factsOf(node)?.kind === "failed" || node.provision_state?.endsWith(" failed") === true;
}

/** Whether there is an image on the machine, or one is being written: a deployment exists. */
export function isDeployed(node: InState): boolean {
  return factsOf(node)?.stage === "deployed";
}

/** Whether the deployment has begun and not ended well. */
export function isUnfinishedDeployment(node: InState): boolean {
  return factsOf(node)?.unfinished === true;
}

/** Whether the node has been verified, or has come further. */
export function isManaged(node: InState): boolean {
  return factsOf(node)?.stage !== "enrolled";
}

/** Whether the node can be deployed, is on its way there from an earlier deployment, or is deployed. */
export function isProvided(node: InState): boolean {
  const stage = factsOf(node)?.stage;
  return stage !== "enrolled" && stage !== "manageable";
}

/** The verb that ends the wait for a machine or a user, on the way to a node without an image; undefined where there is none. */
export function exitOf(node: InState): ProvisionVerb | undefined {
  return factsOf(node)?.exit;
}

type Step = { readonly verb: ProvisionVerb } | "wait" | "there";

/**
 * The next step of a node on its way to a resting state.
 * @throws {ProvisionError} when no path leads there from the node's state
 */
export function nextStep(node: NodeState, goal: RestingState): Step {
  const { provision_state: state } = node;
  if (state === goal) return "there";
  if (isBusy(node)) return "wait";
  const verb = factsOf(node)?.next?.[goal];
  if (verb === undefined) throw new ProvisionError(node.name ?? node.uuid, state, node.last_error ?? undefined, goal);
  return { verb };
}
