import { type IronicNode, isBeingDeployed, isDeployed, isDeploymentUnfinished, type JsonObject } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import { type NodeContext, progress, waitForState } from "../shared/provisioning";
import type { DeploymentPlanned } from "./schema";

/**
 * Refuses to create a deployment on a node that has one, which may be in rescue or in service.
 * @throws {ProviderError}
 */
export function requireUndeployed(node: IronicNode): void {
  const { name, uuid, provision_state } = node;
  if (isDeployed(node) && !isDeploymentUnfinished(node)) {
    throw new ProviderError("Something is deployed on this node already", {
      detail: `Node ${name ?? uuid} is in state "${provision_state}", and nothing was changed. Import the deployment (terraform import ironic_deployment.NAME ${uuid}), or undeploy the node first. Where the plan replaces this deployment, remove create_before_destroy: a node has one deployment at a time.`,
      path: ["node_uuid"],
    });
  }
  if (!isBeingDeployed(node)) return;
  throw new ProviderError("The node is being deployed already", {
    detail: `Node ${name ?? uuid} is in state "${provision_state}": another client deploys it, and nothing was changed. Wait until that deployment has ended; to manage it here, run \`terraform import ADDRESS ${uuid}\` with the resource's address.`,
    path: ["node_uuid"],
  });
}

/** Deploys from any provision state. An earlier attempt that ended half-way is started again. */
export async function deploy(
  context: NodeContext,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  from: IronicNode,
): Promise<void> {
  const { client, uuid, signal } = context;
  const active = { ...(drive && { configdrive: drive }), ...deploySteps(planned) };
  await client.moveTo(uuid, "active", {
    signal,
    onState: progress(context),
    through: { active, rebuild: active },
    from,
  });
}

/**
 * Rebuilds in place: the node stays allocated, and gets a new image and config drive.
 * @param accepted called once Ironic has accepted the request
 */
export async function rebuild(
  context: NodeContext,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  accepted?: () => void,
): Promise<void> {
  const { client, uuid, signal } = context;
  await client.provision(uuid, "rebuild", { signal, ...(drive && { configdrive: drive }), ...deploySteps(planned) });
  accepted?.();
  await waitForState(context, "active", "by a rebuild");
}

function deploySteps({ deploy_steps: text }: DeploymentPlanned): { readonly deploySteps?: readonly JsonObject[] } {
  return text ? { deploySteps: JSON.parse(text) as JsonObject[] } : {};
}
