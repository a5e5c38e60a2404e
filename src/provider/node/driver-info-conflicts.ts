import type { Config, Diagnostics } from "../../tfplugin";
import { checkSetTwice, freeFormSources, keysOf } from "../shared/set-twice";
import { PULL_SECRET } from "../shared/write-only";
import type { NodeSchema } from "./schema";

type DriverInfoArguments = Pick<
  Config<NodeSchema>,
  "driver_info" | "driver_info_typed" | "driver_info_wo" | "deploy_kernel" | "deploy_ramdisk" | "image_pull_secret_wo"
>;

/** Reports every key of `driver_info` that two arguments set. */
export function checkDriverInfoConflicts(config: DriverInfoArguments, diagnostics: Diagnostics): void {
  const sources = [
    ...freeFormSources("driver_info", config),
    ["driver_info_wo", keysOf(config.driver_info_wo)],
    ["deploy_kernel", config.deploy_kernel === null ? [] : ["deploy_kernel"]],
    ["deploy_ramdisk", config.deploy_ramdisk === null ? [] : ["deploy_ramdisk"]],
    ["image_pull_secret_wo", config.image_pull_secret_wo === null ? [] : [PULL_SECRET]],
  ] as const;
  checkSetTwice(sources, diagnostics);
}
