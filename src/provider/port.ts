import { isDeepStrictEqual } from "node:util";
import { ConflictError, type IronicPort, type JsonObject } from "../ironic";
import {
  computed,
  isUnknown,
  optional,
  optionalComputed,
  type PlannedState,
  ProviderError,
  schema,
  t,
} from "../tfplugin";
import { userMap, userString } from "./shared/attributes";
import { crudResource, type FieldsUpdate } from "./shared/crud";
import { plannedFreeForm, readFreeForm } from "./shared/free-form";
import { withoutHolder } from "./shared/holder";
import { SCHEMA_VERSION } from "./shared/legacy-state";
import { checkLocalLink } from "./shared/local-link";
import { isMac } from "./shared/mac";
import { managedFields, readManaged } from "./shared/managed";
import { nodeMember, planNodeMember } from "./shared/node-member";
import { sameNode } from "./shared/node-reference";
import { LOCAL_LINK, MAC } from "./shared/rewritten";
import { readTyped, userTyped } from "./shared/typed";
import { atMost, isIdentifier, isName, isUuidOrUnset } from "./shared/validators";
import { isEmpty, plannedOr } from "./shared/values";

const portSchema = schema({
  version: SCHEMA_VERSION,
  description: "A network port of a node.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the port." }),
    node_uuid: optional(t.string, {
      requiresReplace: true,
      description: "UUID or name of the node.",
      validate: isIdentifier,
    }),
    address: optional(t.string, {
      description: "MAC address of the port, with `:` or `-`; case-insensitive.",
      validate: isMac,
      equivalent: MAC.same,
    }),
    pxe_enabled: optionalComputed(t.bool, {
      description: "Whether the node may boot over the network from this port. Default: `true`, by Ironic.",
    }),
    is_smart_nic: optionalComputed(t.bool, {
      description: "Whether the port belongs to a Smart NIC. Default: `false`, by Ironic.",
    }),
    physical_network: userString({
      description: "Name of the physical network to which the port is connected.",
      validate: atMost(64),
    }),
    port_group_uuid: userString({
      description: "UUID of the port group to which the port belongs.",
      validate: isUuidOrUnset,
    }),
    name: userString({
      description: "Name of the port, unique in Ironic (microversion 1.88).",
      validate: isName,
    }),
    description: userString({
      description: "Description of the port (microversion 1.97: Ironic 30 and later).",
      validate: atMost(255),
    }),
    category: userString({
      description:
        "Category of the port, by which Ironic's networking selects ports (microversion 1.101: Ironic 32 and later).",
      validate: atMost(80),
    }),
    local_link_connection: userMap({
      equivalent: LOCAL_LINK.same,
      description:
        "Switch port to which the port is connected, as reported by LLDP: `switch_id` (a MAC address or an OpenFlow datapath ID; case-insensitive), `port_id`, `switch_info`; `hostname` instead of `switch_id` for a Smart NIC. Keys that are not configured are left unchanged.",
    }),
    extra: userMap({
      description: "Free-form metadata (Ironic's `extra`). Keys that are not configured are left unchanged.",
    }),
    extra_typed: userTyped({ of: "extra" }),
  },
});

type PortSchema = typeof portSchema;
type PortPlanned = PlannedState<PortSchema>;

/** Values of state of `openshift-metal3/ironic` for arguments that were not configured. */
const LEGACY_UNSET = { physical_network: "", port_group_uuid: "", local_link_connection: {}, extra: {} };

const member = nodeMember<PortSchema, IronicPort, "local_link_connection" | "extra">({
  freeForm: ["local_link_connection", "extra"],
  fieldsOf,
  find: (client, { address }, _node, signal) => {
    const mac = MAC.canonical(address ?? "");
    return mac === "" ? undefined : () => client.getPort(mac, { signal });
  },
  get: (client, id, signal) => client.getPort(id, { signal }),
  post: (client, fields, signal) => client.createPort(fields, { signal }),
  patch: (client, id, patch, signal) => client.patchPort(id, patch, { signal }),
});

export const port = crudResource<PortSchema, IronicPort>(
  portSchema,
  {
    ...member,
    name: "port",
    importedBy: "UUID or MAC address",
    legacyUnset: LEGACY_UNSET,
    refresh: (client, id, signal) => client.readPort(id, { signal }),
    delete: (client, id, signal) => client.deletePort(id, { signal }),

    async update(client, update, signal) {
      try {
        return await member.update(client, update, signal);
      } catch (error) {
        if (!(error instanceof ConflictError) || !error.fault.includes("maintenance mode")) throw error;
        const node = update.state.node_uuid ?? "NODE";
        const detail = `Error from Ironic: ${error.fault}\n\nSet the node to maintenance (baremetal node maintenance set ${node}), apply, and unset maintenance.`;
        throw new ProviderError("The port can't be changed while its node is in use", { detail, cause: error });
      }
    },

    async read(client, { found, state, unread, appliedHere }, signal) {
      // `openshift-metal3/ironic` did not send these, and stored the configured values in state.
      const isUnsent = (now: JsonObject) => !appliedHere && isEmpty(now);
      const isSameNode = await sameNode(client, state.node_uuid, found.node_uuid, signal);
      return {
        ...state,
        id: found.uuid,
        node_uuid: isSameNode ? state.node_uuid : found.node_uuid,
        address: found.address,
        pxe_enabled: found.pxe_enabled,
        is_smart_nic: found.is_smartnic ?? state.is_smart_nic,
        physical_network: found.physical_network,
        port_group_uuid: found.portgroup_uuid,
        local_link_connection: isUnsent(found.local_link_connection)
          ? state.local_link_connection
          : readFreeForm(state.local_link_connection, found.local_link_connection, unread),
        extra: isUnsent(found.extra) ? state.extra : readFreeForm(state.extra, withoutHolder(found.extra), unread),
        extra_typed: readTyped(state.extra_typed, found.extra),
        name: readManaged(state.name, found.name, unread),
        description: readManaged(state.description, found.description, unread),
        category: readManaged(state.category, found.category, unread),
      };
    },

    stateAfter: (found, planned) => ({
      ...planned,
      id: found.uuid,
      pxe_enabled: plannedOr(planned.pxe_enabled, found.pxe_enabled),
      is_smart_nic: plannedOr(planned.is_smart_nic, found.is_smartnic ?? null),
    }),
  },
  {
    validate({ config, diagnostics }) {
      for (const name of ["node_uuid", "address"] as const) {
        if (config[name] !== null) continue;
        const detail = `Ironic requires the ${name} of every port.`;
        diagnostics.error(`A port without ${name}`, { detail, path: [name] });
      }
    },

    async plan(call) {
      const planned = await planNodeMember(call);
      const { state, diagnostics } = call;
      if (typeof planned.node_uuid === "string") call.client.plannedPorts.add(planned.node_uuid);
      const link = planned.local_link_connection ?? {};
      // What Ironic has already, it may have written itself.
      const isNew = state === null || !isDeepStrictEqual(link, state.local_link_connection ?? {});
      if (isNew && !isUnknown(link)) checkLocalLink(link, planned.is_smart_nic === true, diagnostics);
      return planned;
    },
  },
);

function fieldsOf(
  planned: PortPlanned,
  update?: FieldsUpdate<PortSchema, IronicPort, "local_link_connection" | "extra">,
): JsonObject {
  return {
    ...managedFields(["name", "description", "category"], planned, update?.state),
    address: MAC.canonical(planned.address ?? ""),
    ...(typeof planned.pxe_enabled === "boolean" && { pxe_enabled: planned.pxe_enabled }),
    ...(typeof planned.is_smart_nic === "boolean" && { is_smartnic: planned.is_smart_nic }),
    physical_network: planned.physical_network || null,
    portgroup_uuid: planned.port_group_uuid || null,
    local_link_connection: plannedFreeForm(
      "local_link_connection",
      { local_link_connection: planned.local_link_connection && LOCAL_LINK.canonical(planned.local_link_connection) },
      update,
    ),
    extra: plannedFreeForm("extra", planned, update),
  };
}
