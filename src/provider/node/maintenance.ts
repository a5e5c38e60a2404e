import type { IronicClient, IronicNode } from "../../ironic";
import { isEnded } from "../shared/managed";
import type { NodePlanned, NodeState } from "./schema";

// Maintenance: Ironic does not deploy, clean or check such a node. An update leaves it before its other steps, which Ironic would
// refuse, and a node enters it after them.

type Maintenance = Pick<NodePlanned, "maintenance" | "maintenance_reason">;

/** Ends the maintenance where it is no longer planned. */
export async function leaveMaintenance(
  client: IronicClient,
  node: IronicNode,
  planned: Maintenance,
  prior: Maintenance,
  signal: AbortSignal,
): Promise<void> {
  if (node.maintenance && isEnded(planned.maintenance, prior.maintenance))
    await client.setMaintenance(node.uuid, undefined, { signal });
}

/** Sets the node to maintenance where that is planned, and its reason; one that is no longer configured is removed. */
export async function enterMaintenance(
  client: IronicClient,
  node: IronicNode,
  planned: Maintenance,
  prior: Maintenance | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (planned.maintenance !== true) return;
  const reason = planned.maintenance_reason ?? "";
  // A reason of Ironic's own stays where none is configured.
  const isKept = reason === "" && !prior?.maintenance_reason;
  if (node.maintenance && (isKept || reason === (node.maintenance_reason ?? ""))) return;
  await client.setMaintenance(node.uuid, reason, { signal });
}

/** The arguments for state. Maintenance that is not configured, such as after a failure, is no drift. */
export function readMaintenance(
  node: IronicNode,
  prior: { readonly [name in keyof Maintenance]: Maintenance[name] },
  unread: boolean,
): Pick<NodeState, keyof Maintenance> {
  const isRead = prior.maintenance !== null || (unread && node.maintenance);
  const isReasonRead = Boolean(prior.maintenance_reason) || (unread && node.maintenance);
  return {
    maintenance: isRead ? node.maintenance : prior.maintenance,
    maintenance_reason: isReasonRead ? (node.maintenance_reason ?? null) : prior.maintenance_reason,
  };
}
