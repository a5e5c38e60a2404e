import { Dynamic, isUnknown, isWhollyKnown, type TfValue } from "../../tfplugin";
import { typedEntries } from "../shared/typed";
import { isEmpty, type TextMap } from "../shared/values";
import { withoutDiskFormat } from "./disk-format";
import { fingerprint, UNREADABLE } from "./fingerprint";
import { sameInfo, wholeInfo } from "./instance-info";
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
  const { instance_info: info, instance_info_typed: typed } = planned;
  const isKnown = !isUnknown(info) && isWhollyKnown(typed as TfValue);
  if (imported !== undefined) {
    const { masked } = imported;
    const wanted = isKnown ? wholeInfo(planned) : {};
    const agrees = Object.entries(wanted).every(([key, value]) => {
      const current = state.instance_info[key];
      return (
        isServerWritten(key) ||
        masked.includes(key) ||
        (current !== undefined && sameInfo({ [key]: value }, { [key]: current }))
      );
    });
    const others = changedUnreadable(planned, state.id, imported);
    return agrees && isKnown ? others : ["instance_info", ...others];
  }
  return REBUILT.filter((name) => {
    const [one, other] = [planned[name], state[name]];
    // Its known entries are compared with those of `instance_info`.
    if (name === "instance_info_typed") return !isWhollyKnown(typed as TfValue);
    if (isEmpty(one) && isEmpty(other)) return false;
    if (name === "instance_info" && isKnownMap(one)) return !deploysTheSame(wholeInfo(planned), wholeInfo(state));
    return canonical(one) !== canonical(other);
  });
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

function isKnownMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !isUnknown(value) && !Object.values(value).some(isUnknown);
}

/** A text that does not depend on the order of keys: maps of Terraform have none. */
function canonical(value: unknown): string {
  if (!isWhollyKnown(value as TfValue)) return "unknown";
  if (value instanceof Dynamic) return canonical(typedEntries(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
