import type { IronicNode, JsonObject } from "../../ironic";
import type { KnownConfig } from "../../tfplugin";
import { type NodeContext, progress } from "../shared/provisioning";
import { hasMark, removeMark } from "../shared/unfinished";
import { stateAfter } from "./attempt";
import { patchInstanceInfo } from "./fields";
import { allInstanceInfo } from "./instance-info";
import { deploy, rebuild } from "./lifecycle";
import { markOf, marks, unfinishedMark } from "./mark";
import type { DeploymentPlanned, DeploymentSchema } from "./schema";

/** A first deployment. */
export interface FirstDeployment {
  readonly context: NodeContext;
  readonly planned: DeploymentPlanned;
  readonly config: KnownConfig<DeploymentSchema>;
  /** The input of the config drive. */
  readonly drive: JsonObject | undefined;
}

/**
 * Deploys, or continues with an unfinished first deployment: waits for it where Ironic still works on it, accepts its result where the
 * same was deployed, and otherwise deploys from the state that it has reached.
 * @param found the node, without a deployment or with an unfinished first one
 * @returns the node after the deployment
 */
export async function deployFirst(first: FirstDeployment, found: IronicNode): Promise<IronicNode> {
  const { context, planned, config, drive } = first;
  const earlier = unfinishedMark(found);
  const before = earlier === undefined ? found : await whenIdle(context);
  const active = before.provision_state === "active";
  if (!active || earlier === undefined || !(await marks(earlier, planned, drive))) {
    const change = {
      redeploy: true,
      overrides: undefined,
      removeConfigDrive: earlier !== undefined && drive === undefined,
      // Until Ironic has accepted a rebuild, the machine has what the earlier mark tells.
      mark: active && earlier !== undefined ? earlier : await markOf(planned, drive),
    };
    const prior = earlier === undefined ? null : priorOf(before, planned);
    const node = await patchInstanceInfo(context, before, planned, prior, config, change);
    await (active ? rebuild(context, planned, drive) : deploy(context, planned, drive, node));
  }
  return finish(context);
}

async function whenIdle(context: NodeContext): Promise<IronicNode> {
  const { client, uuid, signal } = context;
  await client.waitUntilIdle(uuid, { signal, onState: progress(context) });
  return client.getNode(uuid, { signal });
}

/** The keys of an earlier attempt, so that those that are not configured any more are removed. */
function priorOf(node: IronicNode, planned: DeploymentPlanned) {
  const instance_info = allInstanceInfo(node.instance_info);
  return { ...stateAfter(node, planned), instance_info, image_pull_secret_wo_version: null };
}

async function finish({ client, uuid, signal }: NodeContext): Promise<IronicNode> {
  const node = await client.getNode(uuid, { signal });
  return hasMark(node, "instance_info") ? removeMark(client, node, "instance_info", signal) : node;
}
