import { type IronicClient, type IronicNode, isBusy } from "../ironic";

/** What an allocation wants of a node. */
interface Wanted {
  readonly resource_class: string;
  readonly traits: readonly string[] | null;
}

/** The most nodes that an error explains. */
const MOST_EXPLAINED = 10;

/** The candidates, or without candidates the nodes of a resource class. */
export function nodesFor(
  client: IronicClient,
  resourceClass: string,
  candidates: readonly string[],
  signal: AbortSignal,
): Promise<readonly IronicNode[]> {
  if (candidates.length === 0) return client.listNodes({ resource_class: resourceClass }, { signal });
  return Promise.all(candidates.map((id) => client.getNode(id, { signal })));
}

/**
 * Whether a node can be allocated soon: Ironic is working on it, or does not know its power state yet.
 * @param waitForPower whether the next sync of power states may still be to come
 */
export function isReadySoon(node: IronicNode, { resource_class }: Wanted, waitForPower: boolean): boolean {
  const isWanted = node.resource_class === resource_class && node.instance_uuid === null && !node.maintenance;
  const lacksPower = node.provision_state === "available" && node.power_state === null;
  return isWanted && (isBusy(node) || (waitForPower && lacksPower));
}

/** Why each of the nodes could not be allocated (ironic.conductor.allocations, `_candidate_nodes`). */
export function explain(nodes: readonly IronicNode[], wanted: Wanted): string {
  if (nodes.length === 0) {
    return `Ironic has no node of the resource class "${wanted.resource_class}" that these credentials may see.`;
  }
  const lines = nodes.slice(0, MOST_EXPLAINED).map((node) => `- ${node.name ?? node.uuid}: ${reasonOf(node, wanted)}`);
  const others = nodes.length - lines.length;
  return ["Why not:", ...lines, ...(others > 0 ? [`- and ${others} more`] : [])].join("\n");
}

function reasonOf(node: IronicNode, { resource_class, traits }: Wanted): string {
  const missing = (traits ?? []).filter((trait) => !(node.traits ?? []).includes(trait));
  const reasons = [
    node.resource_class !== resource_class && `its resource class is ${JSON.stringify(node.resource_class)}`,
    node.maintenance && "it is in maintenance",
    node.instance_uuid !== null && `it has the instance ${node.instance_uuid}`,
    node.provision_state !== "available" && `it is in state "${node.provision_state}", not "available"`,
    node.power_state === null && "Ironic does not know its power state",
    missing.length > 0 && `it lacks ${missing.join(", ")}`,
    // Allocations look at nodes without a parent only. Debian's Ironic 29.0.5-0+deb13u3 makes a node its own parent with every PATCH.
    node.parent_node === node.uuid &&
      "it is its own parent, which a fault of Debian's Ironic 29 makes of every changed node: delete the node and enrol it again, or update Ironic",
    node.parent_node != null && node.parent_node !== node.uuid && `it is a child of node ${node.parent_node}`,
  ].filter((reason) => reason !== false);
  return reasons.length > 0 ? reasons.join("; ") : "another allocation may have taken it meanwhile: apply again";
}
