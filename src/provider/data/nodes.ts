import { isChild, type ListedNode, type NodeFilters } from "../../ironic";
import {
  computed,
  type KnownConfig,
  lengthBetween,
  nested,
  oneOf,
  optional,
  schema,
  t,
  type Validator,
} from "../../tfplugin";
import { withoutMark } from "../node/enrollment";
import { dataSource } from "../plugin";
import { nodeUuid } from "../shared/node-reference";
import { areTraits, isIdentifier, isUuidOrUnset } from "../shared/validators";
import { texts } from "./facts";

/** A filter by a text. An empty one is refused: it would select nothing, or everything where an empty variable means none. */
const filter = (description: string, validate = lengthBetween(1, 255) as Validator<string>) =>
  optional(t.string, { description, validate });
const flag = (description: string) => optional(t.bool, { description });

const isUuid: Validator<string> = (value) => (value === "" ? "must be a UUID" : isUuidOrUnset(value));

const filters = {
  provision_state: filter("Provision state, such as `available`, `active` or `deploy failed`."),
  resource_class: filter("Resource class."),
  traits: optional(t.set(t.string), {
    description: "Traits that a node has to have, all of them. The provider filters by them, not Ironic.",
    validate: areTraits,
  }),
  driver: filter("Hardware type, such as `redfish`."),
  conductor_group: optional(t.string, {
    description: 'Conductor group, in upper or lower case; `""` is the default group (microversion 1.46).',
    validate: lengthBetween(0, 255) as Validator<string>,
  }),
  owner: filter("Project ID that owns the nodes (microversion 1.50)."),
  lessee: filter("Project ID that uses the nodes (microversion 1.65)."),
  shards: optional(t.set(t.string), {
    description: "Shards, of which a node has to be in one (microversion 1.82).",
    validate: areShards,
  }),
  sharded: flag("Whether the nodes are in a shard (microversion 1.82)."),
  associated: flag("Whether the nodes are used by an instance or allocation."),
  instance_uuid: filter("UUID of the instance or allocation that uses the node.", isUuid),
  instance_name: filter("Name of the instance on the nodes (microversion 1.104: Ironic 33 and later)."),
  maintenance: flag("Whether the nodes are in maintenance mode."),
  fault: filter(
    "Fault for which Ironic has set the nodes to maintenance: `power failure`, `clean failure`, `rescue abort failure` or `service failure` (microversion 1.42).",
    oneOf("power failure", "clean failure", "rescue abort failure", "service failure"),
  ),
  retired: flag("Whether the nodes are retired (microversion 1.61)."),
  description_contains: filter("Text in the description (microversion 1.51)."),
  chassis_uuid: filter("UUID of the chassis that holds the nodes.", isUuid),
  parent_node: filter("UUID or name of the parent: its child nodes (microversion 1.83).", isIdentifier),
  include_children: flag(
    "Whether nodes with a parent are included; they always are with `parent_node`. Default: false.",
  ),
};

const found = nested.list({
  uuid: computed(t.string, { description: "UUID." }),
  name: computed(t.string, { description: "Name; null for a node without one." }),
  driver: computed(t.string, { description: "Hardware type." }),
  resource_class: computed(t.string, { description: "Resource class." }),
  traits: computed(t.set(t.string), { description: "Traits." }),
  properties: computed(t.map(t.string), { description: "Physical properties; values that are not strings are JSON." }),
  extra: computed(t.map(t.string), { description: "Free-form metadata; values that are not strings are JSON." }),
  description: computed(t.string, { description: "Description." }),
  provision_state: computed(t.string, { description: "Provision state." }),
  target_provision_state: computed(t.string, {
    description: "Provision state to which the operation under way leads; null without one.",
  }),
  power_state: computed(t.string, { description: "Power state." }),
  last_error: computed(t.string, { description: "Last error." }),
  health: computed(t.string, { description: "Health that the BMC reports (microversion 1.109)." }),
  boot_mode: computed(t.string, { description: "Boot mode: `uefi`, `bios`, or null where Ironic does not know it." }),
  secure_boot: computed(t.bool, { description: "Whether secure boot is on; null where Ironic does not know it." }),
  instance_uuid: computed(t.string, { description: "UUID of the instance or allocation that uses the node." }),
  instance_name: computed(t.string, { description: "Name of the instance on the node." }),
  maintenance: computed(t.bool, { description: "Whether the node is in maintenance mode." }),
  maintenance_reason: computed(t.string, { description: "Reason for the maintenance." }),
  fault: computed(t.string, { description: "Fault for which Ironic has set the node to maintenance." }),
  retired: computed(t.bool, { description: "Whether the node is retired." }),
  protected: computed(t.bool, { description: "Whether the node is protected." }),
  owner: computed(t.string, { description: "Project ID that owns the node." }),
  lessee: computed(t.string, { description: "Project ID that uses the node." }),
  conductor_group: computed(t.string, { description: "Conductor group." }),
  shard: computed(t.string, { description: "Shard." }),
  parent_node: computed(t.string, { description: "UUID of the parent; null for a node without one." }),
});

const nodesSchema = schema({
  description:
    "The nodes that match all of the filters: an unknown number, possibly none. `driver_info` and `instance_info`, which may hold secrets, are not read. A filter that this Ironic does not know is an error, a field that it does not know is null.",
  attributes: {
    ...filters,
    nodes: computed(found, {
      description:
        "The nodes in the order of their names, those without a name last, in the order of their UUIDs. `{ for node in data.ironic_nodes.NAME.nodes : node.uuid => node }` is a map for `for_each`, in which a node without a name is a key as well; `one(data.ironic_nodes.NAME.nodes)` is the only node, null if there is none, and an error if there are several.",
    }),
  },
});

export const nodes = dataSource(nodesSchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const parent = config.parent_node === null ? undefined : await nodeUuid(client, config.parent_node, signal);
    const listed = await client.findNodes(serverFilters(config, parent?.toLowerCase()), { signal });
    const traits = config.traits ?? [];
    const matching = listed.filter(
      (node) =>
        (parent === undefined ? config.include_children === true || !isChild(node) : isChild(node)) &&
        traits.every((trait) => node.traits?.includes(trait)),
    );
    return { ...config, nodes: matching.sort(byName).map(shown) };
  },
});

/** Leaves out what is not configured. */
function serverFilters(config: KnownConfig<typeof nodesSchema>, parent: string | undefined): NodeFilters {
  const { traits: _, include_children: __, parent_node: ___, shards, ...others } = config;
  const given = Object.entries({ ...others, shard: shards }).filter(([, value]) => value !== null);
  return { ...Object.fromEntries(given), ...(parent !== undefined && { parent_node: parent }) };
}

/** By code units, the same on every machine. */
function byName(one: ListedNode, other: ListedNode): number {
  const [left, right] = [one, other].map(({ name, uuid }) => (name === null ? [1, uuid] : [0, name])) as [
    [number, string],
    [number, string],
  ];
  return left[0] - right[0] || (left[1] < right[1] ? -1 : 1);
}

function shown(node: ListedNode) {
  return {
    uuid: node.uuid,
    name: node.name,
    driver: node.driver,
    resource_class: node.resource_class,
    traits: node.traits ?? null,
    properties: texts(node.properties),
    extra: texts(withoutMark(node.extra)),
    description: node.description ?? null,
    provision_state: node.provision_state,
    target_provision_state: node.target_provision_state,
    power_state: node.power_state,
    last_error: node.last_error,
    health: node.health ?? null,
    boot_mode: node.boot_mode ?? null,
    secure_boot: node.secure_boot ?? null,
    instance_uuid: node.instance_uuid,
    instance_name: node.instance_name ?? null,
    maintenance: node.maintenance,
    maintenance_reason: node.maintenance_reason ?? null,
    fault: node.fault ?? null,
    retired: node.retired ?? null,
    protected: node.protected ?? null,
    owner: node.owner ?? null,
    lessee: node.lessee ?? null,
    conductor_group: node.conductor_group ?? null,
    shard: node.shard ?? null,
    parent_node: isChild(node) ? (node.parent_node ?? null) : null,
  };
}

/** Ironic reads shards as a list with commas. */
function areShards(shards: readonly string[]): string | undefined {
  if (shards.length === 0) return "must have at least one shard";
  const isWrong = shards.some((shard) => shard === "" || shard.length > 255 || shard.includes(","));
  return isWrong ? "must have names of 1 to 255 characters without commas" : undefined;
}
