import { ForbiddenError, type IronicNode, type JsonObject } from "../../ironic";
import type { NodeContext } from "./provisioning";
import { without } from "./values";

// A cleaning takes an available node to `manageable` and back. Where its run ends in between, nothing in Ironic or in Terraform's state
// tells that the node was available: a creation that is killed has no state. So the node itself holds that until it is back.

/** The key of `extra` with the provision state to which a node returns after its cleaning. */
const RETURNS_TO = "terraform_returns_to";

/** Whether a cleaning that has not finished has taken the node out of `available`. Ironic makes no retired node available. */
export function isToReturn({ extra, retired }: IronicNode): boolean {
  return extra[RETURNS_TO] === "available" && retired !== true;
}

/** Marks an available node, before a cleaning takes it to `manageable`; not where Ironic would harm the node, or the role may not. */
export async function markToReturn({ client, uuid, signal, log }: NodeContext, node: IronicNode): Promise<void> {
  if (isToReturn(node) || !(await client.patchKeepsParent(node, { signal }))) return;
  try {
    await client.patchNode(uuid, [{ op: "add", path: `/extra/${RETURNS_TO}`, value: "available" }], { signal });
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    log.debug("the role may not change extra", { node: uuid });
  }
}

/** Milliseconds for the removal of a mark, also where the run is interrupted: nothing is left to do but that. */
const REMOVAL_TIMEOUT = 5_000;

/**
 * Removes the mark of a node that is back. One that stays is removed after the next cleaning: a failure is no error, which would have the
 * steps run again.
 */
export async function removeReturnMark({ client, uuid, log }: NodeContext): Promise<void> {
  const signal = AbortSignal.timeout(REMOVAL_TIMEOUT);
  try {
    if (!isToReturn(await client.getNode(uuid, { signal }))) return;
    await client.patchNode(uuid, [{ op: "remove", path: `/extra/${RETURNS_TO}` }], { signal });
  } catch (error) {
    log.warn(`extra.${RETURNS_TO} of the node could not be removed`, { node: uuid, error });
  }
}

/** `extra` as users know it. */
export function withoutReturnMark(extra: JsonObject): JsonObject {
  return without(extra, [RETURNS_TO]);
}
