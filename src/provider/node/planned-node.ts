import { isBefore } from "../../ironic";
import { isUnknown } from "../../tfplugin";
import { isEnded } from "../shared/managed";
import type { PlannedNode } from "../shared/planned-nodes";
import type { NodePlan, NodeState } from "./schema";

/** The plan of a node, for the plans of what refers to it. */
export function plannedNode(planned: NodePlan, state: NodeState | null): PlannedNode {
  const becomes = (flag: "available" | "clean" | "retired") => planned[flag] === true && state?.[flag] !== true;
  const ends = (flag: "maintenance" | "protected") => {
    const value = planned[flag];
    return !isUnknown(value) && state?.[flag] === true && isEnded(value, true);
  };
  const isProvided = becomes("available") && (state === null || isBefore(state, "available"));
  return {
    uuid: state?.id ?? null,
    name: planned.name,
    maintenance: planned.maintenance === true ? true : ends("maintenance") ? false : undefined,
    protected: planned.protected,
    unprotected: ends("protected"),
    cleanedBy: [...(isProvided ? ["available"] : []), ...(becomes("clean") ? ["clean"] : [])],
    managed: planned.manage === true,
    withdrawn:
      state?.provision_state === "available" &&
      (becomes("retired") || (state.available === true && planned.available === false)),
  };
}
