import type { IronicClient, IronicNode, JsonObject } from "../../ironic";
import { without } from "./values";

/**
 * The key that marks an object in Ironic while its creation has not finished: in the `extra` of a node, and in the `instance_info` of
 * a deployment.
 *
 * Terraform taints a resource whose creation ends with both an error and a state, and the next apply then destroys the object
 * (`maybeTainted` in Terraform). A creation in several steps therefore ends with an error alone, and the next apply creates the
 * resource once more. The mark tells that creation to continue with the object, also after the provider or Terraform was killed. An
 * object without the mark is never taken over.
 */
export const UNFINISHED = "terraform_unfinished";

type Marked = "extra" | "instance_info";

/** Whether a field of the node has the mark. */
export function hasMark(node: IronicNode, field: Marked): boolean {
  return Object.hasOwn(node[field], UNFINISHED);
}

/**
 * Removes the mark, as the last request of a creation. After a lost response, an interruption or a refusal (the node may have lost the
 * mark), a read tells whether it is gone.
 */
export async function removeMark(
  client: IronicClient,
  uuid: string,
  field: Marked,
  signal: AbortSignal,
): Promise<IronicNode> {
  try {
    return await client.patchNode(uuid, [{ op: "remove", path: `/${field}/${UNFINISHED}` }], { signal });
  } catch (error) {
    const now = await tryGetNode(client, uuid);
    if (now === undefined || hasMark(now, field)) throw error;
    return now;
  }
}

/** A read with a short timeout of its own, after an error: the run may be interrupted, or Ironic unavailable. */
export async function tryGetNode(client: IronicClient, uuid: string): Promise<IronicNode | undefined> {
  try {
    return await client.getNode(uuid, { signal: AbortSignal.timeout(5_000) });
  } catch {
    return undefined;
  }
}

/** A free-form field as its users know it. */
export function withoutMark(field: JsonObject): JsonObject {
  return without(field, [UNFINISHED]);
}
