import {
  computed,
  oneOf,
  optional,
  type Plan,
  type PlannedState,
  required,
  type State,
  type StoredState,
  schema,
  t,
} from "../../tfplugin";
import { ironicString, managedBool, userBool, userInteger, userMap, userSet, userString } from "../shared/attributes";
import { SCHEMA_VERSION } from "../shared/legacy-state";
import { CONDUCTOR_GROUP } from "../shared/rewritten";
import { timeouts } from "../shared/timeouts";
import { userTyped } from "../shared/typed";
import { areTraits, atMost, isJson, isNodeName } from "../shared/validators";
import { isEmpty } from "../shared/values";
import { detailAttributes } from "./detail-attributes";
import { samePorts } from "./ports";

/** Ironic's hardware interfaces; each defaults to the driver's. */
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
  ironicString({ description: `Ironic's \`${name}\`. Default: the default of the driver.` });

/** Default timeouts of the resource. */
export const NODE_TIMEOUTS = { create: "60m", update: "60m", delete: "60m" } as const;
/** Default timeout of a power action, in seconds. */
export const POWER_TIMEOUT = 300;

const POWER_STATES = ["power on", "power off", "rebooting", "soft power off", "soft rebooting"];

/** A node. Arguments of `openshift-metal3/ironic` 0.3 keep their names and meanings. */
export const nodeSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "A bare-metal node: its registration in Ironic, and its provision state until it is available for deployments.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the node." }),
    name: userString({ description: "Name of the node.", validate: isNodeName }),
    driver: required(t.string, { description: "Hardware type of the node, such as `redfish` or `ipmi`." }),
    driver_info: userMap({
      sensitive: true,
      description:
        "Driver settings (Ironic's `driver_info`), such as the BMC's address. They are stored in state; use `driver_info_wo` for secrets. Files with the scheme `oci://` (`deploy_iso`, `rescue_kernel`, `rescue_ramdisk`, `rescue_iso`, `bootloader`) must be pinned by digest. Keys that are not configured are left unchanged.",
    }),
    driver_info_typed: userTyped({ of: "driver_info", secretsIn: "driver_info or driver_info_wo" }),
    driver_info_wo: optional(t.map(t.string), {
      nullElements: true,
      writeOnly: true,
      description:
        "Further keys of `driver_info` that are never stored in a plan or in state, such as the BMC's password.",
    }),
    driver_info_wo_version: optional(t.integer, {
      description:
        "Version of `driver_info_wo`. Change it to send the values again: Ironic does not return them, so that a changed value is not detected.",
    }),
    allow_tag: optional(t.bool, {
      description:
        "Accept `oci://` references of `driver_info` with a tag instead of a digest, with a warning: no release of Ironic resolves them. Default: `false`.",
    }),
    deploy_kernel: userString({
      description:
        "Kernel of the deploy agent (Ironic's `driver_info.deploy_kernel`), as its own argument so that plans show it.",
    }),
    deploy_ramdisk: userString({
      description:
        "Ramdisk of the deploy agent (Ironic's `driver_info.deploy_ramdisk`), as its own argument so that plans show it.",
    }),
    image_pull_secret_wo: optional(t.string, {
      writeOnly: true,
      description:
        "Pull secret for the image where the deployment has none, and for the deploy agent's kernel and ramdisk where the node boots over the network (PXE, iPXE, HTTP). With virtual media, Ironic fetches kernel and ramdisk with the credentials of `[oci]authentication_config` only, keyed by host and port of the token endpoint. Format: `user:password` for Ironic 34 and later; for earlier releases, and for the image of a bootc container, the `auth` string of a Docker configuration (base64 of the same). Sent as `driver_info.image_pull_secret`; never stored in a plan or in state.",
    }),
    image_pull_secret_wo_version: optional(t.integer, {
      description: "Version of `image_pull_secret_wo`. Change it to send the value again.",
    }),
    properties: userMap({
      description:
        "Physical properties (Ironic's `properties`), such as `cpu_arch` and `capabilities`. Keys and capabilities that are not configured, such as those added by inspection, are left unchanged.",
    }),
    properties_typed: userTyped({
      of: "properties",
      reserved: { capabilities: "properties", root_device: "root_device" },
    }),
    root_device: userMap({
      description:
        "Root device hints, which select the disk to deploy to (Ironic's `properties.root_device`). Hints that are not configured are left unchanged.",
    }),
    extra: userMap({
      description: "Free-form metadata (Ironic's `extra`). Keys that are not configured are left unchanged.",
    }),
    extra_typed: userTyped({ of: "extra" }),
    resource_class: userString({
      description: "Resource class of the node; allocations match it exactly.",
      validate: atMost(80),
    }),
    traits: userSet({
      description: "Traits, standard or `CUSTOM_…`. Default: left unchanged.",
      validate: areTraits,
    }),
    conductor_group: ironicString({
      equivalent: CONDUCTOR_GROUP.same,
      description:
        "Conductor group: only conductors of this group manage the node. Case-insensitive: Ironic stores it in lower case. Default: Ironic's.",
    }),
    owner: ironicString({
      description: "Project ID that owns the node; used by Ironic's RBAC policies.",
    }),
    ...detailAttributes,
    maintenance: managedBool({
      description:
        "Whether the node is in maintenance: Ironic then neither deploys nor cleans it, nor checks its power. An apply sets it after its other steps, and ends it before them. `false` also ends a maintenance that Ironic has set after a failure. Default: left unchanged.",
    }),
    maintenance_reason: userString({ description: "Reason for the maintenance." }),
    boot_mode: userString({
      description:
        "Boot mode to set in the machine's firmware: `uefi` or `bios` (microversion 1.76). A deployment sets the mode of its capability `boot_mode`. Default: left unchanged.",
      validate: oneOf("", "uefi", "bios"),
    }),
    secure_boot: managedBool({
      description:
        "Whether to turn secure boot on in the machine's firmware (microversion 1.76). Default: left unchanged.",
    }),
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
    ports: optional(t.set(t.map(t.string)), {
      meansUnset: isEmpty,
      equivalent: samePorts,
      description:
        "Ports that are created and deleted with the node. Keys: `address` (required), `pxe_enabled` (default: `false`), `physical_network`, `port_group_uuid`, `is_smart_nic`. Other ports of the node are left unchanged. Use `ironic_port_v1` to manage a port as a resource of its own.",
    }),
    manage: userBool({
      description:
        "Move the node to provision state `manageable`, for which Ironic verifies the connection to the BMC.",
    }),
    clean: userBool({
      description:
        "Run manual cleaning once when this becomes `true`, with the clean steps of `raid_config` and `bios_settings`.",
    }),
    inspect: userBool({ description: "Run inspection once when this becomes `true`." }),
    available: userBool({
      description: "Move the node to provision state `available`, in which it can be allocated and deployed.",
    }),
    raid_config: userString({
      description:
        "RAID configuration as JSON: `hardwareRAIDVolumes` or `softwareRAIDVolumes` as in Metal3, or `logical_disks` as in Ironic. Applied by `clean`.",
      validate: isJson,
    }),
    bios_settings: userString({
      description: 'BIOS settings as JSON: `[{"name": …, "value": …}]`. Applied by `clean`.',
      validate: isJson,
    }),
    target_power_state: userString({
      description: "Power state to set: `power on`, `power off`, `rebooting`, `soft power off` or `soft rebooting`.",
      validate: oneOf("", ...POWER_STATES),
    }),
    power_state_timeout: userInteger({
      description: `Timeout of a power action in seconds. Default: ${POWER_TIMEOUT}.`,
    }),
    power_state: computed(t.string, { meansUnset: isEmpty, description: "Current power state of the node." }),
    provision_state: computed(t.string, { description: "Current provision state of the node." }),
    health: computed(t.string, {
      description: "Health of the machine that its BMC reports (microversion 1.109: Ironic 34 and later).",
    }),
    instance_uuid: computed(t.string, {
      meansUnset: isEmpty,
      description: "UUID of the instance or allocation that uses the node.",
    }),
  },
  blocks: { timeouts: timeouts(NODE_TIMEOUTS) },
});

/** Values in state of `openshift-metal3/ironic` for arguments that were not configured. */
export const LEGACY_UNSET = {
  name: "",
  driver_info: {},
  properties: {},
  root_device: {},
  extra: {},
  resource_class: "",
  ports: [],
  manage: false,
  clean: false,
  inspect: false,
  available: false,
  raid_config: "",
  bios_settings: "",
  target_power_state: "",
  power_state_timeout: 0,
};

export type NodeSchema = typeof nodeSchema;
export type NodeState = State<NodeSchema>;
export type NodePlan = Plan<NodeSchema>;
export type NodePlanned = PlannedState<NodeSchema>;
export type NodeStored = StoredState<NodeSchema>;
