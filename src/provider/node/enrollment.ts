import { ConflictError, diff, type IronicClient, type IronicNode, isDeployed, type JsonObject } from "../../ironic";
import { nullIfNotFound } from "../shared/not-found";
import { hasMark, removeMark, UNFINISHED } from "../shared/unfinished";

/**
 * Creates a node with the mark of an unfinished creation, or continues with the node of this name that has it. A node without a name
 * could not be found again, and is not marked.
 * @param fields the body of the creation
 * @throws {ConflictError} when another node has the name
 */
export async function enroll(client: IronicClient, fields: JsonObject, signal: AbortSignal): Promise<IronicNode> {
  const { name } = fields;
  if (typeof name !== "string") return client.createNode(fields, { signal });
  const marked = { ...fields, extra: { ...(fields.extra as JsonObject), [UNFINISHED]: true } };
  try {
    return await client.createNode(marked, { signal });
  } catch (error) {
    const found = error instanceof ConflictError ? await unfinished(client, name, signal) : undefined;
    if (found === undefined) throw error;
    const resetInterfaces = fields.driver !== found.driver;
    // Verification and inspection write properties.
    const properties = { ...found.properties, ...(fields.properties as JsonObject) };
    return client.patchNode(found.uuid, diff(found as never, { ...marked, properties }), { signal, resetInterfaces });
  }
}

async function unfinished(client: IronicClient, name: string, signal: AbortSignal): Promise<IronicNode | undefined> {
  const found = await nullIfNotFound(() => client.getNode(name, { signal }));
  return found !== null && isUnfinished(found) && !isDeployed(found) ? found : undefined;
}

/** Whether a creation by this provider has not finished. */
export function isUnfinished(node: IronicNode): boolean {
  return hasMark(node, "extra");
}

/** Ends the creation. @returns the node after it */
export function finish(client: IronicClient, created: IronicNode, signal: AbortSignal): Promise<IronicNode> {
  return isUnfinished(created)
    ? removeMark(client, created.uuid, "extra", signal)
    : client.getNode(created.uuid, { signal });
}

/** Summary and detail of the warning that follows the error of an unfinished creation. */
export function unfinishedWarning({ name, uuid }: IronicNode): [string, { readonly detail: string }] {
  const detail = `Node ${name ?? uuid} is in Ironic, and not in Terraform's state yet. The next apply continues with this node. To remove it instead, run \`baremetal node delete ${uuid}\`.`;
  return ["The creation of the node has not finished", { detail }];
}
