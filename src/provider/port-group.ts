import type { IronicPortGroup, JsonObject } from "../ironic";
import { computed, isUnknown, optional, optionalComputed, type PlannedState, required, schema, t } from "../tfplugin";
import { ironicString, userMap, userString } from "./shared/attributes";
import { crudResource, type FieldsUpdate } from "./shared/crud";
import { plannedFreeForm, readFreeForm } from "./shared/free-form";
import { withoutHolder } from "./shared/holder";
import { isMac } from "./shared/mac";
import { managedFields, readManaged } from "./shared/managed";
import { nodeMember, planNodeMember } from "./shared/node-member";
import { sameNode } from "./shared/node-reference";
import { MAC } from "./shared/rewritten";
import { readTyped, userTyped } from "./shared/typed";
import { atMost, isIdentifier, isName } from "./shared/validators";
import { plannedOr } from "./shared/values";

const portGroupSchema = schema({
  description: "A group of a node's ports: a bond of network interfaces.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the port group." }),
    node_uuid: required(t.string, {
      requiresReplace: true,
      description: "UUID or name of the node.",
      validate: isIdentifier,
    }),
    name: userString({ description: "Name of the port group, unique in Ironic.", validate: isName }),
    address: optional(t.string, {
      description: "MAC address of the bond, with `:` or `-`; case-insensitive.",
      validate: isMac,
      equivalent: MAC.same,
    }),
    mode: ironicString({
      description:
        "Mode of the bond, such as `802.3ad` or `active-backup`. Default: `[DEFAULT]default_portgroup_mode` of Ironic.",
    }),
    standalone_ports_supported: optionalComputed(t.bool, {
      description: "Whether the ports may be used apart from the bond. Default: `true`, by Ironic.",
    }),
    physical_network: userString({
      description:
        "Name of the physical network to which the bond is connected (microversion 1.102: Ironic 33 and later).",
      validate: atMost(64),
    }),
    category: userString({
      description:
        "Category of the bond, by which Ironic's networking selects it (microversion 1.103: Ironic 33 and later).",
      validate: atMost(80),
    }),
    properties: userMap({
      description: "Options of the bond, such as `miimon`. Keys that are not configured are left unchanged.",
    }),
    properties_typed: userTyped({ of: "properties" }),
    extra: userMap({
      description: "Free-form metadata (Ironic's `extra`). Keys that are not configured are left unchanged.",
    }),
    extra_typed: userTyped({ of: "extra" }),
  },
});

type PortGroupSchema = typeof portGroupSchema;

const member = nodeMember<PortGroupSchema, IronicPortGroup, "properties" | "extra">({
  freeForm: ["properties", "extra"],
  fieldsOf,
  find: (client, { name }, _node, signal) => (name ? () => client.getPortGroup(name, { signal }) : undefined),
  get: (client, id, signal) => client.getPortGroup(id, { signal }),
  post: (client, fields, signal) => client.createPortGroup(fields, { signal }),
  patch: (client, id, patch, signal) => client.patchPortGroup(id, patch, { signal }),
});

export const portGroup = crudResource<PortGroupSchema, IronicPortGroup>(
  portGroupSchema,
  {
    ...member,
    name: "port group",
    importedBy: "UUID or name",
    legacyUnset: {},
    delete: (client, id, signal) => client.deletePortGroup(id, { signal }),
    async read(client, { found, state, unread }, signal) {
      const isSameNode = await sameNode(client, state.node_uuid, found.node_uuid, signal);
      return {
        id: found.uuid,
        node_uuid: isSameNode ? (state.node_uuid ?? found.node_uuid) : found.node_uuid,
        name: found.name,
        address: found.address,
        mode: found.mode,
        standalone_ports_supported: found.standalone_ports_supported,
        properties: readFreeForm(state.properties, found.properties, unread),
        properties_typed: readTyped(state.properties_typed, found.properties),
        extra: readFreeForm(state.extra, withoutHolder(found.extra), unread),
        extra_typed: readTyped(state.extra_typed, found.extra),
        physical_network: readManaged(state.physical_network, found.physical_network, unread),
        category: readManaged(state.category, found.category, unread),
      };
    },
    stateAfter: (found, planned) => ({
      ...planned,
      id: found.uuid,
      mode: plannedOr(planned.mode, found.mode),
      standalone_ports_supported: plannedOr(planned.standalone_ports_supported, found.standalone_ports_supported),
    }),
  },
  {
    plan: planNodeMember,

    validate({ config: { mode }, diagnostics }) {
      if (mode === null || mode === "" || isUnknown(mode) || MODES.includes(mode)) return;
      const detail = `Ironic accepts any text and passes it on, and ${JSON.stringify(mode)} is not a mode of Linux bonding: ${MODES.join(", ")}. The machine's network may not come up with it.`;
      diagnostics.warning("Not a mode of Linux bonding", { detail, path: ["mode"] });
    },
  },
);

/** The modes of Linux bonding by name and number (Documentation/networking/bonding.rst), to which Ironic's documentation refers. */
const MODES = [
  ...["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb"],
  ...["0", "1", "2", "3", "4", "5", "6"],
];

function fieldsOf(
  planned: PlannedState<PortGroupSchema>,
  update?: FieldsUpdate<PortGroupSchema, IronicPortGroup, "properties" | "extra">,
): JsonObject {
  const { name, address, mode, standalone_ports_supported } = planned;
  return {
    ...managedFields(["physical_network", "category"], planned, update?.state),
    name: name || null,
    address: address === null ? null : MAC.canonical(address),
    ...(typeof mode === "string" && mode !== "" && { mode }),
    ...(typeof standalone_ports_supported === "boolean" && { standalone_ports_supported }),
    properties: plannedFreeForm("properties", planned, update),
    extra: plannedFreeForm("extra", planned, update),
  };
}
