import {
  isBefore,
  isBeingDeployed,
  isBusy,
  isDeployed,
  isDeploymentUnfinished,
  isFailed,
  isInspecting,
  type NodeState,
  nextStep,
  type StableState,
  undeployedGoal,
  verbToCancel,
} from "../../src/ironic";
import { PROVISION_STATES } from "../../src/ironic/states";
import { DELETABLE, transition, UPDATE_ALLOWED } from "../../src/testing/ironic/machine";
import recorded from "../fixtures/provision-states.json";

type Transition = readonly [from: string, event: string, to: string];

const TRANSITIONS = recorded.transitions as unknown as readonly Transition[];
const VERBS: Readonly<Record<string, string>> = { ...recorded.verbs, rebuild: "rebuild" };
const GOALS: readonly StableState[] = ["enroll", "manageable", "available", "active"];

const inState = (provision_state: string) => ({ provision_state });
const node = (provision_state: string) => ({ uuid: "u", name: "n", provision_state, last_error: null }) as NodeState;
const those = (is: (node: { provision_state: string }) => boolean) =>
  [...PROVISION_STATES].filter((state) => is(inState(state))).sort();
const hasTransition = (from: string, event: string | undefined) =>
  TRANSITIONS.some(([start, name]) => start === from && name === event);

describe("the table of provision states beside Ironic 29 and 39", () => {
  it("has each state of Ironic's state machine, and no other", () => {
    expect([...PROVISION_STATES].sort()).toEqual(recorded.machine);
  });

  it("leaves out the names that are aliases, targets or verbs only", () => {
    expect(recorded.names.filter((name) => !PROVISION_STATES.has(name))).toEqual([
      "deleted",
      "deploy",
      "deploy complete",
      "rebuild",
      "service",
      "undeploy",
    ]);
  });

  it("takes for busy the states that Ironic calls unstable, and the holds", () => {
    const holds = recorded.machine.filter((state) => state.endsWith(" hold"));
    expect(those(isBusy)).toEqual([...recorded.unstable, ...holds].sort());
  });

  it("takes for failed the failure states, and error", () => {
    expect(those(isFailed)).toEqual([...recorded.failure, "error"].sort());
  });

  it("has a kind for each state: busy, failed, or stable", () => {
    const others = [...PROVISION_STATES].filter((state) => !isBusy(inState(state)) && !isFailed(inState(state)));
    expect(others.sort()).toEqual(recorded.stable.filter((state) => state !== "error").sort());
  });

  it("sends only verbs that Ironic has a transition for", () => {
    const sent = [...PROVISION_STATES].flatMap((state) =>
      GOALS.flatMap((goal) => {
        try {
          const step = nextStep(node(state), goal);
          return typeof step === "string" ? [] : [[state, step.verb] as const];
        } catch {
          return [];
        }
      }),
    );
    expect(sent).toHaveLength(23);
    expect(sent.filter(([state, verb]) => !hasTransition(state, VERBS[verb]))).toEqual([]);
  });

  it("ends a wait for a machine or a user with a verb that Ironic has a transition for", () => {
    const cancelled = [...PROVISION_STATES].flatMap((state) => {
      const verb = verbToCancel(inState(state));
      return verb === undefined ? [] : [[state, verb]];
    });
    expect(cancelled).toEqual([
      ["inspect wait", "abort"],
      ["clean hold", "abort"],
      ["clean wait", "abort"],
      ["wait call-back", "deleted"],
      ["deploy hold", "abort"],
      ["rescue wait", "deleted"],
      ["service wait", "deleted"],
      ["service hold", "abort"],
    ]);
    expect(cancelled.filter(([state = "", verb = ""]) => !hasTransition(state, VERBS[verb]))).toEqual([]);
  });
});

describe("the in-process Ironic beside Ironic 29", () => {
  const verbs = ["manage", "provide", "adopt", "active", "rebuild", "deleted", "inspect", "clean"];
  const offered = verbs.flatMap((verb) =>
    recorded.machine.flatMap((from) => {
      const found = transition(verb, from);
      return found ? [{ verb, from, ...found }] : [];
    }),
  );

  it("has only transitions that Ironic has", () => {
    expect(offered.length).toBeGreaterThan(15);
    expect(
      offered.filter(
        ({ verb, from, busy }) =>
          !TRANSITIONS.some(([start, event, to]) => start === from && event === VERBS[verb] && to === busy),
      ),
    ).toEqual([]);
  });

  it("lets a node with a target be changed in the states in which Ironic does", () => {
    expect([...UPDATE_ALLOWED].sort()).toEqual(recorded.updateAllowed);
  });

  it("lets a node be deleted in the states in which Ironic does", () => {
    expect(recorded.deletable.filter((state) => !DELETABLE.has(state))).toEqual([]);
  });
});

describe("the sets that follow from the table", () => {
  it("before manageable, before available", () => {
    expect(those((each) => isBefore(each, "manageable"))).toEqual(["enroll", "verifying"]);
    expect(those((each) => isBefore(each, "available"))).toEqual([
      "adopt failed",
      "adopting",
      "clean failed",
      "clean hold",
      "enroll",
      "inspect failed",
      "inspect wait",
      "inspecting",
      "manageable",
      "verifying",
    ]);
  });

  it("deployed", () => {
    expect(those(isDeployed)).toEqual(
      [
        ...["active", "deploying", "wait call-back", "deploy failed", "deploy hold", "error"],
        ...["rescue", "rescuing", "rescue wait", "rescue failed", "unrescuing", "unrescue failed"],
        ...["servicing", "service wait", "service failed", "service hold"],
      ].sort(),
    );
  });

  it("being deployed, and left half-way", () => {
    expect(those(isBeingDeployed)).toEqual(["deploy hold", "deploying", "wait call-back"]);
    expect(those(isDeploymentUnfinished)).toEqual([
      "deploy failed",
      "deploy hold",
      "deploying",
      "error",
      "wait call-back",
    ]);
    expect(isDeploymentUnfinished({ provision_state: null })).toBe(false);
  });

  it("being inspected", () => {
    expect(those(isInspecting)).toEqual(["inspect wait", "inspecting"]);
  });

  it("the goal of an undeployment", () => {
    const idle = those((each) => !isBusy(each));
    const to = (goal: StableState | undefined) => idle.filter((state) => undeployedGoal(inState(state)) === goal);
    const goals = { none: to(undefined), manageable: to("manageable"), available: to("available") };
    expect(goals).toEqual({
      none: ["available", "enroll", "manageable"],
      manageable: ["adopt failed", "clean failed", "inspect failed"],
      available: ["active", "deploy failed", "error", "rescue", "rescue failed", "service failed", "unrescue failed"],
    });
  });

  it("judges states of a later Ironic by their names alone", () => {
    expect(isFailed(inState("polish failed"))).toBe(true);
    expect(undeployedGoal(inState("polish failed"))).toBe("available");
    for (const is of [isBusy, isDeployed, isBeingDeployed, isDeploymentUnfinished, isInspecting]) {
      expect(is(inState("polishing"))).toBe(false);
    }
    expect(isBefore(inState("polishing"), "available")).toBe(false);
    expect(() => nextStep(node("polishing"), "available")).toThrow("polishing");
  });
});
