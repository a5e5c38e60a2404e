import {
  IronicApiError,
  type IronicClient,
  type IronicNode,
  isBefore,
  isBusy,
  isDeployed,
  isFlowStep,
  isHeld,
  isInDoubt,
  isRunningSteps,
  type JsonObject,
  type NodeState,
  ProvisionError,
  sameSteps,
  stepName,
} from "../../ironic";
import { Limiter } from "../../net";
import { ProviderError } from "../../tfplugin";
import { maintenanceWarning, tryGetNode } from "../shared/maintenance";
import { type NodeContext, progress } from "../shared/provisioning";
import { isToReturn, markToReturn, removeReturnMark } from "../shared/return-mark";
import { failureOf } from "./failure";
import type { Kind } from "./kind";
import { LOOKUP_ADVICE, mayRefuseAgent } from "./lookup";
import type { Work } from "./work";

/** A node whose steps are run. */
export interface RunContext extends NodeContext {
  /** Called before Ironic begins, once nothing stands against it, with the node's provision state. */
  readonly begins: (from: string) => void;
  /** The provision state from which the last run began, where that has not ended. */
  readonly begunFrom: string | undefined;
}

/**
 * Runs the steps, and returns the node to the state in which it was. A run of the same steps that is under way already, such as that of an
 * apply which was interrupted, is waited for and not begun again. Anything else that Ironic does with the node ends first.
 * @throws {ProviderError} when the node is in no state for it, before any change; or when a step has failed
 */
export function run(kind: Kind, context: RunContext, work: Work): Promise<void> {
  // Terraform runs resources of one node at the same time, unless one depends on the other.
  return limiterOf(context).run(() => runAlone(kind, context, work), context.signal);
}

const limiters = new WeakMap<IronicClient, Map<string, Limiter>>();

function limiterOf({ client, uuid }: NodeContext): Limiter {
  const all = limiters.get(client) ?? new Map<string, Limiter>();
  limiters.set(client, all);
  const limiter = all.get(uuid) ?? new Limiter(1);
  all.set(uuid, limiter);
  return limiter;
}

async function runAlone(kind: Kind, context: RunContext, work: Work): Promise<void> {
  const { client, uuid, signal, log, begins, begunFrom } = context;
  const onState = progress(context);
  const steps = await stepsToRun(client, work, signal);
  const names = (steps ?? []).filter((step) => !isFlowStep(step)).map((step) => stepName(step));
  const returnTo = async (state: string, from: NodeState) => {
    // A node that another client has deployed meanwhile keeps its instance.
    if (state !== "available" || isDeployed(from)) return;
    await client.moveTo(uuid, state, { signal, onState, from });
    await removeReturnMark(context);
  };
  for (;;) {
    const found = await client.getNode(uuid, { signal });
    const name = found.name ?? uuid;
    const from = kind.verb === "clean" && isToReturn(found) ? "available" : (begunFrom ?? found.provision_state);
    if (isUnderWay(kind, found, steps)) {
      begins(from);
      log.info(`node ${name}: a ${kind.noun} with these steps is under way, and is waited for`, { node: uuid });
      return await returnTo(from, await ended(kind, context, work, names));
    }
    if (isBusy(found)) {
      log.info(`node ${name}: waiting until Ironic has ended what it does ("${found.provision_state}")`, {
        node: uuid,
      });
      await client.waitUntilIdle(uuid, { signal, onState });
      continue;
    }
    requireReady(kind, found);
    begins(from);
    if (work.targetRaidConfig) await client.setRaidConfig(uuid, work.targetRaidConfig, { signal });
    if (found.provision_state === "available") await markToReturn(context, found);
    if (kind.verb === "clean") await client.moveTo(uuid, "manageable", { signal, onState, from: found });
    try {
      if (!(await begun(kind, context, work, steps))) continue;
    } catch (error) {
      // Ironic has refused the steps, and the node is as before but for its state. The refusal is what the user needs to know.
      if (error instanceof IronicApiError && !isInDoubt(error)) {
        await client
          .getNode(uuid, { signal })
          .then((now) => returnTo(from, now))
          .catch(() => undefined);
      }
      throw error;
    }
    return await returnTo(from, await ended(kind, context, work, names));
  }
}

/** The steps of a runbook as well, by which a run that is under way is recognised; undefined where it can't be read. */
async function stepsToRun(
  client: IronicClient,
  { steps, runbook }: Work,
  signal: AbortSignal,
): Promise<readonly JsonObject[] | undefined> {
  if (steps !== undefined || runbook === undefined) return steps;
  try {
    return (await client.runbooks.get(runbook, { signal })).steps;
  } catch (error) {
    // The policy may permit to use what may not be read. Ironic says whether the runbook exists.
    if (error instanceof IronicApiError && error.status === 403) return undefined;
    throw error;
  }
}

function isUnderWay(kind: Kind, node: IronicNode, steps: readonly JsonObject[] | undefined): boolean {
  return (
    isRunningSteps(node, kind.operation) && sameSteps(node.driver_internal_info?.[kind.all], steps as JsonObject[])
  );
}

/**
 * Refuses a node in a state in which Ironic would not run the steps, or would have to undeploy it first.
 * @throws {ProviderError}
 */
function requireReady(kind: Kind, node: IronicNode): void {
  const { name, uuid, provision_state: state } = node;
  const refused = (detail: string) =>
    new ProviderError(`The node can't be ${kind.done}`, {
      detail: `Node ${name ?? uuid} is in state "${state}", and nothing was changed. ${detail}`,
      path: ["node_uuid"],
    });
  if (kind.verb === "service" && state !== "active" && state !== "service failed") {
    throw refused(
      isDeployed(node)
        ? 'Only an active node is serviced: bring it to "active", and apply again.'
        : "Only an active node is serviced: deploy it first (ironic_deployment, with depends_on), or use ironic_node_cleaning_v1.",
    );
  }
  if (kind.verb === "clean" && isDeployed(node)) {
    throw refused(
      "A node in use is not cleaned: use ironic_node_servicing_v1, or destroy its ironic_deployment first.",
    );
  }
  if (kind.verb === "clean" && isBefore(node, "manageable")) {
    throw refused(
      "Ironic has not verified its driver_info yet: set manage = true in its ironic_node_v1, or run `baremetal node manage`.",
    );
  }
  const warning = maintenanceWarning(node);
  if (warning)
    throw new ProviderError(warning.summary, {
      detail: `${warning.detail} Ironic runs no steps until then.`,
      path: ["node_uuid"],
    });
}

/** Sends the request. @returns false when another client was faster, so that the node's state has to be looked at again */
async function begun(
  kind: Kind,
  { client, uuid, signal }: NodeContext,
  { steps, runbook, disableRamdisk }: Work,
  expected: readonly JsonObject[] | undefined,
): Promise<boolean> {
  const named = kind.verb === "clean" ? { cleanSteps: steps } : { serviceSteps: steps };
  try {
    await client.provision(uuid, kind.verb, { signal, runbook, disableRamdisk, ...(steps && named) });
    return true;
  } catch (error) {
    const isLate = error instanceof IronicApiError && error.reason === "state";
    if (!isLate && !isInDoubt(error)) throw error;
    const now = await client.getNode(uuid, { signal });
    if (isUnderWay(kind, now, expected)) return true;
    if (isLate && isBusy(now)) return false;
    throw error;
  }
}

async function ended(kind: Kind, context: NodeContext, work: Work, names: readonly string[]): Promise<NodeState> {
  const { client, uuid, signal } = context;
  const [states, steps] = [progress(context), stepProgress(kind, context, names)];
  const onState = (node: NodeState) => {
    states(node);
    steps.onState(node);
  };
  try {
    return await client.waitForState(uuid, kind.goal, `after ${kind.verb}`, { signal, onState });
  } catch (error) {
    if (!(error instanceof ProvisionError)) throw error;
    const node = await tryGetNode(client, uuid);
    const timedOut = isServicingTimeout(error);
    const advice = timedOut && (await mayRefuseAgent(kind, work, client, signal)) ? LOOKUP_ADVICE : undefined;
    throw failureOf(kind, { error, node, names, seen: steps.seen(), advice });
  }
}

/** Whether the agent has not reached Ironic in time (conductor/utils.cleanup_servicewait_timeout). */
function isServicingTimeout({ lastError }: ProvisionError): boolean {
  return lastError?.includes("Timeout reached while servicing") ?? false;
}

/** Logs each step of a node when it starts, as polls see it, and what ends a hold. */
function stepProgress({ verb, current }: Kind, { log }: NodeContext, names: readonly string[]) {
  let [index, seen, held] = [-1, "", false];
  return {
    onState(node: NodeState): void {
      const name = node.name ?? node.uuid;
      if (isHeld(node) && !held) {
        log.warn(`node ${name}: a hold step waits until \`baremetal node unhold ${name}\` ends it`, {
          node: node.uuid,
        });
      }
      held = isHeld(node);
      const step = node[current];
      if (!step?.interface || stepName(step) === seen) return;
      seen = stepName(step);
      const at = names.indexOf(seen, index + 1);
      if (at >= 0) index = at;
      const place = at < 0 ? "" : ` (${at + 1} of ${names.length})`;
      log.info(`node ${name}: ${verb} step ${seen}${place}`, { node: node.uuid, step: seen });
    },
    seen: () => ({ step: seen || undefined, index }),
  };
}
