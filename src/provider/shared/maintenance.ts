import type { IronicNode } from "../../ironic";

/**
 * A warning of a node in maintenance, which Ironic does not clean, provide, deploy, rebuild or power on. A failed cleaning sets it too
 * (`cleaning_error_handler` in ironic.conductor.utils).
 */
export function maintenanceWarning(
  node: IronicNode,
): { readonly summary: string; readonly detail: string } | undefined {
  if (!node.maintenance) return undefined;
  const { name, uuid, provision_state, last_error } = node;
  const error = last_error ? ` Last error in Ironic: ${last_error}.` : "";
  const detail = `Node ${name ?? uuid} is in maintenance, in state "${provision_state}", and Ironic refuses to deploy it or to change its state until that ends.${error} See its maintenance_reason; once the cause is gone, run \`baremetal node maintenance unset ${name ?? uuid}\`, and apply again.`;
  return { summary: "The node is in maintenance", detail };
}
