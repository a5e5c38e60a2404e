import type { JsonObject } from "./patch";

/** The fields of a node that change while Ironic works on it ("Bare Metal API", names included). */
export interface NodeState {
  readonly uuid: string;
  /** Unique, where the node has one. */
  readonly name: string | null;
  /** See states.ts. */
  readonly provision_state: string;
  /** The stable state that the operation under way leads to; null when idle. */
  readonly target_provision_state: string | null;
  /** `power on` or `power off`; null or `error` when the driver could not read it. */
  readonly power_state: string | null;
  /** The goal of the power action under way; null without one. */
  readonly target_power_state: string | null;
  /** The reason for the last failure; cleared by the next operation. */
  readonly last_error: string | null;
  /** True: Ironic does not deploy the node or change its power. */
  readonly maintenance: boolean;
  /** The conductor that has locked the node. */
  readonly reservation: string | null;
  /** The UUID of the allocation or instance that uses the node. */
  readonly instance_uuid: string | null;
  /** The step of a cleaning that runs; null or `{}` when none does. */
  readonly clean_step?: JsonObject | null;
  /** Since microversion 1.87: the step of a servicing that runs. */
  readonly service_step?: JsonObject | null;
}

/** A node ("Bare Metal API", "Nodes"). Secrets are masked as `******`. */
export interface IronicNode extends NodeState {
  /** The hardware type: `redfish`, `ipmi`, … */
  readonly driver: string;
  /** Address and credentials of the management controller, and settings of the interfaces. */
  readonly driver_info: JsonObject;
  /** Facts of the hardware: `cpu_arch`, `memory_mb`, `root_device`, `capabilities`, … */
  readonly properties: JsonObject;
  /** The image of a deployment: `image_source`, `image_disk_format`, `image_pull_secret`, … */
  readonly instance_info: JsonObject;
  /** Free-form metadata. */
  readonly extra: JsonObject;
  /** Matched exactly by allocations. */
  readonly resource_class: string | null;
  /** Since microversion 1.37: `CUSTOM_…` or standard names. */
  readonly traits?: readonly string[];
  /** Since microversion 1.46. */
  readonly conductor_group?: string;
  /** Since microversion 1.50: a project ID. */
  readonly owner?: string | null;
  /** Since microversion 1.31. */
  readonly deploy_interface?: string;
  /** Internals of the conductor and the drivers, such as the steps of the cleaning that runs; not part of the API's promises. */
  readonly driver_internal_info?: JsonObject;
  /** The reason for the maintenance, where a user or Ironic has given one. */
  readonly maintenance_reason?: string | null;
  /** Since microversion 1.42: the fault for which Ironic has set the node to maintenance (ironic.common.faults). */
  readonly fault?: string | null;
  /** Since microversion 1.48: Ironic refuses to undeploy, rebuild and delete the node. */
  readonly protected?: boolean;
  /** Since microversion 1.61: Ironic does not make the node available again. */
  readonly retired?: boolean;
  /** Since microversion 1.75: `uefi`, `bios`, or null where Ironic does not know it. */
  readonly boot_mode?: string | null;
  readonly secure_boot?: boolean | null;
  /** Since microversion 1.109: the health that the BMC reports. */
  readonly health?: string | null;
  /** Since microversion 1.83. */
  readonly parent_node?: string | null;
  /** Since microversion 1.12: the current RAID configuration. */
  readonly raid_config?: JsonObject;
  /** Since microversion 1.12: the RAID configuration of the next cleaning. */
  readonly target_raid_config?: JsonObject;
  /** The time of the last change of `provision_state`; null before the first. */
  readonly provision_updated_at: string | null;
  /** Further fields: the interfaces, and fields of newer microversions. */
  readonly [interfaceOrOther: string]: unknown;
}

/** A node of a list: neither its driver_info nor its instance_info. A field that the microversion does not have is missing. */
export type ListedNode = Omit<NodeState, "reservation" | "target_power_state"> &
  Pick<IronicNode, "driver" | "properties" | "extra" | "resource_class" | "traits" | "conductor_group" | "owner"> &
  Pick<IronicNode, "maintenance_reason" | "fault" | "protected" | "retired" | "boot_mode" | "secure_boot" | "health"> &
  Pick<IronicNode, "parent_node"> & {
    readonly [field in "description" | "instance_name" | "lessee" | "shard"]?: string | null;
  };

/** A port: one network card of a node ("Bare Metal API", "Ports"). */
export interface IronicPort {
  readonly uuid: string;
  readonly node_uuid: string;
  /** The MAC address, in lower case with colons. */
  readonly address: string;
  /** Whether the node boots from this port's network. */
  readonly pxe_enabled: boolean;
  readonly portgroup_uuid: string | null;
  /** The switch port: `switch_id`, `port_id`, `switch_info`. */
  readonly local_link_connection: JsonObject;
  /** Since microversion 1.34. */
  readonly physical_network: string | null;
  /** Since microversion 1.53. */
  readonly is_smartnic?: boolean;
  readonly extra: JsonObject;
  /** Since microversion 1.88. */
  readonly name?: string | null;
  /** Since microversion 1.97. */
  readonly description?: string | null;
  /** Since microversion 1.101. */
  readonly category?: string | null;
}

/** A port group: bonded ports of a node ("Bare Metal API", "Portgroups"). */
export interface IronicPortGroup {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly address: string | null;
  readonly name: string | null;
  /** Since microversion 1.26. */
  readonly mode: string;
  readonly standalone_ports_supported: boolean;
  /** Since microversion 1.102. */
  readonly physical_network?: string | null;
  /** Since microversion 1.103. */
  readonly category?: string | null;
  /** Options of the bond; since microversion 1.26. */
  readonly properties: JsonObject;
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
  /** Traits that the node has to have. */
  readonly traits: readonly string[];
  /** `allocating` until Ironic has chosen a node (`active`) or found none (`error`). */
  readonly state: "allocating" | "active" | "error";
  /** The reason for the state `error`. */
  readonly last_error: string | null;
  readonly extra: JsonObject;
}

/** Facts by name. Which ones there are depends on the inspection interface and its hooks; what they did not find is missing or null. */
export interface Facts {
  readonly [fact: string]: unknown;
}

/** The findings of inspection ("Bare Metal API", "Node inventory"; microversion 1.81). */
export interface IronicInventory {
  /** As the agent collects it ("Hardware Inventory" in its documentation); inspection over Redfish has a part of it. */
  readonly inventory: Facts & {
    readonly cpu?: (Facts & { readonly architecture?: string; readonly count?: number }) | null;
    readonly memory?: (Facts & { readonly physical_mb?: number }) | null;
    readonly interfaces?: readonly Facts[] | null;
    readonly disks?: readonly Facts[] | null;
    readonly system_vendor?: (Facts & { readonly firmware?: Facts | null }) | null;
    readonly boot?: Facts | null;
  };
  /** Data of the inspection hooks, by hook. */
  readonly plugin_data: JsonObject;
}

/** An event in a node's history ("Bare Metal API", "Node history"; microversion 1.78). */
export interface NodeEvent {
  readonly uuid: string;
  readonly created_at: string;
  /** `ERROR` or `INFO`. */
  readonly severity: string | null;
  readonly event: string | null;
  /** Such as `provisioning`, `monitoring` or `cleaning`. */
  readonly event_type?: string | null;
  /** The host name of the conductor that has recorded the event. */
  readonly conductor?: string | null;
  /** The ID of the user whose request caused it. */
  readonly user?: string | null;
}

/** A component whose firmware Ironic knows ("Bare Metal API", "Node firmware"; microversion 1.86). */
export interface FirmwareComponent {
  readonly component: string;
  readonly initial_version?: string | null;
  readonly current_version?: string | null;
  readonly last_version_flashed?: string | null;
  /** Since microversion 1.114. */
  readonly vendor?: string | null;
  readonly model?: string | null;
  readonly serial_number?: string | null;
  /** The time of the last change; null before the first. */
  readonly updated_at?: string | null;
}

/** A BIOS setting ("Bare Metal API", "Node BIOS"; microversion 1.40); all but name and value since microversion 1.74. */
export interface BiosSetting {
  readonly name: string;
  readonly value: string | null;
  /** `String`, `Integer`, `Enumeration`, `Boolean` or `Password`. */
  readonly attribute_type?: string | null;
  readonly allowable_values?: readonly string[] | null;
  readonly lower_bound?: number | null;
  readonly upper_bound?: number | null;
  readonly min_length?: number | null;
  readonly max_length?: number | null;
  readonly read_only?: boolean | null;
  readonly reset_required?: boolean | null;
  readonly unique?: boolean | null;
}

/** A deploy template ("Bare Metal API", "Deploy Templates"; microversion 1.55). */
export interface IronicDeployTemplate {
  readonly uuid: string;
  /** A trait. */
  readonly name: string;
  /** With `interface`, `step`, `args` and `priority`; secrets in `args` are masked. */
  readonly steps: readonly JsonObject[];
  readonly extra: JsonObject | null;
}

/** A runbook ("Bare Metal API", "Runbooks"; microversion 1.92). */
export interface IronicRunbook {
  readonly uuid: string;
  /** A trait, before microversion 1.112. */
  readonly name: string;
  /** With `interface`, `step`, `args` and `order`; secrets in `args` are masked. */
  readonly steps: readonly JsonObject[];
  readonly extra: JsonObject | null;
  readonly owner: string | null;
  readonly public: boolean;
  readonly disable_ramdisk: boolean | null;
  /** Since microversion 1.112. */
  readonly description?: string | null;
  /** Since microversion 1.112. */
  readonly traits?: readonly string[];
}

/** An inspection rule ("Bare Metal API", "Inspection rules"; microversion 1.96). */
export interface IronicInspectionRule {
  readonly uuid: string;
  readonly description: string | null;
  readonly priority: number;
  readonly phase: string | null;
  readonly sensitive: boolean;
  /** With `op`, `args`, `loop` and `multiple`; null in a sensitive rule. */
  readonly conditions: readonly JsonObject[] | null;
  /** With `op`, `args` and `loop`; null in a sensitive rule. */
  readonly actions: readonly JsonObject[] | null;
}

/** A volume connector: the identity of a node on a storage network ("Bare Metal API", "Volume"; microversion 1.32). */
export interface IronicVolumeConnector {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly type: string;
  readonly connector_id: string;
  readonly extra: JsonObject | null;
}

/** A volume target: a volume that a node boots from, or uses ("Bare Metal API", "Volume"; microversion 1.32). */
export interface IronicVolumeTarget {
  readonly uuid: string;
  readonly node_uuid: string;
  readonly volume_type: string;
  readonly volume_id: string;
  readonly boot_index: number;
  /** Secrets are masked. */
  readonly properties: JsonObject | null;
  readonly extra: JsonObject | null;
}
