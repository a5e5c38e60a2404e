import { type Goal, isBusy, isDeployed, isFailed, mayBeAdopted, nextStep, type ProvisionVerb } from "../../src/ironic";
import { isBefore, isDeploymentUnfinished, PROVISION_STATES, verbToCancel } from "../../src/ironic/states";
import type { NodeState } from "../../src/ironic/types";
import recorded from "../fixtures/provision-states.json";

/** By state: the events that Ironic's machine takes there, and where each leads. */
type Machine = Readonly<Record<string, Readonly<Record<string, string>>>>;
function machineOf(release: string): Machine {
  const machine: Record<string, Record<string, string>> = {};
  const transitions = [...recorded.transitions, ...(release === "39" ? recorded.transitionsSince39 : [])];
  for (const [from = "", event = "", to = ""] of transitions) {
    machine[from] ??= {};
    machine[from][event] = to;
  }
  return machine;
}

const EVENTS: Readonly<Partial<Record<ProvisionVerb, string>>> = { active: "deploy", deleted: "delete" };
const node = (provision_state: string) => ({ uuid: "u", name: "n", provision_state, last_error: null }) as NodeState;

describe.each(["29", "39"])("the state machine of Ironic %s", (release) => {
  const machine = machineOf(release);

  test("its states are those of the table", () => {
    expect([...PROVISION_STATES].sort()).toEqual(Object.keys(machine).sort());
  });

  /** A state's events that the conductor raises by itself, when nothing fails. */
  const onward = (state: string) => ["done", "clean", "resume"].map((event) => machine[state]?.[event]).find(Boolean);

  const resultOf = (state: string, verb: ProvisionVerb): string => {
    const next = machine[state]?.[EVENTS[verb] ?? verb];
    if (next === undefined) throw new Error(`Ironic ${release} takes no ${verb} in ${state}`);
    return next;
  };

  /** Where a node comes to rest when nobody sends anything. */
  const settle = (state: string): string => {
    let now = state;
    for (let steps = 0; isBusy(node(now)) && steps < 9; steps += 1) now = onward(now) ?? now;
    return now;
  };

  test.each(Object.keys(machine))("%s can be destroyed: the node ends without an image", (from) => {
    const exit = verbToCancel(node(from));
    let state = settle(exit === undefined ? from : resultOf(from, exit));
    const path = [from, state];
    while (isDeployed(node(state)) || isFailed(node(state))) {
      const step = nextStep(node(state), isDeployed(node(state)) ? "available" : "manageable");
      if (typeof step === "string") throw new Error(`${path.join(" → ")}: ${step}`);
      state = settle(resultOf(state, step.verb));
      path.push(state);
      expect(path.length).toBeLessThan(6);
    }
    expect(["enroll", "manageable", "available"]).toContain(state);
  });

  const goals: Goal[] = ["enroll", "manageable", "available", "active", "adopted"];
  test.each(Object.keys(machine).flatMap((state) => goals.map((goal) => [state, goal] as const)))(
    "from %s to %s: there, a wait, a verb that Ironic takes, or a sentence",
    (state, goal) => {
      let now = state;
      for (let steps = 0; steps < 9; steps += 1) {
        let step: ReturnType<typeof nextStep>;
        try {
          step = nextStep(node(now), goal);
        } catch (error) {
          expect(error).toMatchObject({
            code: "IRONIC_PROVISION_FAILED",
            message: expect.stringContaining(`"${now}"`),
          });
          return;
        }
        if (step === "reached") return;
        const waited = step === "wait" ? settle(now) : settle(resultOf(now, step.verb));
        // A held node waits for its user.
        if (waited === now) return expect(now).toMatch(/hold$/);
        now = waited;
      }
      throw new Error(`the path from ${state} to ${goal} has no end`);
    },
  );
});

test("no adoption leads through a deployment or a cleaning", () => {
  const steps = [...PROVISION_STATES].flatMap((state) => {
    try {
      const step = nextStep(node(state), "adopted");
      return typeof step === "string" ? [] : [[state, step.verb]];
    } catch {
      return [];
    }
  });
  expect(steps).toEqual([
    ["enroll", "manage"],
    ["manageable", "adopt"],
    ["inspect failed", "manage"],
    ["adopt failed", "adopt"],
  ]);
  expect([...PROVISION_STATES].filter((state) => mayBeAdopted(node(state))).sort()).toEqual([
    ...[
      "adopt failed",
      "adopting",
      "enroll",
      "inspect failed",
      "inspect wait",
      "inspecting",
      "manageable",
      "verifying",
    ],
  ]);
});

test("a state that a later Ironic brings is neither worked on nor failed, unless its name says so", () => {
  for (const state of ["levitating", "toString", "constructor"]) {
    expect(isBusy(node(state))).toBe(false);
    expect(isFailed(node(state))).toBe(false);
    expect(isDeployed(node(state))).toBe(false);
    expect(isDeploymentUnfinished(node(state))).toBe(false);
    expect(isBefore(node(state), "available")).toBe(false);
    expect(() => nextStep(node(state), "active")).toThrow(`"${state}"`);
  }
  expect(isFailed(node("levitation failed"))).toBe(true);
});
