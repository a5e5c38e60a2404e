import { type TypedMap, typedKeys } from "../shared/typed";
import { hasUnknown, isEmpty, type TextMap } from "../shared/values";
import { withoutDiskFormat } from "./disk-format";
import { fingerprint, UNREADABLE } from "./fingerprint";
import { sameInfo, wholeInfo } from "./instance-info";
import { ordered } from "./ordered";
import type { ImportFacts } from "./private-state";
import { CONFIG_DRIVE, type DeploymentState, REBUILT, type Rebuilt } from "./schema";
import { isServerWritten } from "./server-overrides";

/** Whether two `instance_info` deploy the same: the order of capabilities and a redundant disk format make no difference. */
export function deploysTheSame(some: TextMap, others: TextMap): boolean {
  return sameInfo(withoutDiskFormat(some), withoutDiskFormat(others));
}

/**
 * The changed arguments that a rebuild applies. After an import, which holds every key of `instance_info`, configured values that do not
 * contradict it are stored in state without a rebuild.
 * @param imported undefined without an import
 */
export function changes(
  planned: Readonly<Record<Rebuilt, unknown>>,
  state: DeploymentState,
  imported: ImportFacts | undefined,
): readonly Rebuilt[] {
  const isKnown = !hasUnknown(planned.instance_info) && !hasUnknown(planned.instance_info_typed);
  if (imported !== undefined) {
    const others = changedUnreadable(planned, state.id, imported);
    const agrees = isKnown && changedKeys(planned, state, imported).length === 0;
    return agrees ? others : ["instance_info", ...others];
  }
  return REBUILT.filter((name) => {
    const [one, other] = [planned[name], state[name]];
    // Its known entries are compared with those of `instance_info`.
    if (name === "instance_info_typed") return hasUnknown(planned.instance_info_typed);
    if (isEmpty(one) && isEmpty(other)) return false;
    if (name === "instance_info" && isKnown) return changedKeys(planned, state, imported).length > 0;
    return hasUnknown(one) || JSON.stringify(ordered(one)) !== JSON.stringify(ordered(other));
  });
}

type Info = Parameters<typeof wholeInfo>[0];

/** The changed arguments by name, and `instance_info` by its changed keys. */
export function changedParts(
  changed: readonly Rebuilt[],
  planned: Info,
  state: DeploymentState,
  imported: ImportFacts | undefined,
): readonly string[] {
  return changed.flatMap((name) =>
    name === "instance_info"
      ? changedKeys(planned, state, imported).map((key) => `${argumentOf(key, planned, state)}.${key}`)
      : name,
  );
}

function argumentOf(key: string, planned: Info, state: Info): string {
  const isTyped = [planned, state].some(({ instance_info_typed: typed }) => typedKeys(typed as TypedMap).includes(key));
  return isTyped ? "instance_info_typed" : "instance_info";
}

/** The keys of the known `instance_info` that deploy something else. */
function changedKeys(planned: Info, state: Info, imported: ImportFacts | undefined): readonly string[] {
  const [info, prior] = [withoutDiskFormat(wholeInfo(planned)), withoutDiskFormat(wholeInfo(state))];
  // An import holds keys that no configuration has named, and masked ones may be the configured ones.
  const keys = imported
    ? Object.keys(info).filter((key) => !isServerWritten(key) && !imported.masked.includes(key))
    : [...new Set([...Object.keys(info), ...Object.keys(prior)])];
  return keys.filter((key) => !sameInfo(only(key, info), only(key, prior))).sort();
}

function only(key: string, map: TextMap): TextMap {
  return Object.hasOwn(map, key) ? { [key]: map[key] as string } : {};
}

/**
 * The configured arguments that differ from those which the import found deployed, by their fingerprint. Without one, another client
 * has deployed: an existing config drive, which Ironic masks, may be the configured one, and so may deploy steps.
 */
function changedUnreadable(
  planned: Readonly<Record<Rebuilt, unknown>>,
  uuid: string,
  { masked, deployed }: ImportFacts,
): readonly Rebuilt[] {
  const set = UNREADABLE.filter((name) => !isEmpty(planned[name]));
  if (deployed !== undefined) {
    const configured = fingerprint(planned, uuid);
    return configured === undefined || configured === deployed ? [] : set;
  }
  return masked.includes("configdrive") ? [] : CONFIG_DRIVE.filter((name) => set.includes(name));
}

/** The configured arguments of an import that may or may not be those which another client has deployed. */
export function unverified(
  planned: Readonly<Record<Rebuilt, unknown>>,
  uuid: string,
  imported: ImportFacts | undefined,
): readonly Rebuilt[] {
  if (imported === undefined || imported.deployed !== undefined) return [];
  const changed = changedUnreadable(planned, uuid, imported);
  return UNREADABLE.filter((name) => !isEmpty(planned[name]) && !changed.includes(name));
}
