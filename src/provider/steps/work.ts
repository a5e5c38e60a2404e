import type { JsonObject } from "../../ironic";
import type { Unknown } from "../../tfplugin";
import { type ObjectListValue, objectsToSend } from "../shared/object-list";
import { RUN_STEPS } from "../shared/steps";
import { type TypedMap, typedEntries } from "../shared/typed";
import { isEmpty } from "../shared/values";

/** What a cleaning or a servicing runs. */
export interface Work extends Mode {
  /** Undefined with a runbook. */
  readonly steps: readonly JsonObject[] | undefined;
  /** For RAID steps, set before they run. */
  readonly targetRaidConfig: JsonObject | undefined;
}

/** How the steps are run, which decides the microversion. */
export interface Mode {
  /** UUID or name. */
  readonly runbook: string | undefined;
  readonly disableRamdisk: boolean;
}

interface ModeArguments {
  readonly runbook: string | Unknown | null;
  readonly disable_ramdisk: boolean | Unknown | null;
}

interface WorkArguments extends ModeArguments {
  readonly steps: ObjectListValue;
  readonly target_raid_config: TypedMap;
}

/** The mode as far as it is known. */
export function modeOf({ runbook, disable_ramdisk: disableRamdisk }: ModeArguments): Mode {
  return {
    runbook: typeof runbook === "string" && runbook !== "" ? runbook : undefined,
    disableRamdisk: disableRamdisk === true,
  };
}

/**
 * What the arguments run.
 * @throws {ProviderError} when the steps, which the plan may not have known, are not valid
 */
export function workOf(values: WorkArguments): Work {
  const { steps, target_raid_config: raid } = values;
  return {
    ...modeOf(values),
    steps: steps === null ? undefined : objectsToSend(RUN_STEPS, "steps", steps),
    targetRaidConfig: isEmpty(raid) ? undefined : typedEntries(raid),
  };
}
