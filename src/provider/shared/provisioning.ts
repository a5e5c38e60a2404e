import { type IronicClient, isBusy, type NodeState, undeployedGoal, verbToCancel } from "../../ironic";
import type { Diagnostics, Logger } from "../../tfplugin";
import { warningOfMaintenance } from "./maintenance";

/** A node, and the call that works on it. */
export interface NodeContext {
  readonly client: IronicClient;
  readonly uuid: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Logs the provision states of a node while it is polled, one line per state. */
export function progress({ log }: Pick<NodeContext, "log">): (node: NodeState) => void {
  let logged = "";
  return ({ uuid, name, provision_state, target_provision_state }) => {
    const now = `${provision_state} ${target_provision_state}`;
    if (now === logged) return;
    logged = now;
    log.info(`node ${name ?? uuid}: ${provision_state}`, { node: uuid, target: target_provision_state });
  };
}

/**
 * Waits until Ironic is idle after an action.
 * @param goal the expected provision state
 * @param action ends the message of the error: `after clean`
 * @throws {ProvisionError} when the action ended in another state
 */
export function waitForState(context: NodeContext, goal: string, action: string): Promise<NodeState> {
  const { client, uuid, signal } = context;
  return client.waitForState(uuid, goal, action, { signal, onState: progress(context) });
}

/** Undeploys a node: afterwards it is idle, in a state from which it can be deployed or deleted. */
export function undeploy(context: NodeContext, diagnostics: Diagnostics): Promise<void> {
  return warningOfMaintenance(context, diagnostics, () => toUndeployed(context));
}

async function toUndeployed(context: NodeContext): Promise<void> {
  const { client, uuid, signal } = context;
  const onState = progress(context);
  const now = await client.waitUntil(uuid, () => true, { signal });
  // A wait for the machine or for a user may never end.
  const verb = verbToCancel(now);
  if (verb !== undefined) await client.provision(uuid, verb, { signal });
  const node = verb !== undefined || isBusy(now) ? await client.waitUntilIdle(uuid, { signal, onState }) : now;
  const goal = undeployedGoal(node);
  if (goal !== undefined) await client.moveTo(uuid, goal, { signal, onState, from: node });
}
