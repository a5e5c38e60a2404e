import { type IronicNode, isDeployed, type JsonObject } from "../../ironic";
import type { KnownConfig } from "../../tfplugin";
import { newHolder } from "../shared/holder";
import { type NodeContext, progress } from "../shared/provisioning";
import { stateAfter } from "./attempt";
import { patchInstanceInfo } from "./fields";
import { allInstanceInfo } from "./instance-info";
import { deploy, rebuild } from "./lifecycle";
import { markOf, wasDeployed } from "./mark";
import { protecting } from "./protection";
import type { DeploymentPlanned, DeploymentSchema } from "./schema";
import { hasMark, removeMark } from "./unfinished";

/** A first deployment. */
export interface FirstDeployment {
  readonly context: NodeContext;
  readonly planned: DeploymentPlanned;
  readonly config: KnownConfig<DeploymentSchema>;
  /** The input of the config drive. */
  readonly drive: JsonObject | undefined;
}

/**
 * Deploys, or continues with an unfinished deployment: waits for it where Ironic still works on it, accepts its result where the same
 * was deployed, and otherwise deploys from the state that it has reached.
 * @param found the node, without a deployment or with an unfinished one
 * @returns the node after the deployment
 */
export async function deployFirst(first: FirstDeployment, found: IronicNode): Promise<IronicNode> {
  const { context, planned, config, drive } = first;
  const continues = hasMark(found);
  const before = await heldFromNowOn(context, continues ? await whenIdle(context) : found);
  if (!continues || !(await wasDeployed(before, planned, drive))) {
    const change = {
      redeploy: true,
      overrides: undefined,
      removeConfigDrive: continues && drive === undefined,
      mark: await markOf(planned, drive, before),
    };
    const prior = continues ? priorOf(before, planned) : null;
    const node = await patchInstanceInfo(context, before, planned, prior, config, change);
    await (before.provision_state === "active"
      ? rebuild(context, planned, drive)
      : deploy(context, planned, drive, node));
  }
  return removeMark(context, protecting(found, planned));
}

/**
 * Makes this resource the holder of a deployment that was there, before anything is done with it: the resource that has held it may be
 * destroyed next.
 */
export async function heldFromNowOn({ client, signal }: NodeContext, node: IronicNode): Promise<IronicNode> {
  if (!isDeployed(node)) return node;
  const [[key, value] = ["", ""]] = Object.entries(newHolder());
  return client.patchNode(node.uuid, [{ op: "add", path: `/instance_info/${key}`, value }], { signal });
}

/** The node once no operation is under way on it. */
export async function whenIdle(context: NodeContext): Promise<IronicNode> {
  const { client, uuid, signal } = context;
  await client.waitUntilIdle(uuid, { signal, onState: progress(context) });
  return client.getNode(uuid, { signal });
}

/** The keys of an earlier attempt, so that those that are not configured any more are removed. */
export function priorOf(node: IronicNode, planned: DeploymentPlanned) {
  const instance_info = allInstanceInfo(node.instance_info);
  return { ...stateAfter(node, planned), instance_info, image_pull_secret_wo_version: null };
}
