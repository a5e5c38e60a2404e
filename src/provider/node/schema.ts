import {
  computed,
  matching,
  oneOf,
  optional,
  optionalComputed,
  type Plan,
  type PlannedState,
  required,
  type State,
  type StoredState,
  schema,
  t,
} from "../../tfplugin";
import { SCHEMA_VERSION } from "../shared/legacy-state";
import { timeouts } from "../shared/timeouts";
import { isIdentifier } from "../shared/validators";

/** Ironic's hardware interfaces; what the user leaves out is the driver's default. */
export const INTERFACES = [
  "bios_interface",
  "boot_interface",
  "console_interface",
  "deploy_interface",
  "firmware_interface",
  "inspect_interface",
  "management_interface",
  "network_interface",
  "power_interface",
  "raid_interface",
  "rescue_interface",
  "storage_interface",
  "vendor_interface",
] as const;

export type Interface = (typeof INTERFACES)[number];

const hardwareInterface = (name: string) =>
  optionalComputed(t.string, { description: `Ironic's \`${name}\`. Default: the driver's own.` });

const POWER_STATES = ["power on", "power off", "rebooting", "soft power off", "soft rebooting"];

/**
 * A node. Every argument of `openshift-metal3/ironic` 0.3 is here with its meaning. Arguments that are the user's alone are
 * computed too where the old provider wrote "" or {} into state for nothing: only so can a plan keep what is there.
 */
export const nodeSchema = schema({
  version: SCHEMA_VERSION,
  description: "A bare-metal node: enrolled, and taken as far as it should go.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "The node's UUID." }),
    name: optionalComputed(t.string, { description: "The node's name in Ironic.", validate: isIdentifier }),
    driver: required(t.string, { description: "The hardware type: `redfish`, `ipmi`, …" }),
    driver_info: optionalComputed(t.map(t.string), {
      nullElements: true,
      sensitive: true,
      description:
        "What the driver needs to know, such as the BMC's address. Secrets are better given in `driver_info_wo`: what is here is kept in state. Keys that are not named here are left alone.",
    }),
    driver_info_wo: optional(t.map(t.string), {
      nullElements: true,
      writeOnly: true,
      description: "More of `driver_info` that is never kept in plan or state, such as the BMC's password.",
    }),
    driver_info_wo_version: optional(t.integer, {
      description: "Change it to send `driver_info_wo` again; Ironic never shows what it has.",
    }),
    deploy_kernel: optionalComputed(t.string, {
      description: "The agent's kernel: becomes `driver_info.deploy_kernel`, and is shown in plans.",
    }),
    deploy_ramdisk: optionalComputed(t.string, {
      description: "The agent's ramdisk: becomes `driver_info.deploy_ramdisk`, and is shown in plans.",
    }),
    image_pull_secret_wo: optional(t.string, {
      writeOnly: true,
      description:
        "The pull secret for the image where it has none of its own, and for the agent's kernel and ramdisk where the node boots over the network (PXE, iPXE, HTTP); with virtual media Ironic fetches these with `[oci]authentication_config`, keyed by the token endpoint's host and port, and with nothing else. `user:password` for Ironic 34 and later; before, and for the image of a bootc container, the `auth` string of a Docker configuration (base64 of the same). Becomes `driver_info.image_pull_secret`, and is never kept in plan or state.",
    }),
    image_pull_secret_wo_version: optional(t.integer, {
      description: "Change it to send `image_pull_secret_wo` again.",
    }),
    properties: optionalComputed(t.map(t.string), {
      nullElements: true,
      description:
        "Such as `cpu_arch` and `capabilities`. Keys and capabilities that are not named here, such as what Ironic adds by itself, are left alone.",
    }),
    root_device: optionalComputed(t.map(t.string), {
      nullElements: true,
      description:
        "Hints by which the disk to write to is found: `properties.root_device`. Hints that are not named here are left alone.",
    }),
    extra: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "Free-form metadata (Ironic's `extra`). Keys that are not named here are left alone.",
    }),
    resource_class: optionalComputed(t.string, { description: "What allocations ask for." }),
    traits: optionalComputed(t.set(t.string), {
      description: "Traits, standard or `CUSTOM_…`. Unset: they are left alone.",
    }),
    conductor_group: optionalComputed(t.string, { description: "The conductors that may manage the node." }),
    owner: optionalComputed(t.string, { description: "Whose node it is." }),
    bios_interface: hardwareInterface("bios_interface"),
    boot_interface: hardwareInterface("boot_interface"),
    console_interface: hardwareInterface("console_interface"),
    deploy_interface: hardwareInterface("deploy_interface"),
    firmware_interface: hardwareInterface("firmware_interface"),
    inspect_interface: hardwareInterface("inspect_interface"),
    management_interface: hardwareInterface("management_interface"),
    network_interface: hardwareInterface("network_interface"),
    power_interface: hardwareInterface("power_interface"),
    raid_interface: hardwareInterface("raid_interface"),
    rescue_interface: hardwareInterface("rescue_interface"),
    storage_interface: hardwareInterface("storage_interface"),
    vendor_interface: hardwareInterface("vendor_interface"),
    ports: optionalComputed(t.set(t.map(t.string)), {
      description:
        "Ports that live and die with the node: `address`, `pxe_enabled` (false if left out), `physical_network`, `port_group_uuid`, `is_smart_nic`. Others are left alone; `ironic_port_v1` is the other way to have them.",
    }),
    manage: optionalComputed(t.bool, {
      description: "Take the node to `manageable`: Ironic checks that it can reach the BMC.",
    }),
    clean: optionalComputed(t.bool, {
      description: "Clean once, with the steps that `raid_config` and `bios_settings` come to.",
    }),
    inspect: optionalComputed(t.bool, { description: "Inspect once." }),
    available: optionalComputed(t.bool, { description: "Take the node to `available`, where it can be deployed." }),
    raid_config: optionalComputed(t.string, {
      description:
        "JSON: Metal3's `hardwareRAIDVolumes` or `softwareRAIDVolumes`, or Ironic's `logical_disks`. Needs `clean`.",
      validate: isJson,
    }),
    bios_settings: optionalComputed(t.string, {
      description: 'JSON: `[{"name": …, "value": …}]`. Needs `clean`.',
      validate: isJson,
    }),
    target_power_state: optionalComputed(t.string, {
      description: "The power state to take the node to.",
      validate: oneOf("", ...POWER_STATES),
    }),
    power_state_timeout: optionalComputed(t.integer, { description: "Seconds that a power action may take." }),
    power_state: computed(t.string, { unknownOnUpdate: true, description: "The node's power state." }),
    provision_state: computed(t.string, {
      unknownOnUpdate: true,
      description: "The node's state in Ironic's state machine.",
    }),
    instance_uuid: computed(t.string, {
      unknownOnUpdate: true,
      description: "What is deployed on the node, or allocated to.",
    }),
  },
  blocks: { timeouts },
});

export type NodeSchema = typeof nodeSchema;
export type NodeState = State<NodeSchema>;
export type NodePlan = Plan<NodeSchema>;
export type NodePlanned = PlannedState<NodeSchema>;
export type NodeStored = StoredState<NodeSchema>;

export const isMac = matching(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, "a MAC address such as 52:54:00:aa:bb:01");

export function isJson(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    return "must be JSON";
  }
}
