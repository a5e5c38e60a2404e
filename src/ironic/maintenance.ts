import type { IronicNode } from "./types";

/** The fields that tell why a node is in maintenance, and what ends that. */
export type Maintenance = Pick<IronicNode, "uuid" | "name" | "maintenance" | "maintenance_reason" | "fault">;

/**
 * Faults that Ironic ends by itself, with the maintenance that it has set for them: `_power_failure_recovery` of
 * ironic.conductor.manager. The other faults of ironic.common.faults, and a maintenance without a fault, last until a user ends them.
 */
const RECOVERED = new Set(["power failure"]);

/**
 * Why a node is in maintenance, and what ends that, as sentences of which the first begins in lower case; undefined where the node is
 * not in maintenance.
 *
 * In maintenance, Ironic neither deploys, rebuilds nor services a node, nor cleans it manually; `provide` and automated cleaning depend on
 * `[conductor]allow_provisioning_in_maintenance`, true by default. A failed step sets it together with `fault`
 * (`cleaning_error_handler` in ironic.conductor.utils), and so does a management controller that does not respond; without a fault, a
 * user has set it.
 * @param known a text that is shown beside these sentences: a reason that is the same is left out
 */
export function maintenanceAdvice(node: Maintenance, known?: string): string | undefined {
  if (!node.maintenance) return undefined;
  const { uuid, name, maintenance_reason: reason, fault } = node;
  const subject = `node ${name ?? uuid} is in maintenance${fault ? ` (${fault})` : ""}`;
  const because = reason && !known?.includes(reason) ? `${subject}: ${reason}` : subject;
  return `${because.replace(/[.\s]+$/, "")}. ${remedy(name ?? uuid, fault)}`;
}

function remedy(node: string, fault: string | null | undefined): string {
  const command = `\`baremetal node maintenance unset ${node}\``;
  if (fault && RECOVERED.has(fault)) {
    return `Ironic ends that by itself once the management controller reports the power state again, which is tried every [conductor]power_failure_recovery_interval (5 minutes by default): check its address and credentials in driver_info, and apply again`;
  }
  return fault
    ? `Once the cause is gone, run ${command}, and apply again`
    : `Ironic has not set this itself. Once the reason is gone, set maintenance = false in its ironic_node_v1 if that has it, or run ${command}, and apply again`;
}
