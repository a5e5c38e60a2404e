import type { IronicApiError, ProvisionError } from "./errors";
import { maintenanceAdvice } from "./maintenance";
import type { CallOptions } from "./provisioning";
import { isFailed } from "./states";
import type { IronicNode, NodeEvent, NodeState } from "./types";

/** The reads that complete an error; {@link IronicClient} has them. */
export interface NodeReads {
  getNode(node: string, options: CallOptions): Promise<IronicNode>;
  getHistory(node: string, options: CallOptions): Promise<readonly NodeEvent[]>;
  waitUntil(uuid: string, done: (node: NodeState) => boolean, options: CallOptions): Promise<NodeState>;
}

/**
 * Milliseconds to wait for the lock of a failed node. A timeout changes the provision state first, and sets `last_error` and the
 * maintenance afterwards, under the same lock (`cleanup_cleanwait_timeout` in ironic.conductor.utils).
 */
const UNLOCK = 10_000;

/**
 * The error of a failed transition with Ironic's reason, where it has none yet, and with advice that follows the node's maintenance.
 * Ironic 39 clears `last_error` when an agent fails a deployment: the reason is then in the node's history.
 */
export async function explainProvisionError(
  reads: NodeReads,
  error: ProvisionError,
  uuid: string,
  options: CallOptions,
): Promise<ProvisionError> {
  const node = await ifReadable(() => readUnlocked(reads, uuid, options), options);
  const current = node?.provision_state === error.state ? node.last_error : null;
  const reason = error.lastError || current || (await reasonInHistory(reads, error, uuid, options));
  return error.with(reason, node && maintenanceAdvice(node, reason));
}

/** The error of a request that Ironic does not carry out for a node in maintenance, with the reason for that and what ends it. */
export async function explainMaintenance(
  reads: NodeReads,
  error: IronicApiError,
  node: string,
  options: CallOptions,
): Promise<IronicApiError> {
  const found = await ifReadable(() => reads.getNode(node, options), options);
  return error.withHint((found && maintenanceAdvice(found, error.fault)) ?? error.hint);
}

async function readUnlocked(reads: NodeReads, uuid: string, options: CallOptions): Promise<IronicNode> {
  const node = await reads.getNode(uuid, options);
  if (node.maintenance || node.reservation === null || !isFailed(node)) return node;
  const limit = AbortSignal.timeout(UNLOCK);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  await ifReadable(() => reads.waitUntil(uuid, ({ reservation }) => reservation === null, { signal }), options);
  return reads.getNode(uuid, options);
}

async function reasonInHistory(
  reads: NodeReads,
  { state }: ProvisionError,
  uuid: string,
  options: CallOptions,
): Promise<string | undefined> {
  if (!isFailed({ provision_state: state })) return undefined;
  const history = await ifReadable(() => reads.getHistory(uuid, options), options);
  const newest = history?.find(({ severity, event }) => severity === "ERROR" && event);
  return newest && `${newest.event} (by the node's history, ${newest.created_at})`;
}

/** Undefined where the read fails, for example by a policy: the error stands as it is. An abort is passed on. */
async function ifReadable<T>(read: () => Promise<T>, { signal }: CallOptions): Promise<T | undefined> {
  try {
    return await read();
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
