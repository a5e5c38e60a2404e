import type { IronicNode, Json, JsonObject } from "../../ironic";
import { isUnknown } from "../../tfplugin";
import { withOtherCapabilities } from "../shared/capabilities";
import { configuredKeys, freeFormToSend } from "../shared/free-form";
import { isEmpty, type TextMap } from "../shared/values";
import { PULL_SECRET } from "../shared/write-only";
import { INTERFACES, type NodePlanned, type NodeState } from "./schema";

/** The write-only arguments as they are to be sent; undefined: not this time. */
export interface Secrets {
  readonly driverInfo: TextMap | undefined;
  readonly pullSecret: string | undefined;
}

/** What a change starts from; neither when the node is new. */
export interface Before {
  readonly node: IronicNode;
  readonly state: NodeState;
  /** Keys of `driver_info` that were written and are not read. */
  readonly secretKeys: readonly string[];
  /** Nothing was applied since the import: state holds all keys, and no configuration named any of them before. */
  readonly imported: boolean;
}

/**
 * A node's fields as they should be, by the API's names: what a node is created with, or what `diff` compares to the node as
 * it is. Null removes a field.
 */
export function nodeFields(
  planned: NodePlanned,
  secrets: Secrets,
  keptSecrets: readonly string[],
  before?: Before,
): JsonObject {
  const { node, state } = before ?? {};
  const text = (value: string | null) => (isEmpty(value) ? null : value);
  const own: Record<string, Json> = {
    name: text(planned.name),
    driver: planned.driver,
    resource_class: text(planned.resource_class),
    driver_info: driverInfo(planned, secrets, keptSecrets, before),
    properties: properties(planned, before),
    extra: freeFormToSend(planned.extra ?? {}, node?.extra, state?.extra ?? null, keysBefore(before, "extra")),
  };
  // Left to Ironic where nobody says anything.
  for (const name of ["conductor_group", "owner", ...INTERFACES] as const) {
    const value = planned[name];
    if (isUnknown(value) || isEmpty(value) || value === null) continue;
    own[name] = value;
  }
  if (node) return own;
  return Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
}

function driverInfo(
  planned: NodePlanned,
  secrets: Secrets,
  keptSecrets: readonly string[],
  before?: Before,
): JsonObject {
  const { node, state, secretKeys = [], imported = false } = before ?? {};
  const said = {
    ...planned.driver_info,
    ...(planned.deploy_kernel && { deploy_kernel: planned.deploy_kernel }),
    ...(planned.deploy_ramdisk && { deploy_ramdisk: planned.deploy_ramdisk }),
  };
  const current = node?.driver_info ?? {};
  // What was written before and is not written again stays: Ironic's own mask says so in a patch.
  const kept = Object.fromEntries(
    keptSecrets.filter((key) => Object.hasOwn(current, key)).map((key) => [key, current[key] as Json]),
  );
  const apart = imported ? [] : (["deploy_kernel", "deploy_ramdisk"] as const).filter((key) => !isEmpty(state?.[key]));
  const configured = [...keysBefore(before, "driver_info"), ...apart, ...secretKeys];
  return {
    ...freeFormToSend(said, current, state?.driver_info ?? null, configured),
    ...kept,
    ...secrets.driverInfo,
    ...(secrets.pullSecret !== undefined && { [PULL_SECRET]: secrets.pullSecret }),
  };
}

function properties(planned: NodePlanned, before?: Before): JsonObject {
  const { root_device: _, ...current } = before?.node.properties ?? {};
  const prior = before?.state.properties ?? null;
  const wanted = planned.properties ?? {};
  const withPairs = withOtherCapabilities(wanted, current, before?.imported ? null : prior);
  return {
    ...freeFormToSend(withPairs, current, prior, keysBefore(before, "properties")),
    ...rootDevice(planned, before),
  };
}

/** `root_device` as a part of `properties`; nothing when there are no hints. */
function rootDevice(planned: NodePlanned, before?: Before): JsonObject {
  const wanted = planned.root_device ?? {};
  const current = before?.node.properties.root_device;
  const hints = isObject(current) ? current : undefined;
  const all = freeFormToSend(wanted, hints, before?.state.root_device ?? null, keysBefore(before, "root_device"));
  if (!isEmpty(all)) return { root_device: all };
  // Empty hints, or what is no object of hints, are not this provider's.
  return current !== undefined && (isEmpty(current) || hints === undefined) ? { root_device: current } : {};
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The keys of a free-form argument that the configuration named before this change. */
function keysBefore(
  before: Before | undefined,
  name: "driver_info" | "properties" | "root_device" | "extra",
): string[] {
  return before === undefined || before.imported ? [] : configuredKeys(before.state[name]);
}
