import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { PULL_SECRET } from "../shared/write-only";

type Fields = Readonly<Record<string, unknown>> | Unknown | null;

/** The arguments that are merged into `driver_info`. */
interface DriverInfoArguments {
  readonly driver_info: Fields;
  readonly driver_info_wo: Fields;
  readonly deploy_kernel: unknown;
  readonly deploy_ramdisk: unknown;
  readonly image_pull_secret_wo: unknown;
}

/** Reports every key of `driver_info` that two arguments set: one of the values would be lost silently. */
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
        const detail = `Both ${other} and ${argument} set it. Keep one of them: ${advice(argument)}.`;
        diagnostics.error(`${key} is set twice`, { detail, path: [argument] });
      }
    }
  }
}

function keysOf(map: Fields): readonly string[] {
  if (map === null || isUnknown(map)) return [];
  return Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [key]));
}

function advice(argument: string): string {
  return argument.endsWith("_wo")
    ? `${argument} is never stored in a plan or in state`
    : `${argument} is shown in plans`;
}
