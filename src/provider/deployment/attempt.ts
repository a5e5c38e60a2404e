import { type IronicNode, isBusy } from "../../ironic";
import type { Diagnostics } from "../../tfplugin";
import { tryGetNode, warnAfter } from "../shared/maintenance";
import type { NodeContext } from "../shared/provisioning";
import { plannedOr } from "../shared/values";
import type { DeploymentPlanned, DeploymentState } from "./schema";
import { hasMark } from "./unfinished";
import { portWarnings, type Warning } from "./warnings";

/** An attempt to deploy. */
export interface Run {
  readonly context: NodeContext;
  readonly planned: DeploymentPlanned;
  /** The node before the attempt. */
  readonly node: IronicNode;
  readonly diagnostics: Diagnostics;
  /** Terraform's signal, without the timeout: aborted when its run is interrupted. */
  readonly signal: AbortSignal;
  /** Called when the attempt has failed, with the node after it; undefined where that can't be read. */
  readonly failed: (node: IronicNode | undefined) => void;
}

/**
 * Deploys.
 *
 * An interruption is a warning, not an error: Ironic continues, and Terraform taints a resource whose `create` ends with an error and a
 * state, so that the next apply would undeploy a machine that is being deployed, or is deployed by then. Terraform itself ends an
 * interrupted run with a failure.
 * @param work resolves with the node after the deployment
 * @returns the node after the attempt, and whether the run was interrupted before the deployment had ended
 */
export async function attempt(
  run: Run,
  work: () => Promise<IronicNode>,
): Promise<{ readonly now: IronicNode; readonly interrupted: boolean }> {
  const { context, node, diagnostics, signal, failed } = run;
  const { client, uuid } = context;
  const warnings = await warningsFor(run);
  try {
    return { now: await work(), interrupted: false };
  } catch (error) {
    const last = await tryGetNode(client, uuid);
    for (const warning of warnings) diagnostics.warning(warning.summary, warning);
    warnAfter(error, last, diagnostics);
    if (!signal.aborted || error !== signal.reason) {
      failed(last);
      throw error;
    }
    const now = last ?? node;
    diagnostics.warning("The deployment was interrupted", { detail: describe(now) });
    return { now, interrupted: true };
  }
}

/** Warnings, logged at once and shown if the deployment fails. Without them, if the ports can't be read, it is tried all the same. */
async function warningsFor({ context, node, planned }: Run): Promise<readonly Warning[]> {
  const { client, signal, log, uuid } = context;
  try {
    const info = { ...node.instance_info, ...planned.instance_info };
    const warnings = await portWarnings(node, info, () => client.listPorts(uuid, { signal }));
    for (const { summary, detail } of warnings) log.warn(`${summary}: ${detail}`, { node: uuid });
    return warnings;
  } catch (error) {
    log.debug("the node's ports could not be read", { node: uuid, error });
    return [];
  }
}

/**
 * Warns, after the error of a first deployment, that the next apply continues it.
 * @param node undefined where the node can't be read
 */
export function warnUnfinished(node: IronicNode | undefined, diagnostics: Diagnostics): void {
  if (node !== undefined && !hasMark(node)) return;
  const current =
    node === undefined
      ? "The node could not be read. Where Ironic has begun the deployment, the next apply waits for it, and continues from there."
      : describe(node);
  const detail = `${current} Terraform's state holds the deployment once it has finished. To give it up, run \`baremetal node undeploy ${node?.uuid ?? "NODE"}\`.`;
  diagnostics.warning("The deployment has not finished", { detail });
}

function describe(node: IronicNode): string {
  const state = `Node ${node.name ?? node.uuid} is in state "${node.provision_state}"`;
  return isBusy(node)
    ? `${state}, and Ironic continues the deployment. The next apply waits until that has ended, and continues from there.`
    : `${state}. The next apply continues from there.`;
}

export function stateAfter(node: IronicNode, planned: DeploymentPlanned): DeploymentState {
  return {
    ...planned,
    id: node.uuid,
    disk_written_by: plannedOr(planned.disk_written_by, null),
    // A change that deploys nothing plans the prior values.
    provision_state: plannedOr(planned.provision_state, node.provision_state),
    last_error: plannedOr(planned.last_error, node.last_error ?? ""),
  };
}
