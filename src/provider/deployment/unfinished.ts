import type { IronicNode, PatchOperation } from "../../ironic";
import { tryGetNode } from "../shared/maintenance";
import type { NodeContext } from "../shared/provisioning";

/**
 * The key of `instance_info` that marks a deployment which has not finished.
 *
 * Terraform taints a resource whose creation ends with both an error and a state, and the next apply then destroys the object
 * (`maybeTainted` in Terraform). A first deployment therefore ends with an error alone, and the next apply creates the resource once
 * more. The mark tells that creation to continue with the node, also after the provider or Terraform was killed. A deployment without
 * the mark is never taken over.
 */
export const UNFINISHED = "terraform_unfinished";

/** Whether a deployment of the node has not finished, as far as this provider knows. */
export function hasMark(node: IronicNode): boolean {
  return Object.hasOwn(node.instance_info, UNFINISHED);
}

/**
 * Removes the mark, as the last request of a deployment, and makes further changes with it. After a lost response, an interruption or a refusal (the node may have lost the
 * mark), a read tells whether it is gone.
 * @returns the node after the deployment
 */
export async function removeMark(
  { client, uuid, signal }: NodeContext,
  further: readonly PatchOperation[],
): Promise<IronicNode> {
  const patch: PatchOperation[] = [{ op: "remove", path: `/instance_info/${UNFINISHED}` }, ...further];
  try {
    return await client.patchNode(uuid, patch, { signal });
  } catch (error) {
    const now = await tryGetNode(client, uuid);
    if (now === undefined || hasMark(now)) throw error;
    return now;
  }
}
