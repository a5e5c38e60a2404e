import { type IronicNode, isJsonObject, type Json, type JsonObject } from "../../ironic";
import { isUnknown } from "../../tfplugin";
import { withOtherCapabilities } from "../shared/capabilities";
import { type Entries, entriesOf, freeFormToSend } from "../shared/free-form";
import { CONDUCTOR_GROUP } from "../shared/rewritten";
import { isEmpty, type TextMap } from "../shared/values";
import { PULL_SECRET } from "../shared/write-only";
import { detailFields } from "./details";
import { INTERFACES, type NodePlanned, type NodeState } from "./schema";

/** The write-only values to send; undefined for one that is not sent. */
export interface Secrets {
  readonly driverInfo: TextMap | undefined;
  readonly pullSecret: string | undefined;
}

/** The values from which an update starts. */
export interface Before {
  readonly node: IronicNode;
  /** The prior state; its free-form arguments have the keys only that were configured. */
  readonly state: NodeState;
  /** Keys of `driver_info` that were sent from write-only arguments. */
  readonly secretKeys: readonly string[];
}

/**
 * The planned fields of a node, by the names of the API: the body of its creation, or the argument of `diff`. Null removes a field.
 * @param keptSecrets keys of `driver_info` whose secrets in Ironic are kept
 * @param before undefined for a new node
 */
export function nodeFields(
  planned: NodePlanned,
  secrets: Secrets,
  keptSecrets: readonly string[],
  before?: Before,
): JsonObject {
  const { node } = before ?? {};
  const text = (value: string | null) => (isEmpty(value) ? null : value);
  const fields: Record<string, Json> = {
    name: text(planned.name),
    driver: planned.driver,
    resource_class: text(planned.resource_class),
    driver_info: driverInfo(planned, secrets, keptSecrets, before),
    properties: properties(planned, before),
    extra: freeFormToSend(entriesOf("extra", planned), node?.extra, entriesBefore(before, "extra")),
    ...detailFields(planned, before?.state),
  };
  // Unset, they keep Ironic's values.
  for (const name of ["conductor_group", "owner", ...INTERFACES] as const) {
    const value = planned[name];
    if (isUnknown(value) || isEmpty(value) || value === null) continue;
    fields[name] = name === "conductor_group" ? CONDUCTOR_GROUP.canonical(value) : value;
  }
  if (node) return fields;
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function driverInfo(
  planned: NodePlanned,
  secrets: Secrets,
  keptSecrets: readonly string[],
  before?: Before,
): JsonObject {
  const { node, state, secretKeys = [] } = before ?? {};
  const texts = {
    ...planned.driver_info,
    ...(planned.deploy_kernel && { deploy_kernel: planned.deploy_kernel }),
    ...(planned.deploy_ramdisk && { deploy_ramdisk: planned.deploy_ramdisk }),
  };
  const current = node?.driver_info ?? {};
  // Secrets that are not sent again are kept: in a patch, Ironic's mask means unchanged.
  const kept = Object.fromEntries(
    keptSecrets.filter((key) => Object.hasOwn(current, key)).map((key) => [key, current[key] as Json]),
  );
  const apart = (["deploy_kernel", "deploy_ramdisk"] as const).filter((key) => !isEmpty(state?.[key]));
  const wanted = { texts, typed: planned.driver_info_typed };
  return {
    ...freeFormToSend(wanted, current, entriesBefore(before, "driver_info"), [...apart, ...secretKeys]),
    ...kept,
    ...secrets.driverInfo,
    ...(secrets.pullSecret !== undefined && { [PULL_SECRET]: secrets.pullSecret }),
  };
}

function properties(planned: NodePlanned, before?: Before): JsonObject {
  const { root_device: _, ...current } = before?.node.properties ?? {};
  const prior = entriesBefore(before, "properties");
  const texts = withOtherCapabilities(planned.properties ?? {}, current, prior.texts);
  return {
    ...freeFormToSend({ texts, typed: planned.properties_typed }, current, prior),
    ...rootDevice(planned, before),
  };
}

/** `root_device` as a part of `properties`, if there are hints. */
function rootDevice(planned: NodePlanned, before?: Before): JsonObject {
  const current = before?.node.properties.root_device;
  const hints = isJsonObject(current) ? current : undefined;
  const all = freeFormToSend({ texts: planned.root_device }, hints, { texts: before?.state.root_device ?? null });
  if (!isEmpty(all)) return { root_device: all };
  // Empty hints, or a value that is not an object, were not sent by this provider.
  return current !== undefined && (isEmpty(current) || hints === undefined) ? { root_device: current } : {};
}

/** The entries of a free-form field that were configured before this update. */
function entriesBefore(before: Before | undefined, name: "driver_info" | "properties" | "extra"): Entries {
  return before === undefined ? { texts: null } : entriesOf(name, before.state);
}
