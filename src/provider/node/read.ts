import { type IronicNode, type IronicPort, isBefore, type JsonObject } from "../../ironic";
import { namedCapabilities } from "../shared/capabilities";
import { readFreeForm } from "../shared/free-form";
import { isTag } from "../shared/oci-references";
import { readTyped } from "../shared/typed";
import { isEmpty, keepPriorIfEmpty, type TextMap, toText, without } from "../shared/values";
import { readBootMode } from "./boot-mode";
import { configuredDeployInterface } from "./deploy-interface";
import { readDetails } from "./details";
import { withoutMark } from "./enrollment";
import { readMaintenance } from "./maintenance";
import { readPorts } from "./ports";
import { reached } from "./power";
import type { NodePrivateState } from "./private-state";
import { INTERFACES, type Interface, type NodeState, type NodeStored } from "./schema";

/** Keys of `properties` that the conductor writes on its own: the BMC's vendor (ironic.conductor.utils.node_cache_vendor). */
const CONDUCTOR_WRITTEN = new Set(["vendor"]);

/** A node for state, from Ironic's current values. */
export function readNode(
  node: IronicNode,
  ports: readonly IronicPort[],
  prior: NodeStored,
  facts: NodePrivateState,
): NodeState {
  const { root_device: rootDevice, ...properties } = node.properties;
  return {
    ...prior,
    ...interfacesOf(node, prior),
    ...readDriverInfo(node.driver_info, prior, facts),
    id: node.uuid,
    name: node.name,
    driver: node.driver,
    // A generated configuration would be refused without it.
    allow_tag: facts.unread && Object.values(node.driver_info).some(isTag) ? true : prior.allow_tag,
    properties: readProperties(properties, prior.properties, facts),
    root_device: readFreeForm(prior.root_device, rootDeviceOf(rootDevice), facts.unread),
    extra: readFreeForm(prior.extra, withoutMark(node.extra), facts.unread),
    driver_info_typed: readTyped(prior.driver_info_typed, node.driver_info),
    properties_typed: readTyped(prior.properties_typed, properties),
    extra_typed: readTyped(prior.extra_typed, node.extra),
    resource_class: node.resource_class,
    traits: readTraits(prior.traits, node.traits, facts.imported),
    // The microversion may be too old for them.
    conductor_group: node.conductor_group === undefined ? prior.conductor_group : node.conductor_group,
    owner: node.owner === undefined ? prior.owner : node.owner,
    ...readDetails(node, prior, facts.unread),
    ...readMaintenance(node, prior, facts.unread),
    ...readBootMode(node, prior),
    health: node.health ?? null,
    ports: readPorts(prior.ports, ports, facts.appliedHere),
    manage: readFlag(prior.manage, "manageable", node, prior, facts),
    available: readFlag(prior.available, "available", node, prior, facts),
    target_power_state: readTargetPower(node, prior),
    power_state: node.power_state,
    provision_state: node.provision_state,
    instance_uuid: node.instance_uuid,
  };
}

/** The interfaces of a node; prior ones where the microversion is too old for them. */
export function interfacesOf(node: IronicNode, prior?: NodeStored): Record<Interface, string | null> {
  const current: Readonly<Record<string, unknown>> = {
    ...node,
    deploy_interface: configuredDeployInterface(node, prior?.deploy_interface),
  };
  return Object.fromEntries(
    INTERFACES.map((name) => {
      const [value, before] = [current[name], prior?.[name] ?? null];
      // "" means the default of the driver.
      return [name, typeof value === "string" && before !== "" ? value : before];
    }),
  ) as Record<Interface, string | null>;
}

function readDriverInfo(now: JsonObject, prior: NodeStored, { secretKeys, imported, unread }: NodePrivateState) {
  const boot = (name: "deploy_kernel" | "deploy_ramdisk") => {
    const value = now[name];
    const apart = imported ? prior.driver_info?.[name] === undefined : prior[name] !== null;
    return apart ? keepPriorIfEmpty(prior[name], typeof value === "string" ? value : null) : prior[name];
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

/** `openshift-metal3/ironic` took all keys into state: those that the conductor is known to write are left out there. */
function readProperties(
  properties: JsonObject,
  prior: TextMap | null,
  { unread, appliedHere }: NodePrivateState,
): TextMap | null {
  const others = appliedHere ? properties : without(properties, CONDUCTOR_WRITTEN);
  return readFreeForm(prior, namedCapabilities(prior, others), unread);
}

function rootDeviceOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

/** @param now undefined where the microversion is too old for traits: the prior ones are kept */
function readTraits(
  prior: readonly string[] | null,
  now: readonly string[] | undefined,
  imported: boolean,
): readonly string[] | null {
  if (now === undefined) return prior;
  if (prior === null) return imported && now.length > 0 ? now : null;
  return now;
}

/**
 * Whether the node has not fallen behind the provision state to which `manage` or `available` moved it. `openshift-metal3/ironic` moved a
 * node once: a later inspection left a node `manageable` that it had made available before, and that is not drift.
 */
function readFlag(
  flag: boolean | null,
  goal: "manageable" | "available",
  node: IronicNode,
  prior: NodeStored,
  { imported, appliedHere }: NodePrivateState,
): boolean | null {
  const is = !isBefore(node, goal);
  // `available` is refused beside `retired`; a retired node that is in use is past it.
  const mayBe = goal !== "available" || node.retired !== true;
  if (flag === null) return imported && is && mayBe ? true : null;
  const fellBehind = !is && (appliedHere || !isBefore(prior, goal));
  return flag && fellBehind ? false : flag;
}

/**
 * The target power state, or the current one if the node has left the target: drift. It is not drift if the node never reached the
 * target, or if its provision state has changed as well: a deployment powers a node on.
 */
function readTargetPower(node: IronicNode, prior: NodeStored): string | null {
  const wanted = prior.target_power_state;
  if (isEmpty(wanted) || wanted === null || node.power_state === null) return wanted;
  const wasReached = prior.power_state === reached(wanted) && prior.provision_state === node.provision_state;
  return wasReached && node.power_state !== reached(wanted) ? toText(node.power_state) : wanted;
}
