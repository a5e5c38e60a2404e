import { type IronicClient, type IronicNode, isDeploymentUnfinished, type JsonObject } from "../../ironic";
import {
  type Config,
  type Diagnostics,
  isUnknown,
  type Path,
  type Plan,
  type PrivateState,
  ProviderError,
  unknown,
} from "../../tfplugin";
import type { Session } from "../session";
import { CAPABILITIES } from "../shared/capabilities";
import { isImported, wasAppliedHere } from "../shared/legacy-state";
import { keptNodeReference } from "../shared/node-reference";
import { deploymentFault, warnOfFlowSteps } from "../shared/steps";
import { typedPaths } from "../shared/typed";
import { unnamedSinceImport, warnOfUnnamed } from "../shared/unnamed";
import { knownMap, sameMap, type TextMap } from "../shared/values";
import { checkCreated, refuseAdoption } from "./adoption";
import { changes, deploysTheSame, unverified } from "./changes";
import { firstDiskWriter, planDiskWriter } from "./disk-writer";
import { readInstanceInfo } from "./instance-info";
import { refuseProtectedRebuild, warnOfMaintenance } from "./node-conflicts";
import { importFacts, isPending } from "./private-state";
import { refuseRebuild } from "./protection";
import type { DeploymentSchema, DeploymentState } from "./schema";
import { type PlannedDeployment, warnAtPlan } from "./warnings";

type DeploymentPlan = Plan<DeploymentSchema>;

interface PlanCall {
  readonly config: Config<DeploymentSchema>;
  readonly state: DeploymentState | null;
  readonly planned: DeploymentPlan;
  readonly client: Session;
  readonly signal: AbortSignal;
  readonly privateState: PrivateState;
  readonly diagnostics: Diagnostics;
  requireReplace(path: Path): void;
}

/** The plan of a deployment, from the one that follows from the schema. */
export async function planDeployment(call: PlanCall): Promise<DeploymentPlan> {
  const { config, state, planned, privateState } = call;
  const { plannedNodes } = call.client;
  if (state === null) {
    await planFirst(call);
    return { ...planned, disk_written_by: isUnknown(config.adopt) ? unknown : firstDiskWriter(config.adopt) };
  }
  const node_uuid = await keptNodeReference(call.client, config.node_uuid, state.node_uuid, call.signal, state.id);
  const kept = {
    ...planned,
    ...((await isSameInfo(call, state)) && { instance_info: state.instance_info }),
    ...(node_uuid !== undefined && { node_uuid }),
  };
  const freeForm = { names: ["instance_info"], elsewhere: typedPaths(["instance_info"], config) };
  warnOfUnnamed(kept, state, unnamedSinceImport(privateState), freeForm, call.diagnostics);
  const imported = importFacts(privateState);
  const changed = changes(kept, state, imported);
  if (imported !== undefined) warnOfUnreadable(call, kept, state, changed, unverified(kept, state.id, imported));
  refuseRebuild(kept, state, changed);
  const node = plannedNodes.find(state.id);
  if (kept.protected === true) plannedNodes.protectedByDeployment(state.id);
  if (config.on_change === "replace") {
    for (const name of changed) call.requireReplace([name]);
  }
  // Any of these changes deploys the image again.
  if (changed.length > 0) {
    checkDeploySteps(kept, call.diagnostics);
    const found = await warn(call, "rebuild");
    refuseProtectedRebuild(kept, state, changed, node, found);
    warnOfMaintenance(state.id, plannedNodes, call.diagnostics);
  }
  // The last attempt failed, or was undone in part: an update continues with it.
  const unfinished = isPending(privateState) || isDeploymentUnfinished(state);
  const plan = { ...kept, disk_written_by: planDiskWriter({ planned: kept, state, changed, imported }, unfinished) };
  return unfinished || changed.length > 0 ? { ...plan, provision_state: unknown, last_error: unknown } : plan;
}

/** Checks a new deployment, or an adoption, against its node and the plan of that. */
async function planFirst(call: PlanCall): Promise<void> {
  const { config, planned, client, diagnostics } = call;
  const { plannedNodes } = client;
  const reference = isUnknown(config.node_uuid) ? undefined : config.node_uuid;
  const adopts = config.adopt === true;
  if (!adopts) checkDeploySteps(planned, call.diagnostics);
  const found = await warn(call, adopts ? "adopt" : "deploy");
  const known = found?.uuid ?? reference;
  if (planned.protected === true) plannedNodes.protectedByDeployment(known);
  if (!adopts) warnOfMaintenance(known, plannedNodes, diagnostics);
  else if (known === undefined) checkCreated(plannedNodes, diagnostics);
  else refuseAdoption(found, plannedNodes.find(known));
}

/**
 * Refuses to deploy with steps with which every deployment fails, and warns of those that do not run. A plan that deploys nothing leaves them alone.
 * @throws {ProviderError}
 */
function checkDeploySteps({ deploy_steps: text }: DeploymentPlan, diagnostics: Diagnostics): void {
  if (isUnknown(text) || text === null || text === "") return;
  const steps = JSON.parse(text) as JsonObject[];
  warnOfFlowSteps(steps, { where: "deploy steps", path: ["deploy_steps"], diagnostics });
  const fault = deploymentFault(steps);
  if (fault === undefined) return;
  const detail = `Ironic fails each deployment with these steps: ${fault}.`;
  throw new ProviderError("deploy_steps can't be run", { detail, path: ["deploy_steps"] });
}

/** Warns after an import of what the plan of an update does not show: whether it rebuilds the node. */
function warnOfUnreadable(
  { diagnostics }: PlanCall,
  kept: DeploymentPlan,
  { node_uuid }: DeploymentState,
  changed: readonly string[],
  unverified: readonly string[],
): void {
  if (changed.length > 0) {
    if (kept.on_change === "replace") return;
    const detail = `${changed.join(", ")} differ from what is deployed on node ${node_uuid}, which was imported: the apply rebuilds the node. To keep what is deployed, remove ${changed.length > 1 ? "them" : "it"} from the configuration, or list ${changed.length > 1 ? "them" : "it"} in lifecycle.ignore_changes.`;
    diagnostics.warning("The apply rebuilds the imported node", { detail });
  }
  if (unverified.length === 0) return;
  const detail = `Another client has deployed node ${node_uuid}, and Ironic does not show its config drive and deploy steps: ${unverified.join(", ")} may be what is deployed. The apply stores the values in state and does not rebuild the node; later changes rebuild it. To deploy them now, apply with -replace=ADDRESS and the resource's address.`;
  diagnostics.warning("The import can't compare these arguments", { detail, path: [unverified[0] ?? ""] });
}

function warn(
  { config, planned, client: session, signal, diagnostics }: PlanCall,
  action: PlannedDeployment["action"],
): Promise<IronicNode | undefined> {
  const { node_uuid: node } = config;
  const deployment = {
    info: isUnknown(planned.instance_info) ? null : planned.instance_info,
    node: isUnknown(node) ? undefined : node,
    action,
  };
  const connect = (limited: AbortSignal) => session.ironic(limited);
  return warnAtPlan(deployment, connect, session, signal, diagnostics);
}

/** Whether the planned `instance_info` deploys the same as that in state. After an import, `changes` decides that. */
async function isSameInfo(
  { planned, client: session, signal, privateState }: PlanCall,
  state: DeploymentState,
): Promise<boolean> {
  const info = knownMap(planned.instance_info);
  if (!info || isImported(privateState)) return false;
  if (deploysTheSame(info, state.instance_info)) return true;
  return !wasAppliedHere(privateState) && lacksOnlyCapabilities(info, state, () => session.ironic(signal), signal);
}

/**
 * Whether a state of `openshift-metal3/ironic` differs in `capabilities` only, and Ironic has the configured ones. That provider sent
 * them and did not store them in state, so that every plan would redeploy.
 */
async function lacksOnlyCapabilities(
  info: TextMap,
  state: DeploymentState,
  connect: () => Promise<IronicClient>,
  signal: AbortSignal,
): Promise<boolean> {
  const { [CAPABILITIES]: configured, ...others } = info;
  if (configured === undefined || Object.hasOwn(state.instance_info, CAPABILITIES)) return false;
  if (!sameMap(others, state.instance_info)) return false;
  const { instance_info: now } = await (await connect()).getNode(state.id, { signal });
  return readInstanceInfo({ [CAPABILITIES]: configured }, now, undefined)[CAPABILITIES] === configured;
}
