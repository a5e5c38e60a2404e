import { type IronicClient, NotFoundError } from "../../ironic";
import type { Session } from "../session";

/** The UUID of a node given by UUID or name; undefined if it does not exist. */
async function uuidOf(client: IronicClient, node: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await client.getNode(node, { signal })).uuid;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Whether both are the same node, by UUID or name. Ironic returns UUIDs, also where a name was sent: that is not a change. */
export async function sameNode(
  client: IronicClient,
  one: string | null,
  other: string | null,
  signal: AbortSignal,
): Promise<boolean> {
  if (one === other) return true;
  if (one === null || other === null || (isUuid(one) && isUuid(other))) return false;
  const [left, right] = await Promise.all([one, other].map((node) => uuidOf(client, node, signal)));
  return left !== undefined && left === right;
}

/**
 * The node reference to plan where the configured one names the node in state in another way: its name instead of its UUID is not a
 * change. Undefined where the configured reference is to be planned.
 */
export async function keptNodeReference<T extends string | null>(
  session: Session,
  configured: unknown,
  prior: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  if (typeof configured !== "string" || configured === prior) return undefined;
  return (await sameNode(await session.ironic(signal), configured, prior, signal)) ? prior : undefined;
}

/** Whether both are the same nodes, by UUID or name, in any order. */
export async function sameNodes(
  client: IronicClient,
  some: readonly string[],
  others: readonly string[],
  signal: AbortSignal,
): Promise<boolean> {
  if (some.length !== others.length) return false;
  if (some.every((node) => others.includes(node))) return true;
  const uuids = (nodes: readonly string[]) =>
    Promise.all(nodes.map((node) => (isUuid(node) ? node : uuidOf(client, node, signal))));
  const [left, right] = await Promise.all([uuids(some), uuids(others)]);
  return left.every((uuid) => uuid !== undefined && right.includes(uuid));
}

/** The UUID of a node given by UUID, for which no request is sent, or by name. */
export async function nodeUuid(client: IronicClient, node: string, signal: AbortSignal): Promise<string> {
  return isUuid(node) ? node : (await client.getNode(node, { signal })).uuid;
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
