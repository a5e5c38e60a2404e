import { type IronicClient, isBusy, isFailed, type NodeState, ProvisionError, type ProvisionVerb } from "../../ironic";
import type { Logger } from "../../tfplugin";

/** A node, and the call that works on it. */
export interface NodeContext {
  readonly client: IronicClient;
  readonly uuid: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Provision states of a node that has a deployment, or gets or loses one. */
const DEPLOYED = new Set([
  "active",
  "deploying",
  "wait call-back",
  "deploy failed",
  "deploy hold",
  "error",
  "rescue",
  "rescuing",
  "rescue wait",
  "rescue failed",
  "unrescuing",
  "unrescue failed",
  "servicing",
  "service wait",
  "service failed",
  "service hold",
]);

export function isDeployed({ provision_state }: Pick<NodeState, "provision_state">): boolean {
  return DEPLOYED.has(provision_state);
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
export async function waitForState(context: NodeContext, goal: string, action: string): Promise<void> {
  const { client, uuid, signal } = context;
  const node = await client.settled(uuid, { signal, onState: progress(context) });
  if (node.provision_state === goal) return;
  throw new ProvisionError(node.name ?? uuid, node.provision_state, node.last_error ?? undefined, `${goal}, ${action}`);
}

/** States in which Ironic waits for a call from the machine, possibly forever, and the verb that ends the wait. */
const WAITING: ReadonlyMap<string, ProvisionVerb> = new Map([
  ["wait call-back", "deleted"],
  ["clean wait", "abort"],
  ["inspect wait", "abort"],
]);

/** Undeploys a node: afterwards it is idle, in a state from which it can be deployed or deleted. */
export async function undeploy(context: NodeContext): Promise<void> {
  const { client, uuid, signal } = context;
  const onState = progress(context);
  const now = await client.settled(uuid, { signal, done: () => true });
  const verb = WAITING.get(now.provision_state);
  if (verb) await client.provision(uuid, verb, { signal });
  const node = verb || isBusy(now) ? await client.settled(uuid, { signal, onState }) : now;
  if (["enroll", "manageable", "available"].includes(node.provision_state)) return;
  if (["clean failed", "inspect failed", "adopt failed"].includes(node.provision_state)) {
    await client.bring(uuid, "manageable", { signal, onState, from: node });
  } else if (node.provision_state === "active" || isFailed(node) || node.provision_state.includes("rescue")) {
    await client.bring(uuid, "available", { signal, onState, from: node });
  }
}
