import { type IronicNode, sameJson } from "../../ironic";
import {
  type Config,
  type Diagnostics,
  Dynamic,
  isUnknown,
  type Logger,
  type Plan,
  type PrivateState,
  type Resource,
  unknown,
} from "../../tfplugin";
import { faultsOfLogicalDisks } from "../node/clean-steps";
import { resource } from "../plugin";
import type { Session } from "../session";
import { clearImported, isImported, markImported, markRead } from "../shared/legacy-state";
import { maintenanceWarning } from "../shared/maintenance";
import { isUuid, keptNodeReference } from "../shared/node-reference";
import { nullIfNotFound } from "../shared/not-found";
import { checkKnownElements, objectsOf, sameValues } from "../shared/object-list";
import { isToReturn } from "../shared/return-mark";
import { RUN_STEPS, warnOfFlowSteps } from "../shared/steps";
import { withTimeout } from "../shared/timeouts";
import { typedEntries } from "../shared/typed";
import { hasUnknown, isEmpty, sameEntries, type TextMap } from "../shared/values";
import { CLEANING, type Kind, needOf, SERVICING } from "./kind";
import { LOOKUP_ADVICE, mayRefuseAgent } from "./lookup";
import { run } from "./run";
import { STEP_TIMEOUTS, type StepsPlanned, type StepsSchema, type StepsState, stepsSchema } from "./schema";
import { modeOf, workOf } from "./work";

export const nodeCleaning = stepsResource(CLEANING);
export const nodeServicing = stepsResource(SERVICING);

/** The arguments of which a change runs the steps again. */
const RUN = ["steps", "runbook", "disable_ramdisk", "target_raid_config", "triggers"] as const;
type Run = Readonly<Record<(typeof RUN)[number], unknown>>;

/**
 * The node's provision state before the steps, while an update runs them. After one that has failed, the steps run again also where the
 * configuration goes back to what state has: a part of the others has been run.
 */
const UNFINISHED = "unfinished";
const isUnfinished = (privateState: PrivateState): boolean => privateState.get(UNFINISHED) !== undefined;

const CONTINUES =
  "Ironic continues. While it still runs these steps, the next apply waits for them and does not begin them again; where they have ended by then, it runs all of them once more.";
const AFTER_TIMEOUT = `${CONTINUES} The timeouts block of the resource sets another timeout.`;

/** A resource that runs steps on a node. It has no object of its own in Ironic. */
function stepsResource(kind: Kind): Resource<Session> {
  const schema = stepsSchema(kind);

  return resource(schema, {
    validate({ config, diagnostics }) {
      checkKnownElements(RUN_STEPS, "steps", config.steps, diagnostics);
      checkWork(config, diagnostics);
    },

    async plan({ config, state, planned, client: session, signal, privateState, diagnostics }) {
      if (state !== null) {
        const node_uuid = await keptNodeReference(session, config.node_uuid, state.node_uuid, signal, state.id);
        const kept = { ...planned, ...(node_uuid !== undefined && { node_uuid }) };
        if (!isChanged(kept, state) && !isUnfinished(privateState)) return kept;
        if (isImported(privateState)) {
          warnOfImport(kind, diagnostics);
          return kept;
        }
        await checkAtPlan(kind, session, kept, signal, diagnostics);
        return { ...kept, last_run: unknown };
      }
      await checkAtPlan(kind, session, planned, signal, diagnostics);
      return planned;
    },

    create: (call) => runPlanned(kind, "create", call.planned.node_uuid, call),

    async read({ state, client: session, signal, privateState }) {
      const client = await session.ironic(signal);
      const node = await nullIfNotFound(() => client.readNode(state.id, { signal }));
      markRead(privateState);
      return node && { ...state, node_uuid: state.node_uuid ?? node.uuid };
    },

    async update(call) {
      const { planned, state, privateState } = call;
      const imported = isImported(privateState);
      clearImported(privateState);
      // What was unknown at plan may be what has been run.
      const runs = isChanged(planned, state) || isUnfinished(privateState);
      if (imported || !runs) return { ...planned, id: state.id, last_run: state.last_run };
      return runPlanned(kind, "update", state.id, call);
    },

    delete() {
      // What the steps have done stays.
    },

    /** By UUID or name of the node: the steps count as run. */
    async import({ id, client: session, signal, privateState }) {
      const client = await session.ironic(signal);
      const { uuid } = await client.getNode(id, { signal });
      markImported(privateState);
      return { id: uuid, node_uuid: uuid };
    },
  });
}

interface RunCall {
  readonly planned: StepsPlanned;
  readonly client: Session;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly privateState: PrivateState;
  readonly diagnostics: Diagnostics;
}

/** @param node its UUID or name */
function runPlanned(
  kind: Kind,
  operation: "create" | "update",
  node: string,
  { planned, client: session, signal, log, privateState, diagnostics }: RunCall,
): Promise<StepsState> {
  const work = workOf(planned);
  const steps = async (limited: AbortSignal) => {
    const client = await session.ironic(limited);
    await client.require(needOf(kind, work), { signal: limited });
    const { uuid } = await client.getNode(node, { signal: limited });
    const begins = (from: string) => privateState.set(UNFINISHED, from);
    const last = privateState.get(UNFINISHED);
    const begunFrom = typeof last === "string" ? last : undefined;
    try {
      await run(kind, { client, uuid, signal: limited, log, begins, begunFrom }, work);
    } catch (error) {
      if (signal.aborted && isUnfinished(privateState)) {
        diagnostics.warning(`The ${kind.noun} was interrupted`, { detail: CONTINUES });
      }
      throw error;
    }
    privateState.delete(UNFINISHED);
    return { ...planned, id: uuid, last_run: new Date().toISOString() };
  };
  const limit = planned.timeouts?.[operation];
  return withTimeout(signal, limit, STEP_TIMEOUTS[operation], `The ${kind.noun}`, steps, AFTER_TIMEOUT);
}

function checkWork(config: Config<StepsSchema>, diagnostics: Diagnostics): void {
  const { steps, runbook, disable_ramdisk: withoutRamdisk, target_raid_config: raid } = config;
  if (!isEmpty(raid) && !hasUnknown(raid)) {
    const faults = faultsOfLogicalDisks("target_raid_config", typedEntries(raid));
    for (const detail of faults) {
      diagnostics.error("target_raid_config can't be applied", { detail, path: ["target_raid_config"] });
    }
  }
  if (isUnknown(steps) || isUnknown(runbook)) return;
  if (steps === null && isEmpty(runbook)) {
    const detail = 'Set steps, such as [{ interface = "bios", step = "factory_reset" }], or the runbook that has them.';
    diagnostics.error("There is nothing to run", { detail, path: ["steps"] });
  }
  if (steps !== null && !isEmpty(runbook)) {
    const detail = "A runbook has its own steps, and Ironic takes one of the two: remove steps or runbook.";
    diagnostics.error("steps and runbook", { detail, path: ["runbook"] });
  }
  warnOfFlowSteps(objectsOf(RUN_STEPS, steps), {
    where: "the steps of a cleaning or servicing",
    advice:
      ", and use a power action (target_power_state of ironic_node_v1, or `baremetal node reboot`) before or after the others",
    path: ["steps"],
    diagnostics,
  });
  if (!isEmpty(runbook) && withoutRamdisk === true) {
    const detail =
      "A runbook says itself whether the agent is booted: remove disable_ramdisk, and set it in the runbook.";
    diagnostics.error("disable_ramdisk with a runbook", { detail, path: ["disable_ramdisk"] });
  }
}

function isChanged(planned: Run, state: Run): boolean {
  return RUN.some((name) => {
    const [one, other] = [planned[name], state[name]];
    if (isEmpty(one) && isEmpty(other)) return false;
    if (hasUnknown(one) || one === null || other === null) return true;
    if (one instanceof Dynamic && other instanceof Dynamic) {
      return name === "steps" ? !sameValues(RUN_STEPS, one, other) : !sameJson(typedEntries(one), typedEntries(other));
    }
    if (name === "triggers") return !sameEntries(one as TextMap, other as TextMap);
    return one !== other;
  });
}

/**
 * Refuses at plan what this Ironic can't run, and warns of what may stop the steps; with an unknown configuration of the provider, only
 * the apply does.
 */
async function checkAtPlan(
  kind: Kind,
  session: Session,
  planned: Plan<StepsSchema>,
  signal: AbortSignal,
  diagnostics: Diagnostics,
) {
  if (!session.isKnown) return;
  const client = await session.ironic(signal);
  const mode = modeOf(planned);
  await client.require(needOf(kind, mode), { signal });
  if (await mayRefuseAgent(kind, mode, client, signal)) {
    const detail = `${LOOKUP_ADVICE}. Otherwise the node stays out of service until Ironic gives up ([conductor]service_callback_timeout, 30 minutes by default).`;
    diagnostics.warning("This Ironic may refuse the agent of the servicing", { detail, path: ["node_uuid"] });
  }
  await warnOfNode(kind, session, planned.node_uuid, signal, diagnostics);
}

/** Milliseconds of the read that a plan makes for a warning only. */
const WARNING_TIMEOUT = 10_000;

/** Warns of a node in which Ironic would run nothing, or that ends in another state. A plan does not fail because of a warning. */
async function warnOfNode(
  kind: Kind,
  session: Session,
  node: unknown,
  signal: AbortSignal,
  diagnostics: Diagnostics,
): Promise<void> {
  if (typeof node !== "string") return;
  const limited = AbortSignal.any([signal, AbortSignal.timeout(WARNING_TIMEOUT)]);
  try {
    const client = await session.ironic(limited);
    const found = isUuid(node)
      ? await client.readNode(node, { signal: limited })
      : await client.getNode(node, { signal: limited });
    const warning =
      session.plannedNodes.find(found.uuid)?.maintenance === false ? undefined : maintenanceWarning(found);
    if (warning) diagnostics.warning(warning.summary, { ...warning, path: ["node_uuid"] });
    if (kind.verb === "clean" && isToReturn(found)) warnOfReturn(found, diagnostics);
  } catch {
    signal.throwIfAborted();
  }
}

/** The mark tells no cleaning that has not finished from one whose node an operator has brought back by hand. */
function warnOfReturn({ name, uuid, provision_state }: IronicNode, diagnostics: Diagnostics): void {
  if (provision_state !== "manageable" && provision_state !== "clean failed") return;
  const detail = `Node ${name ?? uuid} is in state "${provision_state}", and by extra.terraform_returns_to a cleaning that has not finished took it out of "available". After these steps it goes back there, and can be deployed. To leave it in "manageable", run \`baremetal node unset ${name ?? uuid} --extra terraform_returns_to\` first.`;
  diagnostics.warning("The cleaning ends in available", { detail, path: ["node_uuid"] });
}

function warnOfImport({ noun }: Kind, diagnostics: Diagnostics): void {
  const detail = `Ironic does not show which steps were run before the import. The apply stores the arguments in state and runs nothing; a later change of one of them runs the steps. To run them now, apply, and change triggers.`;
  diagnostics.warning(`The steps of the imported ${noun} are not run`, { detail });
}
