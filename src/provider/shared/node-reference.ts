import { type IronicClient, NotFoundError } from "../../ironic";
import { ProviderError } from "../../tfplugin";
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
 * The UUID of the node that a reference names after the apply; null for a node that the apply creates. A rename of a node is planned
 * before what refers to it.
 * @throws {ProviderError} when no node has the name
 */
async function plannedUuid(session: Session, node: string, path: string, signal: AbortSignal): Promise<string | null> {
  if (isUuid(node)) return node;
  const planned = session.plannedNames.get(node);
  const uuid = planned ?? (await uuidOf(await session.ironic(signal), node, signal));
  if (uuid !== undefined) return uuid;
  if (planned === null) return null;
  throw new ProviderError("No node has this name", {
    detail: `Ironic has no node "${node}". Nothing was changed: the resource exists, and belongs to a node with another name. If the node has been renamed, use its new name here, or its UUID, which stays the same.`,
    path: [path],
  });
}

/**
 * The node reference to plan where the configured one names the same node in another way, such as its UUID or its new name: that is not
 * a change. Undefined where the configured reference is to be planned.
 * @param uuid the UUID or name of the node in state, where `prior` may be outdated
 * @throws {ProviderError} when no node has the configured name
 */
export async function keptNodeReference<T extends string | null>(
  session: Session,
  configured: unknown,
  prior: T,
  signal: AbortSignal,
  uuid: string | null = prior,
): Promise<T | undefined> {
  if (typeof configured !== "string" || configured === prior) return undefined;
  const planned = await plannedUuid(session, configured, "node_uuid", signal);
  return (await sameNode(await session.ironic(signal), planned, uuid, signal)) ? prior : undefined;
}

/** Whether the configured nodes are those in state, by UUID or name, in any order. As {@link keptNodeReference}. */
export async function keepsNodes(
  session: Session,
  configured: readonly string[],
  prior: readonly string[],
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (configured.length !== prior.length) return false;
  if (configured.every((node) => prior.includes(node))) return true;
  const planned = await Promise.all(configured.map((node) => plannedUuid(session, node, path, signal)));
  return (
    planned.every((uuid) => uuid !== null) &&
    sameNodes(await session.ironic(signal), planned as string[], prior, signal)
  );
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
