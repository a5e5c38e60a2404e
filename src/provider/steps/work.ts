import { firmwareFault } from "../../firmware-files";
import { isFlowStep, type JsonObject, STEP_INTERFACES, sameJson } from "../../ironic";
import { unknownName } from "../../text";
import { Dynamic, isUnknown, type TfValue, type Unknown } from "../../tfplugin";
import { exactNumber, isMap, jsonOf, typedEntries } from "../shared/typed";
import { isEmpty } from "../shared/values";

/** What a cleaning or a servicing runs. */
export interface Work {
  /** Undefined with a runbook. */
  readonly steps: readonly JsonObject[] | undefined;
  /** UUID or name. */
  readonly runbook: string | undefined;
  readonly disableRamdisk: boolean;
  /** For RAID steps, set before they run. */
  readonly targetRaidConfig: JsonObject | undefined;
}

const KEYS = ["interface", "step", "args"];
const EXAMPLE = '[{ interface = "bios", step = "factory_reset" }]';

/** The fault of the argument `steps`, of which parts may be unknown; it completes "The argument …" and quotes no arguments of steps. */
export function areSteps({ value }: Dynamic): string | undefined {
  if (!Array.isArray(value)) return `must be a list of steps, such as ${EXAMPLE}`;
  if (value.length === 0) return `must have a step, such as ${EXAMPLE}`;
  const faults = value.map((step, index) => ({ fault: stepFault(step as TfValue), index }));
  const found = faults.find(({ fault }) => fault !== undefined);
  return found && `has a wrong step ${found.index + 1}: ${found.fault}`;
}

function stepFault(step: TfValue): string | undefined {
  if (isUnknown(step)) return undefined;
  if (!isMap(step)) return "it is not an object with interface, step and args";
  const {
    interface: owner = null,
    step: name = null,
    args = null,
    ...others
  } = step as { readonly [key: string]: TfValue };
  const [stray] = Object.keys(others);
  if (stray === "priority" || stray === "order") return `it has ${stray}; steps run in the order of the list`;
  if (stray !== undefined) return `${JSON.stringify(stray)} ${unknownName("a part of a step", stray, KEYS)}`;
  const interfaces = STEP_INTERFACES.join(", ");
  if (owner === null) return `it has no interface, which is one of ${interfaces}`;
  if (!isUnknown(owner) && !STEP_INTERFACES.includes(owner as never)) {
    return `${JSON.stringify(owner)} ${unknownName("an interface with steps", String(owner), STEP_INTERFACES)}; there are ${interfaces}`;
  }
  if (!isUnknown(name) && (typeof name !== "string" || name === ""))
    return "it has no step, which is a name such as factory_reset";
  if (args === null || isUnknown(args)) return undefined;
  if (!isMap(args)) return "its args are not a map, such as { settings = [] }";
  if (exactNumber(args) !== undefined)
    return "its args have a number with more digits than JSON readers keep: write it as a string";
  const firmware = firmwareFault(step);
  return firmware && `it ${firmware}`;
}

/** The steps for the flow of others, by their place. */
export function flowSteps(steps: Dynamic | Unknown | null): readonly (readonly [number, string])[] {
  if (!(steps instanceof Dynamic) || !Array.isArray(steps.value)) return [];
  return (steps.value as readonly TfValue[]).flatMap((step, index) =>
    isMap(step) && isFlowStep(step as Step) ? [[index, String((step as Step).step)] as const] : [],
  );
}

type Step = { readonly step?: unknown };

/** The configured steps as JSON; `args = null` is none. */
export function stepsOf(value: Dynamic): readonly JsonObject[] {
  return (value.value as readonly TfValue[]).map((step) => {
    const { args, ...rest } = jsonOf(step) as JsonObject;
    return args === null || args === undefined ? rest : { ...rest, args };
  });
}

/** Whether two known values have the same steps. */
export const sameStepArguments = (one: Dynamic, other: Dynamic): boolean =>
  sameJson(stepsOf(one) as JsonObject[], stepsOf(other) as JsonObject[]);

/** The arguments that decide what is run; a change of one runs it again. */
export interface WorkArguments {
  readonly steps: Dynamic | Unknown | null;
  readonly runbook: string | Unknown | null;
  readonly disable_ramdisk: boolean | Unknown | null;
  readonly target_raid_config: Dynamic | Unknown | null;
}

/** The arguments as far as they are known. */
export function workOf(values: WorkArguments): Work {
  const { steps, runbook, disable_ramdisk: disableRamdisk, target_raid_config: raid } = values;
  return {
    steps: steps instanceof Dynamic ? stepsOf(steps) : undefined,
    runbook: typeof runbook === "string" && runbook !== "" ? runbook : undefined,
    disableRamdisk: disableRamdisk === true,
    targetRaidConfig: isEmpty(raid) || isUnknown(raid) ? undefined : typedEntries(raid),
  };
}
