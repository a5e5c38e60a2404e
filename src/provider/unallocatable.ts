import { type IronicNode, maintenanceAdvice } from "../ironic";
import { sentence } from "./diagnostics";

/** What an allocation asks of its node. */
interface Wanted {
  readonly resource_class: string;
  readonly traits: readonly string[] | null;
}

/** Nodes that an error describes: a data centre may have thousands. */
const MAX = 5;

/**
 * Why none of the nodes can be allocated, a sentence for each (`_candidate_nodes` in ironic.conductor.allocations).
 * @param nodes the candidates, or the nodes of the resource class
 */
export function whyNone(nodes: readonly IronicNode[], wanted: Wanted): string {
  if (nodes.length === 0) return `No node has the resource class "${wanted.resource_class}", which is matched exactly.`;
  const reasons = nodes.flatMap((node) => whyNot(node, wanted) ?? []);
  if (reasons.length === 0) return "A node that fits has become free meanwhile: apply again.";
  const more = reasons.length > MAX ? [`And ${reasons.length - MAX} more.`] : [];
  return [...reasons.slice(0, MAX).map(sentence), ...more].join("\n");
}

/** Undefined where nothing is in the way any more. */
function whyNot(node: IronicNode, { resource_class: wantedClass, traits }: Wanted): string | undefined {
  const subject = `node ${node.name ?? node.uuid}`;
  const { resource_class: nodeClass, provision_state: state, instance_uuid: instance, parent_node: parent } = node;
  const missing = (traits ?? []).filter((trait) => !(node.traits ?? []).includes(trait));
  if (nodeClass !== wantedClass) return `${subject} has the resource class ${JSON.stringify(nodeClass)}`;
  if (instance !== null) return `${subject} is in use: its instance or allocation is ${instance}`;
  if (node.maintenance) return maintenanceAdvice(node);
  if (state !== "available") return `${subject} is in state "${state}"`;
  if (node.power_state === null) return `${subject} has no known power state`;
  // Ironic allocates no child nodes, and Debian's Ironic 29.0.5-0+deb13u3 makes a node its own parent with every PATCH.
  if (parent === node.uuid)
    return `${subject} is its own parent, which a fault of Debian's Ironic 29 makes of every changed node: delete it and enrol it again, or update Ironic`;
  if (parent !== undefined && parent !== null) return `${subject} is a child of node ${parent}`;
  return missing.length > 0 ? `${subject} does not have the traits ${missing.join(", ")}` : undefined;
}
