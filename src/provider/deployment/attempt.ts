import { type IronicClient, type IronicNode, isBusy } from "../../ironic";
import type { Diagnostics } from "../../tfplugin";
import type { NodeContext } from "../node/lifecycle";
import type { DeploymentPlanned, DeploymentState } from "./schema";
import { portWarnings, type Warning } from "./warnings";

/** What an attempt to deploy needs. */
export interface Run {
  readonly machine: NodeContext;
  readonly planned: DeploymentPlanned;
  /** The node as it is before. */
  readonly node: IronicNode;
  readonly save: (state: DeploymentPlanned) => void;
  readonly diagnostics: Diagnostics;
  /** Terraform's own: aborted when its run is interrupted. */
  readonly signal: AbortSignal;
}

/**
 * Deploys. Whatever comes between, state says how far the node came.
 *
 * An interruption is a warning and no error: Ironic goes on with what it has begun, and a `create` that ends with an error is
 * tainted by Terraform, so that the next apply would undeploy a machine that is being deployed, or is deployed by then. Terraform
 * itself ends an interrupted run with a failure.
 * @returns the node as it is now, and whether the run was interrupted before the deployment had ended
 */
export async function attempt(
  run: Run,
  work: () => Promise<void>,
): Promise<{ readonly now: IronicNode; readonly interrupted: boolean }> {
  const { machine, planned, node, save, diagnostics, signal } = run;
  const { client, uuid } = machine;
  const warnings = await warningsFor(run);
  try {
    await work();
    return { now: await client.getNode(uuid, { signal: machine.signal }), interrupted: false };
  } catch (error) {
    const now = await tryGetNode(client, uuid);
    if (now) save(stateAfter(now, planned));
    for (const warning of warnings) diagnostics.warning(warning.summary, warning);
    if (!signal.aborted || error !== signal.reason) throw error;
    const seen = now ?? node;
    diagnostics.warning("The deployment was interrupted", { detail: describe(seen) });
    return { now: seen, interrupted: true };
  }
}

/** They are in the log at once, and shown if the deployment does not end well. That they can't be had stops no deployment. */
async function warningsFor({ machine, node }: Run): Promise<readonly Warning[]> {
  const { client, signal, log, uuid } = machine;
  try {
    const warnings = await portWarnings(client, node, node.instance_info, signal);
    for (const { summary, detail } of warnings) log.warn(`${summary}: ${detail}`, { node: uuid });
    return warnings;
  } catch (error) {
    log.debug("the node's ports could not be read", { node: uuid, error });
    return [];
  }
}

function describe(node: IronicNode): string {
  const state = `Node ${node.name ?? node.uuid} is in state "${node.provision_state}"`;
  return isBusy(node)
    ? `${state}, and Ironic goes on with it. The next apply waits for the end of that, and goes on from there.`
    : `${state}. The next apply goes on from there.`;
}

/** The run may have been interrupted, or Ironic gone: this look is short, and not part of either. */
async function tryGetNode(client: IronicClient, uuid: string): Promise<IronicNode | undefined> {
  try {
    return await client.getNode(uuid, { signal: AbortSignal.timeout(5_000) });
  } catch {
    return undefined;
  }
}

export function stateAfter(node: IronicNode, planned: DeploymentPlanned): DeploymentState {
  return {
    ...(planned as DeploymentState),
    id: node.uuid,
    provision_state: node.provision_state,
    last_error: node.last_error ?? "",
  };
}
