import { isUnknown } from "../../tfplugin";
import { isEmpty, type TextMap, withoutNulls } from "../shared/values";
import { withoutDiskFormat } from "./disk-format";
import { sameInfo } from "./instance-info";
import { CONFIG_DRIVE, type DeploymentState } from "./schema";
import { isServerWritten } from "./server-overrides";

/** What a rebuild brings onto the machine. */
const DEPLOYED = ["instance_info", "deploy_steps", ...CONFIG_DRIVE] as const;
type Deployed = (typeof DEPLOYED)[number];

/** Whether two `instance_info` deploy the same: in whatever order, and with or without a disk format that says nothing. */
export function deploysTheSame(some: TextMap, others: TextMap): boolean {
  return sameInfo(withoutDiskFormat(some), withoutDiskFormat(others));
}

/**
 * What a rebuild would bring onto the machine. An import could not read the config drive, and holds all of `instance_info`
 * where a configuration names what it cares for: what does not contradict is taken over, and nothing is done for it.
 * @param masked the keys that an import could not read; undefined where nothing is imported
 */
export function changes(
  planned: Readonly<Record<Deployed, unknown>>,
  state: DeploymentState,
  masked: readonly string[] | undefined,
): readonly Deployed[] {
  const info = planned.instance_info;
  if (masked !== undefined) {
    const known = !isUnknown(info) && !isEmpty(info) ? withoutNulls(info as TextMap) : {};
    const agrees = Object.entries(known).every(([key, value]) => {
      const is = state.instance_info[key];
      return (
        isServerWritten(key) || masked.includes(key) || (is !== undefined && sameInfo({ [key]: value }, { [key]: is }))
      );
    });
    // A config drive that is there may well be the one that is said; where there is none, it is not.
    const drive = masked.includes("configdrive") ? [] : CONFIG_DRIVE.filter((name) => !isEmpty(planned[name]));
    return agrees && !isUnknown(info) ? drive : ["instance_info", ...drive];
  }
  return DEPLOYED.filter((name) => {
    const [one, other] = [planned[name], state[name]];
    if (isEmpty(one) && isEmpty(other)) return false;
    if (name === "instance_info" && isKnownMap(one) && isKnownMap(other)) return !deploysTheSame(one, other);
    return canonical(one) !== canonical(other);
  });
}

function isKnownMap(value: unknown): value is TextMap {
  return typeof value === "object" && value !== null && !isUnknown(value) && !Object.values(value).some(isUnknown);
}

/** Terraform's maps have no order, and neither an order's change nor a rebuild for it would be anybody's wish. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null || isUnknown(value)) return JSON.stringify(value) ?? "unknown";
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
