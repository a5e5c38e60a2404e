import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { PULL_SECRET } from "../shared/write-only";

type Fields = Readonly<Record<string, unknown>> | Unknown | null;

/** The arguments that together become `driver_info`. */
interface DriverInfoArguments {
  readonly driver_info: Fields;
  readonly driver_info_wo: Fields;
  readonly deploy_kernel: unknown;
  readonly deploy_ramdisk: unknown;
  readonly image_pull_secret_wo: unknown;
}

/** Reports every key of `driver_info` that two arguments give: one of them would silently be lost. */
export function checkDriverInfoConflicts(config: DriverInfoArguments, diagnostics: Diagnostics): void {
  const first = new Map<string, string>();
  for (const [argument, keys] of [
    ["driver_info", keysOf(config.driver_info)],
    ["driver_info_wo", keysOf(config.driver_info_wo)],
    ["deploy_kernel", config.deploy_kernel === null ? [] : ["deploy_kernel"]],
    ["deploy_ramdisk", config.deploy_ramdisk === null ? [] : ["deploy_ramdisk"]],
    ["image_pull_secret_wo", config.image_pull_secret_wo === null ? [] : [PULL_SECRET]],
  ] as const) {
    for (const key of keys) {
      const other = first.get(key);
      if (other === undefined) first.set(key, argument);
      else {
        const detail = `${other} has it, and so has ${argument}. Keep one of them: ${advice(argument)}.`;
        diagnostics.error(`${key} is given twice`, { detail, path: [argument] });
      }
    }
  }
}

function keysOf(map: Fields): readonly string[] {
  if (map === null || isUnknown(map)) return [];
  return Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [key]));
}

function advice(argument: string): string {
  return argument.endsWith("_wo") ? `${argument} is kept in no plan or state` : `${argument} is shown in plans`;
}
