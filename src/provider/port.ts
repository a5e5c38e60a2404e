import { ConflictError, diff, type IronicPort, type JsonObject, NotFoundError } from "../ironic";
import { computed, optional, optionalComputed, type Planned, ProviderError, type State, schema, t } from "../tfplugin";
import { configuredKeys, freeFormToSend, readFreeForm, warnOfUnnamed } from "./free-form";
import { sameNode } from "./node/reference";
import { goneIsFine } from "./node/resource";
import { isMac } from "./node/schema";
import { adopt, isImported, isOurs, markApplied, markImported, markOurs, SCHEMA_VERSION } from "./origin";
import { resource } from "./plugin";
import { isEmpty, keep, planned as plannedOwn, type TextMap } from "./values";

const portSchema = schema({
  version: SCHEMA_VERSION,
  description: "A network port of a node.",
  attributes: {
    id: computed(t.string, { alwaysSet: true, description: "The port's UUID." }),
    node_uuid: optional(t.string, { requiresReplace: true, description: "The node it belongs to." }),
    address: optional(t.string, {
      description: "The MAC address.",
      validate: isMac,
    }),
    pxe_enabled: optionalComputed(t.bool, {
      description: "Whether the node may boot from it. Default: Ironic's, true.",
    }),
    is_smart_nic: optionalComputed(t.bool, { description: "Whether it is a Smart NIC's. Default: false." }),
    physical_network: optionalComputed(t.string, { description: "The physical network it is connected to." }),
    port_group_uuid: optionalComputed(t.string, { description: "The port group it belongs to." }),
    local_link_connection: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "The switch's side: `switch_id`, `port_id`, `switch_info`.",
    }),
    extra: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "Whatever else there is to say of the port.",
    }),
  },
});

type PortSchema = typeof portSchema;
type PortPlanned = Planned<PortSchema>;
type PortState = State<PortSchema>;

const OWN = ["physical_network", "port_group_uuid", "local_link_connection", "extra"] as const;
/** What each of them holds when it says nothing. */
const NOTHING = { physical_network: "", port_group_uuid: "", local_link_connection: {}, extra: {} };

export const port = resource(portSchema, {
  upgrade: ({ state }) => adopt(portSchema, state, NOTHING) as never,

  validate({ config, diagnostics }) {
    for (const name of ["node_uuid", "address"] as const) {
      if (config[name] !== null) continue;
      diagnostics.error(`A port without ${name}`, {
        detail: `Ironic wants to know the ${name} of every port.`,
        path: [name],
      });
    }
  },

  async plan({ config, state, planned, client: session, signal, privateState, diagnostics }) {
    const own = OWN.map((name) => [name, plannedOwn(config[name] as never, state?.[name] as never)]);
    const plan = { ...planned, ...Object.fromEntries(own) };
    if (state === null) return plan;
    if (isImported(privateState)) warnOfUnnamed(["local_link_connection", "extra"], plan, state, diagnostics);
    const { address, node_uuid: node } = config;
    return {
      ...plan,
      // The same address in other letters is no change, and neither is the same node by its other name.
      ...(typeof address === "string" && sameAddress(state.address, address) ? { address: state.address } : {}),
      ...(typeof node === "string" &&
      node !== state.node_uuid &&
      (await sameNode(await session.ironic(signal), node, state.node_uuid, signal))
        ? { node_uuid: state.node_uuid }
        : {}),
    };
  },

  async create({ planned, client: session, signal, privateState }) {
    markOurs(privateState);
    const client = await session.ironic(signal);
    const fields = fieldsOf(planned);
    const made = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
    return stateAfter(await client.createPort({ node_uuid: planned.node_uuid, ...made }, { signal }), planned);
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    // The old provider never sent either, and its state says what was asked for.
    const unsent = (now: JsonObject) => !isOurs(privateState) && isEmpty(now);
    const imported = isImported(privateState);
    try {
      const found = await client.getPort(state.id, { signal });
      return {
        ...state,
        id: found.uuid,
        node_uuid: (await sameNode(client, state.node_uuid, found.node_uuid, signal))
          ? state.node_uuid
          : found.node_uuid,
        address: sameAddress(state.address, found.address) ? state.address : found.address,
        pxe_enabled: found.pxe_enabled,
        is_smart_nic: found.is_smartnic ?? state.is_smart_nic,
        physical_network: keep(state.physical_network, found.physical_network),
        port_group_uuid: keep(state.port_group_uuid, found.portgroup_uuid),
        local_link_connection: unsent(found.local_link_connection)
          ? state.local_link_connection
          : readFreeForm(state.local_link_connection, found.local_link_connection, imported),
        extra: unsent(found.extra) ? state.extra : readFreeForm(state.extra, found.extra, imported),
      };
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  },

  async update({ planned, state, client: session, signal, privateState }) {
    markOurs(privateState);
    const client = await session.ironic(signal);
    const found = await client.getPort(state.id, { signal });
    const before = { found, state, imported: isImported(privateState) };
    const patch = diff(found as unknown as JsonObject, fieldsOf(planned, before));
    try {
      const patched = await client.patchPort(state.id, patch, { signal });
      markApplied(privateState);
      return stateAfter(patched, planned);
    } catch (error) {
      if (!(error instanceof ConflictError) || !error.fault.includes("maintenance mode")) throw error;
      const detail = `Ironic says: ${error.fault}\n\nPut the node into maintenance (baremetal node maintenance set ${state.node_uuid ?? "NODE"}), apply, and take it out again.`;
      throw new ProviderError("The port can't be changed while its node is in use", { detail, cause: error });
    }
  },

  async delete({ state, client: session, signal }) {
    const client = await session.ironic(signal);
    await goneIsFine(() => client.deletePort(state.id, { signal }));
  },

  /** By UUID or MAC address: ports have no other name. */
  async import({ id, client: session, signal, privateState }) {
    markOurs(privateState);
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

/** What a change of a port starts from. */
interface Before {
  readonly found: IronicPort;
  readonly state: PortState;
  readonly imported: boolean;
}

/** By the API's names; null removes a field, and what nobody decides is left out. */
function fieldsOf(planned: PortPlanned, before?: Before): JsonObject {
  const own = (value: unknown) => (isEmpty(value) ? null : (value as string));
  const map = (name: "local_link_connection" | "extra") => {
    const prior = before?.state[name] ?? null;
    const configured = before?.imported ? [] : configuredKeys(prior);
    return freeFormToSend((planned[name] as TextMap | null) ?? {}, before?.found[name], prior, configured);
  };
  return {
    address: canonical(planned.address ?? ""),
    ...(typeof planned.pxe_enabled === "boolean" && { pxe_enabled: planned.pxe_enabled }),
    ...(typeof planned.is_smart_nic === "boolean" && { is_smartnic: planned.is_smart_nic }),
    physical_network: own(planned.physical_network),
    portgroup_uuid: own(planned.port_group_uuid),
    local_link_connection: map("local_link_connection"),
    extra: map("extra"),
  };
}

function stateAfter(found: IronicPort, planned: PortPlanned): PortState {
  return {
    ...(planned as PortState),
    id: found.uuid,
    pxe_enabled: found.pxe_enabled,
    is_smart_nic: found.is_smartnic ?? (typeof planned.is_smart_nic === "boolean" ? planned.is_smart_nic : null),
  };
}

/** Ironic writes addresses in lower case, with colons. */
function canonical(address: string): string {
  return address.toLowerCase().replaceAll("-", ":");
}

function sameAddress(one: string | null, other: string): boolean {
  return one !== null && canonical(one) === canonical(other);
}
