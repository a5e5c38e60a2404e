import type { Config } from "../../tfplugin";
import {
  type Entry,
  entriesOfMap,
  entriesOfTyped,
  type ReferenceFault,
  referenceFaults,
} from "../shared/oci-references";
import type { NodeSchema } from "./schema";

type DriverInfo = Pick<
  Config<NodeSchema>,
  "driver_info" | "driver_info_typed" | "driver_info_wo" | "deploy_kernel" | "deploy_ramdisk"
>;

/** The faults of the `oci://` references of a node. The values of maps that may hold secrets are not quoted. */
export function nodeFaults(config: DriverInfo): readonly ReferenceFault[] {
  return referenceFaults("driver_info", [
    ...entriesOfMap("driver_info", config.driver_info, true),
    ...entriesOfTyped("driver_info_typed", config.driver_info_typed),
    ...entriesOfMap("driver_info_wo", config.driver_info_wo, true),
    ...(["deploy_kernel", "deploy_ramdisk"] as const).map((key): Entry => ({ key, value: config[key], path: [key] })),
  ]);
}
