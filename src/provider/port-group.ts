import { diff, type IronicPortGroup, type JsonObject } from "../ironic";
import { computed, optional, optionalComputed, type PlannedState, required, schema, t } from "../tfplugin";
import { ironicString, userMap, userString } from "./shared/attributes";
import { crudResource, type FieldsUpdate } from "./shared/crud";
import { plannedFreeForm, readFreeForm } from "./shared/free-form";
import { isMac } from "./shared/mac";
import { planNodeMember } from "./shared/node-member";
import { nodeUuid, sameNode } from "./shared/node-reference";
import { MAC } from "./shared/rewritten";
import { createOrTakeOver } from "./shared/take-over";
import { readTyped, userTyped } from "./shared/typed";
import { isIdentifier, isName } from "./shared/validators";
import { plannedOr, withoutNulls } from "./shared/values";

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

export const portGroup = crudResource<PortGroupSchema, IronicPortGroup>(
  portGroupSchema,
  {
    name: "port group",
    importedBy: "UUID or name",
    freeForm: { names: ["properties", "extra"] },
    legacyUnset: {},
    get: (client, id, signal) => client.getPortGroup(id, { signal }),
    delete: (client, id, signal) => client.deletePortGroup(id, { signal }),
    async create(client, planned, { signal }) {
      const node_uuid = await nodeUuid(client, planned.node_uuid, signal);
      const { name } = planned;
      // Keys of free-form fields that are not configured are left unchanged.
      const fieldsTo = (found: IronicPortGroup) =>
        withoutNulls(fieldsOf(planned, { found, state: { properties: null, extra: null } }));
      const requests = {
        create: () => client.createPortGroup({ node_uuid, ...withoutNulls(fieldsOf(planned)) }, { signal }),
        find: name ? () => client.getPortGroup(name, { signal }) : undefined,
        patch: (found: IronicPortGroup) =>
          client.patchPortGroup(found.uuid, diff(found as never, fieldsTo(found)), { signal }),
      };
      return createOrTakeOver(client, node_uuid, requests, signal);
    },
    update(client, update, signal) {
      const patch = diff(update.found as unknown as JsonObject, fieldsOf(update.planned, update));
      return client.patchPortGroup(update.state.id, patch, { signal });
    },
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
        extra: readFreeForm(state.extra, found.extra, unread),
        extra_typed: readTyped(state.extra_typed, found.extra),
      };
    },
    stateAfter: (found, planned) => ({
      ...planned,
      id: found.uuid,
      mode: plannedOr(planned.mode, found.mode),
      standalone_ports_supported: plannedOr(planned.standalone_ports_supported, found.standalone_ports_supported),
    }),
  },
  { plan: planNodeMember },
);

/** The planned fields, by the names of the API. Null removes a field; one that keeps Ironic's value is left out. */
function fieldsOf(
  planned: PlannedState<PortGroupSchema>,
  update?: FieldsUpdate<PortGroupSchema, IronicPortGroup, "properties" | "extra">,
): JsonObject {
  const { name, address, mode, standalone_ports_supported } = planned;
  return {
    name: name || null,
    address: address === null ? null : MAC.canonical(address),
    ...(typeof mode === "string" && mode !== "" && { mode }),
    ...(typeof standalone_ports_supported === "boolean" && { standalone_ports_supported }),
    properties: plannedFreeForm("properties", planned, update),
    extra: plannedFreeForm("extra", planned, update),
  };
}
