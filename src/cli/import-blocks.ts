import {
  type IronicAllocation,
  type IronicDeployTemplate,
  type IronicInspectionRule,
  type IronicNode,
  type IronicPort,
  type IronicPortGroup,
  type IronicRunbook,
  type IronicVolumeConnector,
  type IronicVolumeTarget,
  identifierFault,
  isBusy,
  isDeployed,
  isFailed,
} from "../ironic";

/** The objects of an Ironic. */
export interface IronicObjects {
  readonly nodes: readonly IronicNode[];
  readonly ports: readonly IronicPort[];
  readonly portGroups: readonly IronicPortGroup[];
  readonly volumeConnectors: readonly IronicVolumeConnector[];
  readonly volumeTargets: readonly IronicVolumeTarget[];
  readonly allocations: readonly IronicAllocation[];
  readonly deployTemplates: readonly IronicDeployTemplate[];
  readonly runbooks: readonly IronicRunbook[];
  readonly inspectionRules: readonly IronicInspectionRule[];
}

/** An object to import. */
interface Import {
  readonly type: string;
  readonly uuid: string;
  /** The name that is wanted for it. */
  readonly name: string;
}

/** What was written, and what was not. */
export interface ImportBlocks {
  /** HCL. */
  readonly text: string;
  readonly count: number;
  /** What is not imported, a sentence each. */
  readonly left: readonly string[];
}

/**
 * The import blocks of objects: node by node with what belongs to it, by name, then the allocations, and what belongs to no node. Names
 * follow from the objects alone, so that the same Ironic gives the same text.
 * @param selected the UUIDs of the selected nodes; undefined: all objects
 */
export function importBlocks(objects: IronicObjects, selected?: ReadonlySet<string>): ImportBlocks {
  const isSelected = (uuid: string | null) => selected === undefined || (uuid !== null && selected.has(uuid));
  const nodes = sorted(
    objects.nodes.filter(({ uuid }) => isSelected(uuid)),
    nodeName,
  );
  const parts = [
    membersOf("ironic_port_group_v1", objects.portGroups, labelOfGroup),
    membersOf("ironic_port_v1", objects.ports, ({ address }) => address.replaceAll(":", "-")),
    membersOf("ironic_volume_connector_v1", objects.volumeConnectors, (each) => `${each.type}_${each.connector_id}`),
    membersOf("ironic_volume_target_v1", objects.volumeTargets, (each) => `${each.volume_type}_${each.boot_index}`),
  ];
  const imports = nodes.flatMap((node): Import[] => {
    const { uuid } = node;
    const name = nodeName(node);
    return [
      { type: "ironic_node_v1", uuid, name },
      ...parts.flatMap((members) => members(node)),
      ...(isAtRest(node) ? [{ type: "ironic_deployment", uuid, name }] : []),
    ];
  });
  const ofNodes = objects.allocations.filter(({ node_uuid }) => isSelected(node_uuid));
  const allocations = ofNodes.filter(({ state }) => state === "active");
  const shownRules = objects.inspectionRules.filter(({ sensitive }) => !sensitive);
  const all = [
    ...imports,
    ...each("ironic_allocation_v1", allocations, labelOf("allocation")),
    ...each("ironic_deploy_template_v1", objects.deployTemplates, labelOf("template")),
    ...each("ironic_runbook_v1", objects.runbooks.filter(isNameable), labelOf("runbook")),
    ...each("ironic_inspection_rule_v1", shownRules, labelOfRule),
  ];
  const left = [
    ...[...unfinished(nodes), ...unallocated(ofNodes)],
    ...[...unnameable(objects.runbooks), ...hidden(objects.inspectionRules)],
  ];
  return { text: HEAD + print(all), count: all.length, left };
}

function each<T extends { readonly uuid: string }>(
  type: string,
  things: readonly T[],
  label: (thing: T) => string,
): readonly Import[] {
  return sorted(things, label).map((thing) => ({ type, uuid: thing.uuid, name: label(thing) }));
}

/** The imports of what belongs to a node, named after the node. */
function membersOf<T extends { readonly uuid: string; readonly node_uuid: string }>(
  type: string,
  things: readonly T[],
  label: (thing: T) => string,
): (node: IronicNode) => readonly Import[] {
  const ofNodes = byNode(things);
  return (node) => each(type, ofNodes.get(node.uuid) ?? [], (thing) => `${nodeName(node)}_${label(thing)}`);
}

const HEAD = `# Written by ironic-oci provider import-blocks. Next, in this folder:
#   terraform plan -generate-config-out=generated.tf
`;

function print(imports: readonly Import[]): string {
  const named = identifiers(imports);
  return imports
    .map(({ type, uuid }, index) => `\nimport {\n  to = ${type}.${named[index]}\n  id = ${JSON.stringify(uuid)}\n}\n`)
    .join("");
}

/**
 * A Terraform identifier for each object, unique among those of its type. Of several objects that would have the same one, the one that
 * has this very name in Ironic keeps it, and the others get their UUID.
 */
function identifiers(imports: readonly Import[]): readonly string[] {
  const wanted = imports.map(({ type, name }) => ({ type, name, text: identifier(name) }));
  const count = (isCounted: (each: (typeof wanted)[number]) => boolean) => {
    const counts = new Map<string, number>();
    for (const each of wanted.filter(isCounted)) {
      const key = `${each.type}.${each.text}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return ({ type, text }: { readonly type: string; readonly text: string }) => counts.get(`${type}.${text}`);
  };
  const [ofAll, ofExact] = [count(() => true), count(({ name, text }) => name === text)];
  return wanted.map((each, index) => {
    const isExact = each.name === each.text && ofExact(each) === 1;
    return ofAll(each) === 1 || isExact ? each.text : `${each.text}_${imports[index]?.uuid}`;
  });
}

/** Letters, digits, `_` and `-`, beginning with a letter or `_`. */
function identifier(name: string): string {
  const text = name.replace(/[^A-Za-z0-9_-]/g, "_");
  return /^[A-Za-z_]/.test(text) ? text : `_${text}`;
}

function nodeName({ name, uuid }: IronicNode): string {
  return name || `node_${uuid}`;
}

function labelOfGroup({ name, uuid }: IronicPortGroup): string {
  return name || uuid;
}

const labelOf =
  (kind: string) =>
  ({ name, uuid }: { readonly name: string | null; readonly uuid: string }) =>
    name || `${kind}_${uuid}`;

function labelOfRule({ description, uuid }: IronicInspectionRule): string {
  return description || `rule_${uuid}`;
}

function byNode<T extends { readonly node_uuid: string }>(things: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const thing of things) {
    const others = found.get(thing.node_uuid);
    if (others) others.push(thing);
    else found.set(thing.node_uuid, [thing]);
  }
  return found;
}

function sorted<T extends { readonly uuid: string }>(things: readonly T[], label: (thing: T) => string): readonly T[] {
  const key = (thing: T) => `${label(thing)} ${thing.uuid}`;
  return [...things].sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

/** Whether something is deployed, and nothing of it has failed or is under way: an import of any other one would plan a deployment. */
function isAtRest(node: IronicNode): boolean {
  return isDeployed(node) && !isBusy(node) && !isFailed(node);
}

function unfinished(nodes: readonly IronicNode[]): readonly string[] {
  return nodes
    .filter((node) => isDeployed(node) && !isAtRest(node))
    .map((node) => `the deployment of node ${node.name ?? node.uuid}: the node is in state "${node.provision_state}"`);
}

function unallocated(allocations: readonly IronicAllocation[]): readonly string[] {
  return allocations
    .filter(({ state }) => state !== "active")
    .map(({ name, uuid, state }) => `allocation ${name ?? uuid}: it is in state "${state}" and has no node`);
}

function hidden(rules: readonly IronicInspectionRule[]): readonly string[] {
  return rules
    .filter(({ sensitive }) => sensitive)
    .map(
      ({ description, uuid }) =>
        `inspection rule ${description ?? uuid}: it is sensitive, and Ironic does not show its conditions and actions`,
    );
}

/** Ironic 36 and later create runbooks with any name, and find those by UUID only; a configuration can't have such a name. */
function isNameable({ name }: IronicRunbook): boolean {
  return identifierFault(name) === undefined;
}

function unnameable(runbooks: readonly IronicRunbook[]): readonly string[] {
  return runbooks
    .filter((runbook) => !isNameable(runbook))
    .map(({ name, uuid }) => `runbook ${name} (${uuid}): the name ${identifierFault(name)}`);
}
