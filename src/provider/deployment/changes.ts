import { isUnknown } from "../../tfplugin";
import { isEmpty, type TextMap, withoutNulls } from "../shared/values";
import { withoutDiskFormat } from "./disk-format";
import { sameInfo } from "./instance-info";
import { CONFIG_DRIVE, type DeploymentState } from "./schema";
import { isServerWritten } from "./server-overrides";

/** The arguments that a rebuild applies. */
const REBUILT = ["instance_info", "deploy_steps", ...CONFIG_DRIVE] as const;
type Rebuilt = (typeof REBUILT)[number];

/** Whether two `instance_info` deploy the same: the order of capabilities and a redundant disk format make no difference. */
export function deploysTheSame(some: TextMap, others: TextMap): boolean {
  return sameInfo(withoutDiskFormat(some), withoutDiskFormat(others));
}

/**
 * The changed arguments that a rebuild applies. After an import, which can't read the config drive and holds every key of
 * `instance_info`, configured values that do not contradict it are stored in state without a rebuild.
 * @param masked the keys that an import could not read; undefined without an import
 */
export function changes(
  planned: Readonly<Record<Rebuilt, unknown>>,
  state: DeploymentState,
  masked: readonly string[] | undefined,
): readonly Rebuilt[] {
  const info = planned.instance_info;
  if (masked !== undefined) {
    const known = !isUnknown(info) && !isEmpty(info) ? withoutNulls(info as TextMap) : {};
    const agrees = Object.entries(known).every(([key, value]) => {
      const current = state.instance_info[key];
      return (
        isServerWritten(key) ||
        masked.includes(key) ||
        (current !== undefined && sameInfo({ [key]: value }, { [key]: current }))
      );
    });
    // Ironic masks an existing config drive, so that it may equal the configured one; without one, a configured drive is a change.
    const drive = masked.includes("configdrive") ? [] : CONFIG_DRIVE.filter((name) => !isEmpty(planned[name]));
    return agrees && !isUnknown(info) ? drive : ["instance_info", ...drive];
  }
  return REBUILT.filter((name) => {
    const [one, other] = [planned[name], state[name]];
    if (isEmpty(one) && isEmpty(other)) return false;
    if (name === "instance_info" && isKnownMap(one) && isKnownMap(other)) return !deploysTheSame(one, other);
    return canonical(one) !== canonical(other);
  });
}

function isKnownMap(value: unknown): value is TextMap {
  return typeof value === "object" && value !== null && !isUnknown(value) && !Object.values(value).some(isUnknown);
}

/** A text that does not depend on the order of keys: maps of Terraform have none. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null || isUnknown(value)) return JSON.stringify(value) ?? "unknown";
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
