import type { IronicNode, Json, JsonObject } from "../../ironic";
import { isUnknown } from "../../tfplugin";
import { isEmpty, type TextMap, toSend, without } from "../values";
import { PULL_SECRET } from "./hidden";
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
    name: text(planned.name as string | null),
    driver: planned.driver,
    resource_class: text(planned.resource_class as string | null),
    driver_info: driverInfo(planned, secrets, keptSecrets, before),
    properties: properties(planned, before),
    extra: toSend((planned.extra as TextMap | null) ?? {}, node?.extra, state?.extra ?? null),
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
  const { node, state } = before ?? {};
  const said = {
    ...(planned.driver_info as TextMap | null),
    ...(isEmpty(planned.deploy_kernel) ? {} : { deploy_kernel: planned.deploy_kernel as string }),
    ...(isEmpty(planned.deploy_ramdisk) ? {} : { deploy_ramdisk: planned.deploy_ramdisk as string }),
  };
  const current = node?.driver_info ?? {};
  // What was written before and is not written again stays: Ironic's own mask says so in a patch.
  const kept = Object.fromEntries(
    keptSecrets.filter((key) => Object.hasOwn(current, key)).map((key) => [key, current[key] as Json]),
  );
  return {
    ...toSend(said, current, state?.driver_info ?? null),
    ...kept,
    ...secrets.driverInfo,
    ...(secrets.pullSecret !== undefined && { [PULL_SECRET]: secrets.pullSecret }),
  };
}

/** What inspection found and nobody said anything about is left in its place. */
function properties(planned: NodePlanned, before?: Before): JsonObject {
  const { node, state } = before ?? {};
  const { root_device: currentRoot, ...current } = node?.properties ?? {};
  const said = (planned.properties as TextMap | null) ?? {};
  const unmanaged = without(current, [...Object.keys(said), ...Object.keys(state?.properties ?? {})]);
  const root = planned.root_device as TextMap | null;
  const currentHints = currentRoot as JsonObject | undefined;
  const hints = isEmpty(root)
    ? isEmpty(currentHints) && currentHints !== undefined
      ? { root_device: currentHints }
      : {}
    : { root_device: toSend(root as TextMap, currentHints, state?.root_device ?? null) };
  return { ...unmanaged, ...toSend(said, current, state?.properties ?? null), ...hints };
}
