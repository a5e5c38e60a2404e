import { type IronicNode, type IronicPort, isBefore, type JsonObject, type StableState } from "../../ironic";
import { namedCapabilities } from "../capabilities";
import { readFreeForm } from "../free-form";
import { isEmpty, keep, type TextMap, toText, without } from "../values";
import type { Hidden } from "./hidden";
import { readPorts } from "./ports";
import { reached } from "./power";
import { INTERFACES, type Interface, type NodeState, type NodeStored } from "./schema";

/** What inspection writes into `properties` (ironic.drivers.modules.inspector.hooks, ironic.drivers.modules.redfish.inspect). */
const INSPECTED = new Set(["cpu_arch", "cpus", "memory_mb", "local_gb", "capabilities", "vendor"]);
/** What the conductor writes into `properties` unasked: the BMC's vendor (ironic.conductor.utils.node_cache_vendor). */
const UNASKED = new Set(["vendor"]);
const NONE: ReadonlySet<string> = new Set();

/** A node as state holds it. What Ironic says in other words than state is left in state's. */
export function readNode(node: IronicNode, ports: readonly IronicPort[], prior: NodeStored, hidden: Hidden): NodeState {
  const { root_device: rootDevice, ...properties } = node.properties;
  return {
    ...prior,
    ...interfacesOf(node, prior),
    ...readDriverInfo(node.driver_info, prior, hidden),
    id: node.uuid,
    name: keep(prior.name, node.name),
    driver: node.driver,
    properties: readProperties(properties, node, prior.properties, hidden),
    root_device: readFreeForm(prior.root_device, rootDeviceOf(rootDevice), hidden.unread),
    extra: readFreeForm(prior.extra, node.extra, hidden.unread),
    resource_class: keep(prior.resource_class, node.resource_class),
    traits: readTraits(prior.traits, node.traits ?? [], hidden.imported),
    conductor_group: keep(prior.conductor_group, node.conductor_group ?? null),
    owner: keep(prior.owner, node.owner ?? null),
    ports: readPorts(prior.ports, ports, hidden.ours),
    manage: readFlag(prior.manage, "manageable", node, prior, hidden),
    available: readFlag(prior.available, "available", node, prior, hidden),
    target_power_state: readTargetPower(node, prior),
    power_state: keep(prior.power_state, node.power_state),
    provision_state: node.provision_state,
    instance_uuid: keep(prior.instance_uuid, node.instance_uuid),
  };
}

/** Every interface that the API showed: older microversions do not have all. */
export function interfacesOf(node: IronicNode, prior?: NodeStored): Record<Interface, string | null> {
  return Object.fromEntries(
    INTERFACES.map((name) => {
      const [value, was] = [node[name], prior?.[name] ?? null];
      // "" says that it is Ironic's to decide.
      return [name, typeof value === "string" && was !== "" ? value : was];
    }),
  ) as Record<Interface, string | null>;
}

function readDriverInfo(now: JsonObject, prior: NodeStored, { secretKeys, imported, unread }: Hidden) {
  const boot = (name: "deploy_kernel" | "deploy_ramdisk") => {
    const value = now[name];
    const apart = imported ? prior.driver_info?.[name] === undefined : prior[name] !== null;
    return apart ? keep(prior[name], typeof value === "string" ? value : null) : prior[name];
  };
  const [deploy_kernel, deploy_ramdisk] = [boot("deploy_kernel"), boot("deploy_ramdisk")];
  const apart = [
    ...(deploy_kernel === null && prior.deploy_kernel === null ? [] : ["deploy_kernel"]),
    ...(deploy_ramdisk === null && prior.deploy_ramdisk === null ? [] : ["deploy_ramdisk"]),
  ];
  return {
    deploy_kernel,
    deploy_ramdisk,
    driver_info: readFreeForm(prior.driver_info, without(now, [...apart, ...secretKeys]), unread),
  };
}

/**
 * An import, and state of the old provider, hold whatever was there. What Ironic itself is known to write is left out of them where
 * nobody can have configured it.
 */
function readProperties(
  properties: JsonObject,
  node: IronicNode,
  prior: TextMap | null,
  { unread, ours }: Hidden,
): TextMap | null {
  const unconfigured = unread && node.inspection_finished_at ? INSPECTED : unread || !ours ? UNASKED : NONE;
  const others = Object.fromEntries(Object.entries(properties).filter(([key]) => !unconfigured.has(key)));
  return readFreeForm(prior, namedCapabilities(prior, others), unread);
}

function rootDeviceOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function readTraits(
  prior: readonly string[] | null,
  now: readonly string[],
  imported: boolean,
): readonly string[] | null {
  if (prior === null) return imported && now.length > 0 ? now : null;
  return keep(prior, now);
}

/**
 * Whether the node still is where `manage` or `available` took it. The old provider gave no order twice: an inspection ordered
 * later left a node `manageable` that it had made available before, and that is no drift.
 */
function readFlag(
  flag: boolean | null,
  goal: StableState,
  node: IronicNode,
  prior: NodeStored,
  { imported, ours }: Hidden,
): boolean | null {
  const is = !isBefore(node, goal);
  if (flag === null) return imported && is ? true : null;
  const fellBehind = !is && (ours || !isBefore(prior, goal));
  return flag && fellBehind ? false : flag;
}

/**
 * A node that was in the power state it should have, and is no longer. One that never was is not asked for it again; and neither
 * is one that went from one provision state to another meanwhile: a deployment powers a node on.
 */
function readTargetPower(node: IronicNode, prior: NodeStored): string | null {
  const wanted = prior.target_power_state;
  if (isEmpty(wanted) || wanted === null || node.power_state === null) return wanted;
  const was = prior.power_state === reached(wanted) && prior.provision_state === node.provision_state;
  return was && node.power_state !== reached(wanted) ? toText(node.power_state) : wanted;
}
