import type { JsonObject } from "./patch";

/** What of a node changes while Ironic works on it; names are the API's. */
export interface NodeState {
  readonly uuid: string;
  readonly name: string | null;
  readonly provision_state: string;
  readonly target_provision_state: string | null;
  readonly power_state: string | null;
  readonly target_power_state: string | null;
  readonly last_error: string | null;
  readonly maintenance: boolean;
  readonly reservation: string | null;
  readonly instance_uuid: string | null;
}

/** A node as the API shows it (Ironic API reference, "Nodes"); secrets in it are masked. */
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

export interface IronicPort {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly address: string;
  readonly pxe_enabled: boolean;
  readonly portgroup_uuid: string | null;
  readonly local_link_connection: JsonObject;
  readonly physical_network: string | null;
  readonly is_smartnic?: boolean;
  readonly extra: JsonObject;
  readonly name?: string | null;
}

export interface IronicPortGroup {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly address: string | null;
  readonly name: string | null;
  readonly extra: JsonObject;
}

export interface IronicAllocation {
  readonly uuid: string;
  readonly name: string | null;
  readonly node_uuid: string | null;
  readonly resource_class: string | null;
  readonly candidate_nodes: readonly string[];
  readonly traits: readonly string[];
  readonly state: "allocating" | "active" | "error";
  readonly last_error: string | null;
  readonly extra: JsonObject;
}

/** What inspection found (Ironic API reference, "Node inventory"; microversion 1.81). */
export interface IronicInventory {
  readonly inventory: {
    readonly cpu?: { readonly architecture?: string; readonly count?: number };
    readonly memory?: { readonly physical_mb?: number };
    readonly interfaces?: readonly { readonly [fact: string]: unknown }[];
  };
  readonly plugin_data: JsonObject;
}
