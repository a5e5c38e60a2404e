import { diff, type IronicClient, type IronicNode, type JsonObject, type PatchOperation } from "../../ironic";
import { type Plan, ProviderError } from "../../tfplugin";
import { isEnded } from "../shared/managed";
import { isEmpty } from "../shared/values";
import type { DeploymentPlanned, DeploymentSchema, DeploymentState } from "./schema";

// Protection of what is deployed: Ironic refuses to undeploy, rebuild and delete a protected node. It is set with the last request of a
// deployment, and ended before the first request of a change.

type Protection = Pick<DeploymentPlanned, "protected" | "protected_reason">;

/** The operations that protect a node as planned; none where it is so. A reason that is no longer configured is removed. */
export function protecting(
  node: IronicNode,
  { protected: flag, protected_reason: reason }: Protection,
  prior?: Protection,
): PatchOperation[] {
  if (flag !== true) return [];
  const isManaged = !isEmpty(reason) || !isEmpty(prior?.protected_reason ?? null);
  const fields = { protected: true, ...(isManaged && { protected_reason: reason || null }) };
  return diff(node as unknown as JsonObject, fields);
}

/** Ends the protection where it is no longer planned. */
export async function unprotect(
  client: IronicClient,
  node: IronicNode,
  planned: Protection,
  prior: Protection,
  signal: AbortSignal,
): Promise<void> {
  if (node.protected !== true || !isEnded(planned.protected, prior.protected)) return;
  await client.patchNode(node.uuid, [{ op: "replace", path: "/protected", value: false }], { signal });
}

/** The arguments for state; a protection that is not configured, such as by another tool, is no drift. */
export function readProtection(
  node: IronicNode,
  { protected: flag, protected_reason: reason }: Protection,
): Protection {
  if (flag === null || node.protected === undefined) return { protected: flag, protected_reason: reason };
  const current = node.protected_reason as string | null;
  return { protected: node.protected, protected_reason: isEmpty(reason) ? reason : current };
}

/**
 * Refuses to plan what the protection forbids.
 * @param changed the arguments for which the node would be rebuilt
 * @throws {ProviderError}
 */
export function refuseRebuild(plan: Plan<DeploymentSchema>, state: DeploymentState, changed: readonly string[]): void {
  if (changed.length === 0 || state.protected !== true || plan.protected !== true) return;
  throw new ProviderError("The deployment is protected", {
    detail: `A change of ${changed.join(", ")} rewrites the disk of node ${state.node_uuid}, and Ironic refuses that while the node is protected. To rebuild it, set protected = false in the same apply, and true afterwards.`,
    path: ["protected"],
  });
}
