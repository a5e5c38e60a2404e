import {
  diff,
  type IronicClient,
  type IronicNode,
  isBusy,
  type JsonObject,
  MASK,
  NotFoundError,
  ProvisionError,
} from "../../ironic";
import { isUnknown, type KnownConfig, type PrivateState, ProviderError, unknown } from "../../tfplugin";
import { type NodeContext, progress, undeploy } from "../node/lifecycle";
import { PULL_SECRET } from "../node/private-state";
import { ignoreNotFound } from "../node/resource";
import { resource } from "../plugin";
import { CAPABILITIES } from "../shared/capabilities";
import {
  clearImported,
  isImported,
  markApplied,
  markImported,
  upgradeLegacyState,
  wasAppliedHere,
} from "../shared/legacy-state";
import { nodeUuid, sameNode } from "../shared/node-reference";
import { TAINTED, withTimeout } from "../shared/timeouts";
import {
  isEmpty,
  keep,
  knownMap,
  planned as plannedOwn,
  sameMap,
  type TextMap,
  without,
  withoutNulls,
} from "../shared/values";
import { attempt, stateAfter } from "./attempt";
import { changes, deploysTheSame } from "./changes";
import { configDrive } from "./config-drive";
import { checkDiskFormat, withDiskFormat, withoutEmptyDiskFormat } from "./disk-format";
import { requirePinned } from "./image-source";
import { allInstanceInfo, instanceInfoToSend, readInstanceInfo } from "./instance-info";
import {
  CONFIG_DRIVE,
  DEPLOYMENT_TIMEOUTS,
  type DeploymentPlanned,
  type DeploymentSchema,
  type DeploymentState,
  deploymentSchema,
} from "./schema";
import { type ServerOverrides, serverOverrides } from "./server-overrides";
import { warnAtPlan } from "./warnings";

/** What the user alone says. */
const OWN = ["name", "deploy_steps", ...CONFIG_DRIVE] as const;

/** States in which a node has something deployed, or is on its way there. */
const DEPLOYED_STATES = new Set([
  ...["active", "deploying", "wait call-back", "deploy failed", "deploy hold", "error"],
  ...["rescue", "rescuing", "rescue wait", "rescue failed", "unrescuing", "unrescue failed"],
  ...["servicing", "service wait", "service failed", "service hold"],
]);

/** States in which a deployment that is not this resource's is under way. */
const BEING_DEPLOYED = new Set(["deploying", "wait call-back"]);

/** Names of what an import found masked in `instance_info`: Ironic has something there, and nobody can see what. */
const MASKED = "masked";
/** `instance_info` holds the new image, and Ironic has not accepted its deployment yet: a plan has to go on with that. */
const PENDING = "pending";
/** What Ironic wrote over `instance_info` when it was deployed: see `ServerOverrides`. */
const REWRITTEN = "rewritten";

/** What each argument that is the user's alone holds when it says nothing. */
const NOTHING = {
  ...{ name: "", deploy_steps: "", user_data: "", user_data_url: "", user_data_url_ca_cert: "" },
  ...{ user_data_url_headers: {}, network_data: {}, metadata: {} },
};

export const deployment = resource(deploymentSchema, {
  upgrade: ({ state }) => upgradeLegacyState(deploymentSchema, state, NOTHING) as never,

  validate({ config, diagnostics }) {
    const { instance_info: info, image_pull_secret_wo: secret, image_pull_secret_wo_version: version } = config;
    if (secret !== null && version === null) {
      const detail =
        "Nobody can see whether a write-only value changed. Set image_pull_secret_wo_version = 1, and raise it with each new value.";
      diagnostics.error("image_pull_secret_wo without a version", { detail, path: ["image_pull_secret_wo"] });
    }
    if (info === null || isUnknown(info)) return;
    if (!isUnknown(config.allow_tag)) requirePinned(info, config.allow_tag);
    checkDiskFormat(info);
  },

  async plan({ config, state, planned, client: session, signal, privateState, diagnostics, requireReplace }) {
    const own = OWN.map((name) => [name, plannedOwn(config[name] as never, state?.[name] as never)]);
    const plan = { ...planned, ...Object.fromEntries(own) } as typeof planned;
    const { node_uuid: node } = config;
    const warn = (rebuild: boolean) => {
      const configured = isUnknown(plan.instance_info) ? null : plan.instance_info;
      const deployment = { info: configured, node: isUnknown(node) ? undefined : node, rebuild };
      const connect = (limited: AbortSignal) => session.ironic(limited);
      return warnAtPlan(deployment, connect, (url) => session.warnedOfMemory.has(url), signal, diagnostics);
    };
    if (state === null) {
      await warn(false);
      return plan;
    }
    const imported = isImported(privateState);
    const info = knownMap(plan.instance_info);
    const same =
      !imported &&
      info &&
      (deploysTheSame(info, state.instance_info) ||
        (!wasAppliedHere(privateState) && (await onlyForgotten(info, state, () => session.ironic(signal)))));
    const elsewhere =
      typeof node !== "string" ||
      (node !== state.node_uuid && !(await sameNode(await session.ironic(signal), node, state.node_uuid, signal)));
    const kept = {
      ...plan,
      ...(same && { instance_info: state.instance_info }),
      ...(!elsewhere && { node_uuid: state.node_uuid }),
    };
    const changed = changes(kept, state, maskedAtImport(privateState));
    if (config.on_change === "replace") {
      for (const name of changed) requireReplace([name]);
    }
    // Whatever changes, the image is deployed anew.
    if (changed.length > 0) await warn(true);
    // The last attempt ended in failure, or somebody undid half of it: this one goes on from there.
    const unfinished = privateState.get(PENDING) === true || isUnfinished(state);
    return unfinished ? { ...kept, provision_state: unknown, last_error: unknown } : kept;
  },

  async create({ planned, config, client: session, signal, log, save, diagnostics, privateState }) {
    checkImage(planned);
    return withTimeout(
      signal,
      planned.timeouts?.create,
      DEPLOYMENT_TIMEOUTS.create,
      "The deployment",
      async (limited) => {
        const client = await session.ironic(limited);
        markApplied(privateState);
        const drive = await configDrive(planned, limited);
        const before = await client.getNode(planned.node_uuid, { signal: limited });
        // Named or not: whoever waits for it, waits for its UUID.
        const machine: NodeContext = { client, uuid: before.uuid, signal: limited, log };
        if (before.provision_state === "active") throw alreadyDeployed(before);
        if (BEING_DEPLOYED.has(before.provision_state)) throw beingDeployed(before);
        const how = { anew: true, record: undefined, driveGone: false };
        const node = await writeInstanceInfo(machine, before, planned, null, config, how);
        save(stateAfter(node, planned));
        const run = { machine, planned, node, save, diagnostics, signal };
        const { now, interrupted } = await attempt(run, () => deploy(machine, planned, drive, node));
        if (!interrupted) recordServerOverrides(privateState, planned, now);
        return stateAfter(now, planned);
      },
      TAINTED,
    );
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    let node: IronicNode;
    try {
      node = await client.readNode(state.id, { signal });
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
    if (!DEPLOYED_STATES.has(node.provision_state)) return null;
    const imported = isImported(privateState) && state.instance_info === null;
    // What was interrupted has ended well meanwhile: no apply follows that would note this.
    const ended = isUnfinished(state) && node.provision_state === "active";
    if (ended && wasAppliedHere(privateState) && recordOf(privateState) === undefined) {
      recordServerOverrides(privateState, state, node);
    }
    return {
      ...state,
      id: node.uuid,
      node_uuid: state.node_uuid ?? node.uuid,
      instance_info: imported
        ? allInstanceInfo(node.instance_info)
        : readInstanceInfo(state.instance_info ?? {}, node.instance_info, recordOf(privateState)),
      provision_state: node.provision_state,
      last_error: keep(state.last_error, node.last_error),
    };
  },

  async update({ planned, config, state, client: session, signal, log, save, diagnostics, privateState }) {
    checkImage(planned);
    return withTimeout(signal, planned.timeouts?.update, DEPLOYMENT_TIMEOUTS.update, "The rebuild", async (limited) => {
      const client = await session.ironic(limited);
      // The old provider's ID is the node's name, where that is what it was told.
      const uuid = await nodeUuid(client, state.id, limited);
      const machine: NodeContext = { client, uuid, signal: limited, log };
      const imported = isImported(privateState);
      const changed = changes(planned, state, maskedAtImport(privateState));
      const pending = privateState.get(PENDING) === true || changed.length > 0;
      const drive = pending || isUnfinished(state) ? await configDrive(planned, limited) : undefined;
      await client.settled(uuid, { signal: limited, onState: progress(machine) });
      const before = await client.getNode(uuid, { signal: limited });
      const active = before.provision_state === "active";
      // An attempt that was interrupted may have ended well meanwhile.
      const anew = pending || (isUnfinished(state) && !active);
      // Only then state says all that was sent.
      if (changed.includes("instance_info")) markApplied(privateState);
      if (pending) privateState.set(PENDING, true);
      const said = imported ? { ...state, instance_info: {} } : state;
      // Ironic rebuilds with the config drive that it has, unless it is given another one or has none any more.
      const driveGone = drive === undefined && CONFIG_DRIVE.some((name) => changed.includes(name));
      const how = { anew, record: recordOf(privateState), driveGone };
      const node = await writeInstanceInfo(machine, before, planned, said, config, how);
      const accepted = () => {
        privateState.delete(PENDING);
        privateState.delete(MASKED);
        clearImported(privateState);
      };
      if (anew) privateState.delete(REWRITTEN);
      else {
        accepted();
        recordServerOverrides(privateState, planned, node);
        return stateAfter(node, planned);
      }
      const run = { machine, planned, node, save, diagnostics, signal };
      const { now, interrupted } = await attempt(run, () =>
        active ? rebuild(machine, planned, drive, accepted) : deploy(machine, planned, drive, node),
      );
      if (!interrupted) {
        accepted();
        recordServerOverrides(privateState, planned, now);
      } else if (!active && (isBusy(now) || now.provision_state === "active")) {
        // From any other state than active, only what was just written can be under way or done.
        accepted();
      }
      return stateAfter(now, planned);
    });
  },

  async delete({ state, client: session, signal, log }) {
    await withTimeout(
      signal,
      state.timeouts?.delete,
      DEPLOYMENT_TIMEOUTS.delete,
      "Undeploying the node",
      async (limited) => {
        const client = await session.ironic(limited);
        await ignoreNotFound(async () => {
          const uuid = await nodeUuid(client, state.id, limited);
          await undeploy({ client, uuid, signal: limited, log });
        });
      },
    );
  },

  /** By the node's UUID or name. */
  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const node = await client.getNode(id, { signal });
    if (!DEPLOYED_STATES.has(node.provision_state)) {
      throw new ProviderError("Nothing is deployed on this node", {
        detail: `Node ${node.name ?? node.uuid} is in state "${node.provision_state}": there is no deployment to import.`,
      });
    }
    markApplied(privateState);
    markImported(privateState);
    const info = Object.entries(node.instance_info);
    privateState.set(
      MASKED,
      info.flatMap(([key, value]) => (value === MASK ? [key] : [])),
    );
    return { id: node.uuid, node_uuid: node.uuid };
  },
});

/**
 * The old provider sent `capabilities` and lost them on the way to state, and would have deployed anew for ever after. Whether
 * Ironic has what is said is Ironic's to tell.
 */
async function onlyForgotten(
  info: TextMap,
  state: DeploymentState,
  connect: () => Promise<IronicClient>,
): Promise<boolean> {
  const { [CAPABILITIES]: said, ...others } = info;
  if (said === undefined || Object.hasOwn(state.instance_info, CAPABILITIES)) return false;
  if (!sameMap(others, state.instance_info)) return false;
  const { instance_info: now } = await (await connect()).getNode(state.id);
  return readInstanceInfo({ [CAPABILITIES]: said }, now, undefined)[CAPABILITIES] === said;
}

function recordOf(privateState: PrivateState): ServerOverrides | undefined {
  return privateState.get(REWRITTEN) as ServerOverrides | undefined;
}

/** What an import could not read of `instance_info`; undefined once it was applied, or where there was none. */
function maskedAtImport(privateState: PrivateState): readonly string[] | undefined {
  if (!isImported(privateState)) return undefined;
  const keys = privateState.get(MASKED);
  return Array.isArray(keys) ? keys.map(String) : [];
}

function recordServerOverrides(
  privateState: PrivateState,
  { instance_info }: { readonly instance_info: unknown },
  { instance_info: now }: IronicNode,
): void {
  const said = withoutNulls((instance_info ?? {}) as TextMap);
  privateState.set(REWRITTEN, serverOverrides(said, readInstanceInfo(said, now, {}), now));
}

/**
 * Refuses an image that would not be deployed as it is configured, before anything is changed for it.
 * @throws {ProviderError}
 */
function checkImage({ instance_info, allow_tag }: DeploymentPlanned): void {
  const info = withoutNulls(instance_info as TextMap);
  requirePinned(info, allow_tag);
  checkDiskFormat(info);
}

/** States that an attempt left behind. A node in rescue or service is where somebody wants it. */
const UNFINISHED = new Set(["deploying", "wait call-back", "deploy hold", "deploy failed", "error"]);

function isUnfinished({ provision_state }: Pick<DeploymentState, "provision_state">): boolean {
  return provision_state !== null && UNFINISHED.has(provision_state);
}

async function writeInstanceInfo(
  { client, signal }: NodeContext,
  node: IronicNode,
  planned: DeploymentPlanned,
  state: DeploymentState | null,
  config: KnownConfig<DeploymentSchema>,
  how: { readonly anew: boolean; readonly record: ServerOverrides | undefined; readonly driveGone: boolean },
): Promise<IronicNode> {
  const { image_pull_secret_wo: secret, image_pull_secret_wo_version: version } = config;
  const configured = withoutEmptyDiskFormat(planned.instance_info as TextMap);
  const prior = state && withoutEmptyDiskFormat(state.instance_info);
  const said = how.anew ? withDiskFormat(withoutNulls(configured), node) : configured;
  const wanted = instanceInfoToSend(said, node.instance_info, prior, how);
  // While the version is the same, nobody need give the secret again: an ephemeral variable may well be unset by then.
  const was = state?.image_pull_secret_wo_version ?? null;
  // A secret that Ironic lost, such as by an undeployment, is sent again with whatever is deployed: the image needs it.
  const missing = how.anew && !Object.hasOwn(node.instance_info, PULL_SECRET);
  const rotated = secret !== null && (version !== was || missing);
  const removed = secret === null && was !== null && version !== was;
  const ironics = how.driveGone && !Object.hasOwn(said, "configdrive") ? ["configdrive"] : [];
  const { [PULL_SECRET]: held, ...others } = without(wanted, ironics);
  const instance_info: JsonObject = {
    ...others,
    ...(rotated ? { [PULL_SECRET]: secret } : removed || held === undefined ? {} : { [PULL_SECRET]: held }),
  };
  return client.patchNode(node.uuid, diff({ instance_info: node.instance_info }, { instance_info }), { signal });
}

/** From wherever the node is to `active`. What an earlier attempt left half done is done again from its start. */
async function deploy(
  machine: NodeContext,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  from: IronicNode,
): Promise<void> {
  const { client, uuid, signal } = machine;
  const active = { ...(drive && { configdrive: drive }), ...steps(planned) };
  await client.bring(uuid, "active", {
    signal,
    onState: progress(machine),
    through: { active, rebuild: active },
    from,
  });
}

/**
 * In place: the node stays allocated, and its image and config drive are new.
 * @param accepted called once Ironic is at it
 */
async function rebuild(
  machine: NodeContext,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  accepted: () => void,
): Promise<void> {
  const { client, uuid, signal } = machine;
  await client.provision(uuid, "rebuild", { signal, ...(drive && { configdrive: drive }), ...steps(planned) });
  accepted();
  const node = await client.settled(uuid, { signal, onState: progress(machine) });
  if (node.provision_state === "active") return;
  throw new ProvisionError(
    node.name ?? uuid,
    node.provision_state,
    node.last_error ?? undefined,
    "active, by a rebuild",
  );
}

function steps({ deploy_steps: text }: DeploymentPlanned): { readonly deploySteps?: readonly JsonObject[] } {
  return isEmpty(text) ? {} : { deploySteps: JSON.parse(text as string) as JsonObject[] };
}

function alreadyDeployed(node: IronicNode): ProviderError {
  return new ProviderError("Something is deployed on this node already", {
    detail: `Node ${node.name ?? node.uuid} is active. Import the deployment (terraform import ironic_deployment.NAME ${node.uuid}), or undeploy the node first.`,
    path: ["node_uuid"],
  });
}

function beingDeployed({ name, uuid, provision_state }: IronicNode): ProviderError {
  return new ProviderError("The node is being deployed already", {
    detail: `Node ${name ?? uuid} is in state "${provision_state}": somebody else deploys it, and nothing was changed. Wait for the end of that; to manage that deployment here, run \`terraform import ADDRESS ${uuid}\` with the resource's address.`,
    path: ["node_uuid"],
  });
}
