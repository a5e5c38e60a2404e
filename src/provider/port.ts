import { ConflictError, diff, type IronicPort, type JsonObject, NotFoundError } from "../ironic";
import {
  computed,
  optional,
  optionalComputed,
  type PlannedState,
  ProviderError,
  type State,
  schema,
  t,
} from "../tfplugin";
import { resource } from "./plugin";
import { userMap, userString } from "./shared/attributes";
import { configuredKeys, freeFormToSend, readFreeForm, warnOfUnconfigured } from "./shared/free-form";
import {
  clearImported,
  isImported,
  isUnread,
  markApplied,
  markImported,
  markRead,
  SCHEMA_VERSION,
  upgradeLegacyState,
  wasAppliedHere,
} from "./shared/legacy-state";
import { sameNode } from "./shared/node-reference";
import { ignoreNotFound, nullIfNotFound } from "./shared/not-found";
import { isIdentifier, isMac } from "./shared/validators";
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
      equivalent: sameAddress,
    }),
    pxe_enabled: optionalComputed(t.bool, {
      description: "Whether the node may boot over the network from this port. Default: `true`, by Ironic.",
    }),
    is_smart_nic: optionalComputed(t.bool, {
      description: "Whether the port belongs to a Smart NIC. Default: `false`, by Ironic.",
    }),
    physical_network: userString({ description: "Name of the physical network to which the port is connected." }),
    port_group_uuid: userString({ description: "UUID of the port group to which the port belongs." }),
    local_link_connection: userMap({
      description:
        "Switch port to which the port is connected, as reported by LLDP: `switch_id`, `port_id`, `switch_info`. Keys that are not configured are left unchanged.",
    }),
    extra: userMap({
      description: "Free-form metadata (Ironic's `extra`). Keys that are not configured are left unchanged.",
    }),
  },
});

type PortSchema = typeof portSchema;
type PortPlanned = PlannedState<PortSchema>;
type PortState = State<PortSchema>;

/** Values of state of `openshift-metal3/ironic` for arguments that were not configured. */
const LEGACY_UNSET = { physical_network: "", port_group_uuid: "", local_link_connection: {}, extra: {} };

export const port = resource(portSchema, {
  upgrade: ({ state }) => upgradeLegacyState(portSchema, state, LEGACY_UNSET),

  validate({ config, diagnostics }) {
    for (const name of ["node_uuid", "address"] as const) {
      if (config[name] !== null) continue;
      diagnostics.error(`A port without ${name}`, {
        detail: `Ironic requires the ${name} of every port.`,
        path: [name],
      });
    }
  },

  async plan({ config, state, planned, client: session, signal, privateState, diagnostics }) {
    if (state === null) return undefined;
    if (isImported(privateState)) warnOfUnconfigured(["local_link_connection", "extra"], planned, state, diagnostics);
    const { node_uuid: node } = config;
    // A node's name instead of its UUID is not a change.
    if (typeof node !== "string" || node === state.node_uuid) return undefined;
    const same = await sameNode(await session.ironic(signal), node, state.node_uuid, signal);
    return same ? { ...planned, node_uuid: state.node_uuid } : undefined;
  },

  async create({ planned, client: session, signal, privateState }) {
    markApplied(privateState);
    const client = await session.ironic(signal);
    const fields = fieldsOf(planned);
    const set = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    return stateAfter(await client.createPort({ node_uuid: planned.node_uuid, ...set }, { signal }), planned);
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    // `openshift-metal3/ironic` did not send these, and stored the configured values in state.
    const unsent = (now: JsonObject) => !wasAppliedHere(privateState) && isEmpty(now);
    const unread = isUnread(privateState);
    return nullIfNotFound(async () => {
      const found = await client.readPort(state.id, { signal });
      markRead(privateState);
      return {
        ...state,
        id: found.uuid,
        node_uuid: (await sameNode(client, state.node_uuid, found.node_uuid, signal))
          ? state.node_uuid
          : found.node_uuid,
        address: found.address,
        pxe_enabled: found.pxe_enabled,
        is_smart_nic: found.is_smartnic ?? state.is_smart_nic,
        physical_network: found.physical_network,
        port_group_uuid: found.portgroup_uuid,
        local_link_connection: unsent(found.local_link_connection)
          ? state.local_link_connection
          : readFreeForm(state.local_link_connection, found.local_link_connection, unread),
        extra: unsent(found.extra) ? state.extra : readFreeForm(state.extra, found.extra, unread),
      };
    });
  },

  async update({ planned, state, client: session, signal, privateState }) {
    markApplied(privateState);
    const client = await session.ironic(signal);
    const found = await client.getPort(state.id, { signal });
    const before = { found, state, imported: isImported(privateState) };
    const patch = diff(found as unknown as JsonObject, fieldsOf(planned, before));
    try {
      const patched = await client.patchPort(state.id, patch, { signal });
      clearImported(privateState);
      return stateAfter(patched, planned);
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.fault.includes("maintenance mode")) throw error;
      const detail = `Error from Ironic: ${error.fault}\n\nSet the node to maintenance (baremetal node maintenance set ${state.node_uuid ?? "NODE"}), apply, and unset maintenance.`;
      throw new ProviderError("The port can't be changed while its node is in use", { detail, cause: error });
    }
  },

  async delete({ state, client: session, signal }) {
    const client = await session.ironic(signal);
    await ignoreNotFound(() => client.deletePort(state.id, { signal }));
  },

  /** By UUID or MAC address: ports are not looked up by name. */
  async import({ id, client: session, signal, privateState }) {
    markApplied(privateState);
    markImported(privateState);
    const client = await session.ironic(signal);
    const { uuid } = await client.getPort(id, { signal }).catch((error: unknown) => {
      if (!(error instanceof NotFoundError)) throw error;
      throw new ProviderError("No such port", {
        detail: `Import a port by its UUID or MAC address. ${error.message}.`,
      });
    });
    return { id: uuid };
  },
});

/** The values from which an update of a port starts. */
interface Before {
  readonly found: IronicPort;
  readonly state: PortState;
  readonly imported: boolean;
}

/** The planned fields, by the names of the API. Null removes a field; one that keeps Ironic's value is left out. */
function fieldsOf(planned: PortPlanned, before?: Before): JsonObject {
  const map = (name: "local_link_connection" | "extra") => {
    const prior = before?.state[name] ?? null;
    const configured = before?.imported ? [] : configuredKeys(prior);
    return freeFormToSend(planned[name] ?? {}, before?.found[name], prior, configured);
  };
  return {
    address: canonical(planned.address ?? ""),
    ...(typeof planned.pxe_enabled === "boolean" && { pxe_enabled: planned.pxe_enabled }),
    ...(typeof planned.is_smart_nic === "boolean" && { is_smartnic: planned.is_smart_nic }),
    physical_network: planned.physical_network || null,
    portgroup_uuid: planned.port_group_uuid || null,
    local_link_connection: map("local_link_connection"),
    extra: map("extra"),
  };
}

function stateAfter(found: IronicPort, planned: PortPlanned): PortState {
  return {
    ...planned,
    id: found.uuid,
    pxe_enabled: plannedOr(planned.pxe_enabled, found.pxe_enabled),
    is_smart_nic: plannedOr(planned.is_smart_nic, found.is_smartnic ?? null),
  };
}

/** A MAC address in the notation of Ironic: lower case, with colons. */
function canonical(address: string): string {
  return address.toLowerCase().replaceAll("-", ":");
}

function sameAddress(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}
