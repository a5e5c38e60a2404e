import type { JsonObject } from "./patch";

/** The fields of a node that change while Ironic works on it ("Bare Metal API", names included). */
export interface NodeState {
  readonly uuid: string;
  readonly name: string | null;
  /** See states.ts. */
  readonly provision_state: string;
  /** The stable state that the operation under way leads to; null when idle. */
  readonly target_provision_state: string | null;
  /** `power on` or `power off`; null or `error` when the driver could not read it. */
  readonly power_state: string | null;
  readonly target_power_state: string | null;
  /** The reason for the last failure; cleared by the next operation. */
  readonly last_error: string | null;
  readonly maintenance: boolean;
  /** The conductor that has locked the node. */
  readonly reservation: string | null;
  /** The UUID of the allocation or instance that uses the node. */
  readonly instance_uuid: string | null;
}

/** A node ("Bare Metal API", "Nodes"). Secrets are masked as `******`. */
export interface IronicNode extends NodeState {
  readonly driver: string;
  readonly driver_info: JsonObject;
  readonly properties: JsonObject;
  readonly instance_info: JsonObject;
  readonly extra: JsonObject;
  readonly resource_class: string | null;
  readonly traits?: readonly string[];
  readonly conductor_group?: string;
  readonly owner?: string | null;
  /** Since microversion 1.31. */
  readonly deploy_interface?: string;
  /** Since microversion 1.83. */
  readonly parent_node?: string | null;
  readonly raid_config?: JsonObject;
  readonly target_raid_config?: JsonObject;
  readonly [interfaceOrOther: string]: unknown;
}

/** A port: one network card of a node ("Bare Metal API", "Ports"). */
export interface IronicPort {
  readonly uuid: string;
  readonly node_uuid: string;
  /** The MAC address, in lower case with colons. */
  readonly address: string;
  readonly pxe_enabled: boolean;
  readonly portgroup_uuid: string | null;
  readonly local_link_connection: JsonObject;
  readonly physical_network: string | null;
  readonly is_smartnic?: boolean;
  readonly extra: JsonObject;
  readonly name?: string | null;
}

/** A port group: bonded ports of a node ("Bare Metal API", "Portgroups"). */
export interface IronicPortGroup {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly address: string | null;
  readonly name: string | null;
  readonly extra: JsonObject;
}

/** An allocation: a request for a node of a resource class ("Bare Metal API", "Allocations"). */
export interface IronicAllocation {
  readonly uuid: string;
  readonly name: string | null;
  /** The node that Ironic has chosen. */
  readonly node_uuid: string | null;
  readonly resource_class: string | null;
  /** UUIDs of the nodes to choose from; empty: all. */
  readonly candidate_nodes: readonly string[];
  readonly traits: readonly string[];
  readonly state: "allocating" | "active" | "error";
  readonly last_error: string | null;
  readonly extra: JsonObject;
}

/** The findings of inspection ("Bare Metal API", "Node inventory"; microversion 1.81). */
export interface IronicInventory {
  readonly inventory: {
    readonly cpu?: { readonly architecture?: string; readonly count?: number };
    readonly memory?: { readonly physical_mb?: number };
    readonly interfaces?: readonly { readonly [fact: string]: unknown }[];
  };
  readonly plugin_data: JsonObject;
}
