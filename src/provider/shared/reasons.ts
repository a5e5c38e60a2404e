import { type Diagnostics, isUnknown } from "../../tfplugin";
import { isEmpty } from "./values";

/** Reports each reason that is configured without its flag, such as `retired_reason` without `retired`: Ironic refuses or drops it. */
export function checkReasons<Flag extends string>(
  config: { readonly [name in Flag | `${Flag}_reason`]: unknown },
  flags: readonly Flag[],
  diagnostics: Diagnostics,
): void {
  for (const flag of flags) {
    const reason = `${flag}_reason` as const;
    const isGiven = !isEmpty(config[reason]) && !isUnknown(config[reason]);
    if (!isGiven || config[flag] === true || isUnknown(config[flag])) continue;
    diagnostics.error(`${reason} without ${flag}`, {
      detail: `Ironic keeps a reason only while ${flag} is true. Set ${flag} = true, or remove ${reason}.`,
      path: [reason],
    });
  }
}
