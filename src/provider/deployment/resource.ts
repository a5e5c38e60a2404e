import { type IronicClient, type IronicNode, isBusy, isDeployed, isDeploymentUnfinished } from "../../ironic";
import { isUnknown, ProviderError } from "../../tfplugin";
import { resource } from "../plugin";
import { claimsOf, ended, keptWarning } from "../shared/claims";
import { isHeldByAnother, recordHolder } from "../shared/holder";
import { isImported, markApplied, upgradeLegacyState, wasAppliedHere } from "../shared/legacy-state";
import { nodeUuid } from "../shared/node-reference";
import { ignoreNotFound, nullIfNotFound } from "../shared/not-found";
import { isTag, refuseFaults, reportFaults } from "../shared/oci-references";
import { type NodeContext, progress, undeploy } from "../shared/provisioning";
import { checkReasons } from "../shared/reasons";
import { checkSetTwice, freeFormSources } from "../shared/set-twice";
import { withTimeout } from "../shared/timeouts";
import { withoutNulls } from "../shared/values";
import { requireVersion } from "../shared/write-only";
import { adopt, adoptableNode, checkAdoption } from "./adoption";
import { attempt, stateAfter, warnUnfinished } from "./attempt";
import { changes } from "./changes";
import { configDrive } from "./config-drive";
import { checkDiskFormat } from "./disk-format";
import { diskWriterAfter, firstDiskWriter } from "./disk-writer";
import { patchInstanceInfo } from "./fields";
import { deployFirst } from "./first-deployment";
import { allInstanceInfo, readInstanceInfo, readTypedInfo, wholeInfo } from "./instance-info";
import { deploy, rebuild, requireUndeployed } from "./lifecycle";
import { markOf, wasAccepted, wasDeployed } from "./mark";
import { planDeployment } from "./plan";
import {
  forgetServerOverrides,
  importFacts,
  isPending,
  markAccepted,
  markDeploymentImported,
  markPending,
  recordedOverrides,
  recordServerOverrides,
} from "./private-state";
import { protecting, readProtection, unprotect } from "./protection";
import { deploymentFaults } from "./references";
import { CONFIG_DRIVE, DEPLOYMENT_TIMEOUTS, type DeploymentPlanned, deploymentSchema, LEGACY_UNSET } from "./schema";
import { hasMark, removeMark } from "./unfinished";

export const deployment = resource(deploymentSchema, {
  upgrade: ({ state }) => upgradeLegacyState(deploymentSchema, state, LEGACY_UNSET),

  validate({ config, diagnostics }) {
    requireVersion(config, ["image_pull_secret_wo"], diagnostics);
    checkReasons(config, ["protected"], diagnostics);
    checkAdoption(config, diagnostics);
    for (const name of ["instance_info", "metadata"]) checkSetTwice(freeFormSources(name, config), diagnostics);
    reportFaults(deploymentFaults(config), config.allow_tag, diagnostics);
    const { instance_info: info } = config;
    if (info !== null && !isUnknown(info)) checkDiskFormat(info);
  },

  plan: planDeployment,

  async create({ planned: plan, config, client: session, signal, log, diagnostics, privateState }) {
    checkImage(plan);
    const planned = { ...plan, disk_written_by: firstDiskWriter(plan.adopt) };
    const limit = planned.timeouts?.create;
    return withTimeout(signal, limit, DEPLOYMENT_TIMEOUTS.create, "The deployment", async (limited) => {
      const client = await session.ironic(limited);
      markApplied(privateState);
      if (planned.adopt === true) {
        const found = await adoptableNode(client, planned.node_uuid, limited);
        const context: NodeContext = { client, uuid: found.uuid, signal: limited, log };
        const now = await adopt({ context, planned, config, diagnostics }, found);
        recordHolder(privateState, now.instance_info);
        recordServerOverrides(privateState, wholeInfo(planned), now);
        return stateAfter(now, planned);
      }
      const drive = await configDrive(planned, limited);
      const node = await undeployedNode(client, planned.node_uuid, limited);
      // `node_uuid` may be a name; the watcher matches UUIDs only.
      const context: NodeContext = { client, uuid: node.uuid, signal: limited, log };
      const failed = (last: IronicNode | undefined) => warnUnfinished(last, diagnostics);
      const run = { context, planned, node, diagnostics, signal, failed };
      const { now, interrupted } = await attempt(run, () => deployFirst({ context, planned, config, drive }, node));
      recordHolder(privateState, now.instance_info);
      if (!interrupted) recordServerOverrides(privateState, wholeInfo(planned), now);
      return stateAfter(now, planned);
    });
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const node = await nullIfNotFound(() => client.readNode(state.id, { signal }));
    if (node === null || !isDeployed(node)) return null;
    // A rebuild was killed after it had changed instance_info, and before Ironic accepted it.
    const neverAccepted = node.provision_state === "active" && hasMark(node) && !wasAccepted(node);
    if (neverAccepted) markPending(privateState);
    const imported = isImported(privateState) && state.instance_info === null;
    // An interrupted attempt has succeeded meanwhile. No apply follows that would record the overrides.
    const succeeded = isDeploymentUnfinished(state) && node.provision_state === "active";
    if (succeeded && wasAppliedHere(privateState) && recordedOverrides(privateState) === undefined) {
      recordServerOverrides(privateState, wholeInfo(state), node);
    }
    return {
      ...state,
      id: node.uuid,
      node_uuid: state.node_uuid ?? node.uuid,
      // A generated configuration would be refused without it.
      allow_tag: imported && Object.values(node.instance_info).some(isTag) ? true : state.allow_tag,
      instance_info: imported
        ? allInstanceInfo(node.instance_info)
        : readInstanceInfo(state.instance_info ?? {}, node.instance_info, recordedOverrides(privateState)),
      instance_info_typed: readTypedInfo(
        state.instance_info_typed,
        node.instance_info,
        recordedOverrides(privateState),
      ),
      ...readProtection(node, state),
      provision_state: node.provision_state,
      last_error: node.last_error,
    };
  },

  async update({ planned: plan, config, state, client: session, signal, log, save, diagnostics, privateState }) {
    checkImage(plan);
    const limit = plan.timeouts?.update;
    return withTimeout(signal, limit, DEPLOYMENT_TIMEOUTS.update, "The rebuild", async (limited) => {
      const client = await session.ironic(limited);
      // State of openshift-metal3/ironic has the node's name as ID where the configuration has it.
      const uuid = await nodeUuid(client, state.id, limited);
      const context: NodeContext = { client, uuid, signal: limited, log };
      const imported = importFacts(privateState);
      const changed = changes(plan, state, imported);
      const planned = { ...plan, disk_written_by: diskWriterAfter({ planned: plan, state, changed, imported }) };
      const pending = isPending(privateState) || changed.length > 0;
      const mayRedeploy = pending || isDeploymentUnfinished(state);
      const drive = mayRedeploy ? await configDrive(planned, limited) : undefined;
      await client.waitUntilIdle(uuid, { signal: limited, onState: progress(context) });
      const before = await client.getNode(uuid, { signal: limited });
      await unprotect(client, before, planned, state, limited);
      const active = before.provision_state === "active";
      // An attempt that was interrupted or killed may have succeeded meanwhile.
      const redeploy = hasMark(before)
        ? mayRedeploy && !(await wasDeployed(before, planned, drive))
        : pending || (isDeploymentUnfinished(state) && !active);
      // Only from now on state holds everything that was sent.
      if (changed.includes("instance_info")) markApplied(privateState);
      if (pending) markPending(privateState);
      // An import holds keys that no configuration named before: they are not removed.
      const prior = imported !== undefined ? { ...state, instance_info: {} } : state;
      // Ironic rebuilds with the config drive of the last deployment, unless it gets another one or has none any more.
      const removeConfigDrive = drive === undefined && CONFIG_DRIVE.some((name) => changed.includes(name));
      const mark = redeploy ? await markOf(planned, drive, before) : undefined;
      const change = { redeploy, overrides: recordedOverrides(privateState), removeConfigDrive, mark };
      const node = await patchInstanceInfo(context, before, planned, prior, config, change);
      if (!redeploy) {
        markAccepted(privateState);
        recordServerOverrides(privateState, wholeInfo(planned), node);
        const operations = protecting(node, planned, state);
        if (operations.length > 0) await client.patchNode(uuid, operations, { signal: limited });
        return stateAfter(node, planned);
      }
      forgetServerOverrides(privateState);
      const accepted = () => markAccepted(privateState);
      const failed = (last = node) => save(stateAfter(last, planned));
      const run = { context, planned, node, diagnostics, signal, failed };
      const { now, interrupted } = await attempt(run, async () => {
        await (active ? rebuild(context, planned, drive, accepted) : deploy(context, planned, drive, node));
        return removeMark(context, protecting(node, planned, state));
      });
      if (!interrupted) {
        accepted();
        recordServerOverrides(privateState, wholeInfo(planned), now);
      } else if (!active && (isBusy(now) || now.provision_state === "active")) {
        // From any other state than active, only the deployment of this apply can be in progress or finished.
        accepted();
      }
      return stateAfter(now, planned);
    });
  },

  async delete({ state, client: session, signal, log, diagnostics, privateState }) {
    const limit = state.timeouts?.delete;
    await withTimeout(signal, limit, DEPLOYMENT_TIMEOUTS.delete, "Undeploying the node", async (limited) => {
      const client = await session.ironic(limited);
      await ignoreNotFound(async () => {
        const { uuid, instance_info } = await client.getNode(state.id, { signal: limited });
        if (isHeldByAnother(privateState, instance_info))
          return diagnostics.warning(...keptWarning("deployment", uuid));
        await claimsOf(client).remove(claimOf(uuid), () =>
          undeploy({ client, uuid, signal: limited, log }, diagnostics),
        );
      });
    });
  },

  /** By UUID or name of the node. */
  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const node = await client.getNode(id, { signal });
    if (!isDeployed(node)) throw notDeployed(node);
    markDeploymentImported(privateState, node);
    recordHolder(privateState, node.instance_info);
    return { id: node.uuid, node_uuid: node.uuid };
  },
});

/** What stands for the deployment of a node in the claims of a run: the node itself may have to stay. */
function claimOf(uuid: string): string {
  return `deployment of ${uuid}`;
}

/**
 * The node of a new deployment, after a deployment that this run undeploys.
 * @throws {ProviderError} when another deployment is on the node
 */
async function undeployedNode(client: IronicClient, reference: string, signal: AbortSignal): Promise<IronicNode> {
  const node = await client.getNode(reference, { signal });
  const leaving = claimsOf(client).leaving([claimOf(node.uuid)]);
  if (leaving) {
    await ended(leaving, signal);
    return undeployedNode(client, node.uuid, signal);
  }
  if (!hasMark(node)) requireUndeployed(node);
  return node;
}

/**
 * Refuses an image that would not be deployed as it is configured, before anything is changed for it.
 * @throws {ProviderError}
 */
function checkImage(planned: DeploymentPlanned): void {
  refuseFaults(deploymentFaults(planned), planned.allow_tag);
  checkDiskFormat(withoutNulls(planned.instance_info));
}

function notDeployed({ name, uuid, provision_state }: IronicNode): ProviderError {
  return new ProviderError("Nothing is deployed on this node", {
    detail: `Node ${name ?? uuid} is in state "${provision_state}": there is no deployment to import.`,
  });
}
