/** A transition of Ironic's state machine, from a request to the end of the operation (Ironic, "Bare Metal State Machine"). */
export interface Transition {
  /** The state right after the request. */
  readonly busy: string;
  /** The state after success. */
  readonly goal: string;
  /** The state after a failure. */
  readonly failed: string;
}

const DEPLOY: Transition = { busy: "deploying", goal: "active", failed: "deploy failed" };
const ADOPT: Transition = { busy: "adopting", goal: "active", failed: "adopt failed" };
const MANAGE: Transition = { busy: "verifying", goal: "manageable", failed: "enroll" };
const SERVICE: Transition = { busy: "servicing", goal: "active", failed: "service failed" };
const AT_ONCE: Transition = { busy: "manageable", goal: "manageable", failed: "manageable" };

const ended = (state: string): Transition => ({ busy: state, goal: state, failed: state });

const TRANSITIONS: Readonly<Record<string, Readonly<Record<string, Transition>>>> = {
  manage: {
    enroll: MANAGE,
    available: AT_ONCE,
    "clean failed": AT_ONCE,
    "inspect failed": AT_ONCE,
    "adopt failed": AT_ONCE,
  },
  provide: { manageable: { busy: "cleaning", goal: "available", failed: "clean failed" } },
  active: { available: DEPLOY, "deploy failed": DEPLOY },
  rebuild: { active: DEPLOY, "deploy failed": DEPLOY, error: DEPLOY },
  deleted: Object.fromEntries(
    [
      "active",
      "wait call-back",
      "deploy failed",
      "error",
      "rescue",
      "rescue wait",
      "rescue failed",
      "unrescue failed",
      "service wait",
      "service failed",
    ].map((from) => [from, { busy: "deleting", goal: "available", failed: "error" }]),
  ),
  abort: {
    "clean wait": ended("clean failed"),
    "clean hold": ended("clean failed"),
    "inspect wait": ended("inspect failed"),
    "deploy hold": ended("deploy failed"),
    "service hold": ended("service failed"),
    "service wait": ended("service failed"),
  },
  adopt: { manageable: ADOPT, "adopt failed": ADOPT },
  inspect: { manageable: { busy: "inspecting", goal: "manageable", failed: "inspect failed" } },
  service: { active: SERVICE, "service failed": SERVICE },
  clean: { manageable: { busy: "cleaning", goal: "manageable", failed: "clean failed" } },
};

/** The transition of a verb from a state; undefined where Ironic refuses the verb. */
export function transition(verb: string, from: string): Transition | undefined {
  return TRANSITIONS[verb]?.[from];
}

/** States in which a node may be deleted. */
export const DELETABLE = new Set([
  "available",
  "manageable",
  "enroll",
  "clean failed",
  "inspect failed",
  "adopt failed",
  "error",
]);

/** UPDATE_ALLOWED_STATES of ironic.common.states: a node with a target is changed in no others. */
export const UPDATE_ALLOWED = new Set([
  "deploy failed",
  "inspecting",
  "inspect failed",
  "inspect wait",
  "clean failed",
  "error",
  "verifying",
  "adopt failed",
  "rescue failed",
  "unrescue failed",
  "service",
  "service hold",
  "service failed",
]);
