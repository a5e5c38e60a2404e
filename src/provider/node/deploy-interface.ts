import { type IronicNode, isDeployed, type JsonObject } from "../../ironic";

const AUTODETECT = "autodetect";

/**
 * A node's configured deploy interface. From Ironic 34 on, a deployment with `autodetect` replaces it by the detected interface, and
 * undeployment or cleaning restores it; meanwhile `driver_internal_info` has the original one (ironic.drivers.modules.autodetect,
 * `switch_interface`). That field needs a permission of its own: without it, `autodetect` counts as unchanged on a deployed node.
 * @param prior the deploy interface in state
 */
export function configuredDeployInterface(node: IronicNode, prior: string | null | undefined): string | undefined {
  const { original_deploy_interface: original } = (node.driver_internal_info ?? {}) as JsonObject;
  if (typeof original === "string") return original;
  return prior === AUTODETECT && isDeployed(node) ? AUTODETECT : node.deploy_interface;
}
