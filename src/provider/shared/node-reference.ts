import { type IronicClient, NotFoundError } from "../../ironic";

/** The UUID of the node that a user named by UUID or name; undefined when there is none such. */
async function uuidOf(client: IronicClient, node: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await client.getNode(node, { signal })).uuid;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Whether both say the same node. Ironic answers with UUIDs, also where a name was given: that is no change. */
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

/** Whether both name the same nodes, in whatever order. */
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

/** The UUID of the node that is named by UUID, which asks nobody, or by name. */
export async function nodeUuid(client: IronicClient, node: string, signal: AbortSignal): Promise<string> {
  return isUuid(node) ? node : (await client.getNode(node, { signal })).uuid;
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
