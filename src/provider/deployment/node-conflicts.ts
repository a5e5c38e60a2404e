import type { IronicNode } from "../../ironic";
import { type Diagnostics, type Plan, ProviderError } from "../../tfplugin";
import { isEnded } from "../shared/managed";
import type { PlannedNode, PlannedNodes } from "../shared/planned-nodes";
import type { DeploymentSchema, DeploymentState } from "./schema";

// What a deployment's own plan does not show, and its apply would run into: the node's ironic_node_v1, which is planned and applied before.

type DeploymentPlan = Plan<DeploymentSchema>;

/**
 * Refuses a rebuild that Ironic would refuse, because the node is protected by its own resource or by another tool.
 * @param changed the arguments for which the node would be rebuilt
 * @param found the node in Ironic, where it could be read
 * @throws {ProviderError}
 */
export function refuseProtectedRebuild(
  planned: DeploymentPlan,
  state: DeploymentState,
  changed: readonly string[],
  node: PlannedNode | undefined,
  found: IronicNode | undefined,
): void {
  const byNode = node?.protected === true;
  const isKept = found?.protected === true && !node?.unprotected && !isEnding(planned.protected, state.protected);
  if (changed.length === 0 || !(byNode || isKept)) return;
  const remedy = byNode
    ? "set protected = false in its ironic_node_v1 in the same apply, and true afterwards; or protect it by its ironic_deployment"
    : `run \`baremetal node unset --protected ${state.id}\`, or set protected = false in its ironic_node_v1, and apply again`;
  throw new ProviderError("The node is protected", {
    detail: `A change of ${changed.join(", ")} rewrites the disk of node ${state.node_uuid}, and Ironic refuses that while the node is protected${byNode ? ", as its ironic_node_v1 has it" : ""}. To rebuild it, ${remedy}.`,
    path: ["node_uuid"],
  });
}

/** Warns of a node that the apply puts into maintenance before it is deployed, which Ironic then refuses. */
export function warnOfMaintenance(reference: string | undefined, nodes: PlannedNodes, diagnostics: Diagnostics): void {
  const candidates = reference === undefined ? nodes.created() : [nodes.find(reference)];
  const entering = candidates
    .filter((node) => node?.maintenance === true)
    .map((node) => subjectOf(node as PlannedNode));
  if (entering.length === 0) return;
  const which = reference === undefined ? "If the deployment's node is one of them, Ironic" : "Ironic";
  const detail = `This apply puts ${entering.slice(0, 5).join(", ")} into maintenance, by maintenance = true in ironic_node_v1, before anything is deployed. ${which} refuses to deploy it then: remove maintenance, or the deployment until the maintenance ends.`;
  diagnostics.warning("The node is put into maintenance", { detail, path: ["node_uuid"] });
}

function isEnding(planned: DeploymentPlan["protected"], prior: boolean | null): boolean {
  return typeof planned === "boolean" || planned === null ? isEnded(planned, prior) : true;
}

function subjectOf({ name, uuid }: PlannedNode): string {
  return `node ${typeof name === "string" ? name : (uuid ?? "without a name")}`;
}
