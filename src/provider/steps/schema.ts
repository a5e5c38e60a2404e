import { computed, type PlannedState, required, type State, schema, t } from "../../tfplugin";
import { userBool, userMap, userString } from "../shared/attributes";
import { userObjects } from "../shared/object-list";
import { RUN_STEPS } from "../shared/steps";
import { timeouts } from "../shared/timeouts";
import { userJson } from "../shared/typed";
import { isIdentifier } from "../shared/validators";
import type { Kind } from "./kind";

/** Default timeouts. A firmware update of a whole machine takes hours. */
export const STEP_TIMEOUTS = { create: "180m", update: "180m" } as const;

/** The texts in which the two schemas differ. */
interface Texts {
  readonly description: string;
  /** The microversions of the arguments. */
  readonly runbookSince: string;
  readonly ramdiskSince: string;
}

const TEXTS: Readonly<Record<Kind["verb"], Texts>> = {
  clean: {
    description:
      "Manual cleaning of a node: clean steps that run when the resource is created, and again whenever `steps`, `runbook`, `disable_ramdisk`, `target_raid_config` or `triggers` change. The node is in `manageable`, or in `available`, to which it returns. Destroying the resource does nothing to the node.",
    runbookSince: "microversion 1.92",
    ramdiskSince: "microversion 1.70",
  },
  service: {
    description:
      "Servicing of an active node: service steps that run when the resource is created, and again whenever `steps`, `runbook`, `disable_ramdisk`, `target_raid_config` or `triggers` change (microversion 1.87). What is deployed stays; the machine reboots into the agent and back, unless no step needs that. Destroying the resource does nothing to the node.",
    runbookSince:
      "microversion 1.108: Ironic 34 and later, because earlier releases refuse every runbook for servicing",
    ramdiskSince: "microversion 1.108: Ironic 34 and later",
  },
};

export function stepsSchema({ verb, noun }: Kind) {
  const { description, runbookSince, ramdiskSince } = TEXTS[verb];
  return schema({
    description,
    attributes: {
      id: computed(t.string, { nonNull: true, description: "UUID of the node." }),
      node_uuid: required(t.string, {
        requiresReplace: true,
        description: "UUID or name of the node.",
        validate: isIdentifier,
      }),
      steps: userObjects(RUN_STEPS, {
        description: `Steps of the ${noun}, in the order in which they run: a list of objects with \`interface\`, \`step\` and, where the step has arguments, \`args\`, a map with values of any type. Either this or \`runbook\` is required. Pass secrets in it from a variable with \`sensitive = true\`: plans then hide the steps; state holds them.`,
      }),
      runbook: userString({
        description: `UUID or name of a runbook, in place of \`steps\` (${runbookSince}). The node needs a trait for which it is approved. A change of the runbook itself is not detected: list its version in \`triggers\`.`,
        validate: (text) => (text === "" ? undefined : isIdentifier(text)),
      }),
      disable_ramdisk: userBool({
        description: `Run the steps without booting the agent, which only steps out of band allow (${ramdiskSince}). A runbook has its own setting. Default: \`false\`.`,
      }),
      target_raid_config: userJson({
        description: `RAID configuration that \`raid.create_configuration\` applies, in the format of Ironic's API: \`{ logical_disks = [{ size_gb = 100, raid_level = "1" }] }\`. Set as the node's \`target_raid_config\` before the steps run. Default: the node's is left unchanged.`,
      }),
      triggers: userMap({ description: "Any values: a change of one runs the steps again." }),
      last_run: computed(t.string, {
        description: "Time at which the last run ended (RFC 3339). Null after an import, until the first run.",
      }),
    },
    blocks: { timeouts: timeouts(STEP_TIMEOUTS) },
  });
}

export type StepsSchema = ReturnType<typeof stepsSchema>;
export type StepsState = State<StepsSchema>;
export type StepsPlanned = PlannedState<StepsSchema>;
