import type { MicroversionNeed } from "../../ironic";
import { neededToProvision } from "../../ironic";
import type { Mode } from "./work";

/** What `ironic_node_cleaning_v1` and `ironic_node_servicing_v1` differ in. */
export interface Kind {
  readonly resource: "ironic_node_cleaning_v1" | "ironic_node_servicing_v1";
  readonly verb: "clean" | "service";
  /** For sentences. */
  readonly noun: "cleaning" | "servicing";
  readonly done: "cleaned" | "serviced";
  /** As in the table of states. */
  readonly operation: "cleaning" | "service";
  /** The provision state before and after the steps. */
  readonly goal: "manageable" | "active";
  /** The field of a node with the current step. */
  readonly current: "clean_step" | "service_step";
  /** The keys of `driver_internal_info` and of requests with all steps. */
  readonly all: "clean_steps" | "service_steps";
}

export const CLEANING: Kind = {
  resource: "ironic_node_cleaning_v1",
  verb: "clean",
  noun: "cleaning",
  done: "cleaned",
  operation: "cleaning",
  goal: "manageable",
  current: "clean_step",
  all: "clean_steps",
};

export const SERVICING: Kind = {
  resource: "ironic_node_servicing_v1",
  verb: "service",
  noun: "servicing",
  done: "serviced",
  operation: "service",
  goal: "active",
  current: "service_step",
  all: "service_steps",
};

/** The microversion that the arguments need, with what it is needed for. */
export function needOf(kind: Kind, { runbook, disableRamdisk }: Mode): MicroversionNeed {
  const microversion = neededToProvision(kind.verb, { runbook, disableRamdisk }) ?? "1.15";
  const argument = runbook !== undefined ? "runbook of " : disableRamdisk ? "disable_ramdisk of " : "";
  return { microversion, purpose: `${argument}${kind.resource}` };
}
