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
 * The UUID of the node that a reference names after the apply; null for a node that the apply creates, and undefined where there is
 * none. A rename of a node is planned before what refers to it.
 */
async function plannedUuid(session: Session, node: string, signal: AbortSignal): Promise<string | null | undefined> {
  if (isUuid(node)) return node;
  const planned = session.plannedNodes.find(node)?.uuid;
  return planned ?? (await uuidOf(await session.ironic(signal), node, signal)) ?? planned;
}

/** The error of a plan that would replace a resource because no node has the configured name. */
export function noSuchNode(node: string, path: string): ProviderError {
  return new ProviderError("No node has this name", {
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
  const planned = await plannedUuid(session, configured, signal);
  if (planned === undefined) throw noSuchNode(configured, "node_uuid");
  return (await sameNode(await session.ironic(signal), planned, uuid, signal)) ? prior : undefined;
}

/** The UUID of each of the configured nodes, or its name where no node has that: see {@link keptNodeReference}. */
export function plannedNodes(
  session: Session,
  nodes: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  return Promise.all(nodes.map(async (node) => (await plannedUuid(session, node, signal)) ?? node));
}

/** The UUID of a node given by UUID, for which no request is sent, or by name. */
export async function nodeUuid(client: IronicClient, node: string, signal: AbortSignal): Promise<string> {
  return isUuid(node) ? node : (await client.getNode(node, { signal })).uuid;
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
