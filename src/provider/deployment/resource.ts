import {
  diff,
  type IronicClient,
  type IronicNode,
  isBeingDeployed,
  isBusy,
  isDeployed,
  isDeploymentUnfinished,
  type JsonObject,
  MASK,
  NotFoundError,
  ProvisionError,
} from "../../ironic";
import { isUnknown, type KnownConfig, type PrivateState, ProviderError, unknown } from "../../tfplugin";
import { CAPABILITIES } from "../capabilities";
import { PULL_SECRET } from "../node/hidden";
import { type Machine, progress, undeploy } from "../node/lifecycle";
import { nodeUuid, sameNode } from "../node/reference";
import { goneIsFine } from "../node/resource";
import { adopt, isImported, isOurs, markApplied, markImported, markOurs } from "../origin";
import { resource } from "../plugin";
import { TAINTED, within } from "../timeouts";
import {
  isEmpty,
  keep,
  knownMap,
  planned as plannedOwn,
  sameMap,
  type TextMap,
  without,
  withoutNulls,
} from "../values";
import { attempt, stateAfter } from "./attempt";
import { changes, deploysTheSame } from "./changes";
import { configDrive } from "./config-drive";
import { checkDiskFormat, withDiskFormat, withoutEmptyDiskFormat } from "./disk-format";
import { requirePinned } from "./image-source";
import { allInstanceInfo, instanceInfoToSend, readInstanceInfo } from "./instance-info";
import { type Rewritten, rewritten } from "./rewritten";
import {
  CONFIG_DRIVE,
  type DeploymentPlanned,
  type DeploymentSchema,
  type DeploymentState,
  deploymentSchema,
} from "./schema";
import { warnAtPlan } from "./warnings";

/** What the user alone says. */
const OWN = ["name", "deploy_steps", ...CONFIG_DRIVE] as const;

/** Names of what an import found masked in `instance_info`: Ironic has something there, and nobody can see what. */
const MASKED = "masked";
/** `instance_info` holds the new image, and Ironic has not accepted its deployment yet: a plan has to go on with that. */
const PENDING = "pending";
/** What Ironic wrote over `instance_info` when it was deployed: see `Rewritten`. */
const REWRITTEN = "rewritten";

/** What each argument that is the user's alone holds when it says nothing. */
const NOTHING = {
  ...{ name: "", deploy_steps: "", user_data: "", user_data_url: "", user_data_url_ca_cert: "" },
  ...{ user_data_url_headers: {}, network_data: {}, metadata: {} },
};

export const deployment = resource(deploymentSchema, {
  upgrade: ({ state }) => adopt(deploymentSchema, state, NOTHING) as never,

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
        (!isOurs(privateState) && (await onlyForgotten(info, state, () => session.ironic(signal)))));
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
    const unfinished = privateState.get(PENDING) === true || isDeploymentUnfinished(state);
    return unfinished ? { ...kept, provision_state: unknown, last_error: unknown } : kept;
  },

  async create({ planned, config, client: session, signal, log, save, diagnostics, privateState }) {
    checkImage(planned);
    return within(
      signal,
      planned.timeouts?.create,
      "120m",
      "The deployment",
      async (limited) => {
        const client = await session.ironic(limited);
        markOurs(privateState);
        const drive = await configDrive(planned, limited);
        const before = await client.getNode(planned.node_uuid, { signal: limited });
        // Named or not: whoever waits for it, waits for its UUID.
        const machine: Machine = { client, uuid: before.uuid, signal: limited, log };
        if (before.provision_state === "active") throw alreadyDeployed(before);
        if (isBeingDeployed(before)) throw beingDeployed(before);
        const how = { anew: true, record: undefined, driveGone: false };
        const node = await writeInstanceInfo(machine, before, planned, null, config, how);
        save(stateAfter(node, planned));
        const run = { machine, planned, node, save, diagnostics, signal };
        const { now, interrupted } = await attempt(run, () => deploy(machine, planned, drive, node));
        if (!interrupted) remember(privateState, planned, now);
        return stateAfter(now, planned);
      },
      TAINTED,
    );
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    let node: IronicNode;
    try {
      node = await client.getNode(state.id, { signal });
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
    if (!isDeployed(node)) return null;
    const imported = isImported(privateState) && state.instance_info === null;
    // What was interrupted has ended well meanwhile: no apply follows that would note this.
    const ended = isDeploymentUnfinished(state) && node.provision_state === "active";
    if (ended && isOurs(privateState) && recordOf(privateState) === undefined) {
      remember(privateState, state, node);
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
    return within(signal, planned.timeouts?.update, "120m", "The rebuild", async (limited) => {
      const client = await session.ironic(limited);
      // The old provider's ID is the node's name, where that is what it was told.
      const uuid = await nodeUuid(client, state.id, limited);
      const machine: Machine = { client, uuid, signal: limited, log };
      const imported = isImported(privateState);
      const changed = changes(planned, state, maskedAtImport(privateState));
      const pending = privateState.get(PENDING) === true || changed.length > 0;
      const drive = pending || isDeploymentUnfinished(state) ? await configDrive(planned, limited) : undefined;
      await client.waitUntilIdle(uuid, { signal: limited, onState: progress(machine) });
      const before = await client.getNode(uuid, { signal: limited });
      const active = before.provision_state === "active";
      // An attempt that was interrupted may have ended well meanwhile.
      const anew = pending || (isDeploymentUnfinished(state) && !active);
      // Only then state says all that was sent.
      if (changed.includes("instance_info")) markOurs(privateState);
      if (pending) privateState.set(PENDING, true);
      const said = imported ? { ...state, instance_info: {} } : state;
      // Ironic rebuilds with the config drive that it has, unless it is given another one or has none any more.
      const driveGone = drive === undefined && CONFIG_DRIVE.some((name) => changed.includes(name));
      const how = { anew, record: recordOf(privateState), driveGone };
      const node = await writeInstanceInfo(machine, before, planned, said, config, how);
      const accepted = () => {
        privateState.delete(PENDING);
        privateState.delete(MASKED);
        markApplied(privateState);
      };
      if (anew) privateState.delete(REWRITTEN);
      else {
        accepted();
        remember(privateState, planned, node);
        return stateAfter(node, planned);
      }
      const run = { machine, planned, node, save, diagnostics, signal };
      const { now, interrupted } = await attempt(run, () =>
        active ? rebuild(machine, planned, drive, accepted) : deploy(machine, planned, drive, node),
      );
      if (!interrupted) {
        accepted();
        remember(privateState, planned, now);
      } else if (!active && (isBusy(now) || now.provision_state === "active")) {
        // From any other state than active, only what was just written can be under way or done.
        accepted();
      }
      return stateAfter(now, planned);
    });
  },

  async delete({ state, client: session, signal, log }) {
    await within(signal, state.timeouts?.delete, "120m", "Undeploying the node", async (limited) => {
      const client = await session.ironic(limited);
      await goneIsFine(async () => {
        const uuid = await nodeUuid(client, state.id, limited);
        await undeploy({ client, uuid, signal: limited, log });
      });
    });
  },

  /** By the node's UUID or name. */
  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const node = await client.getNode(id, { signal });
    if (!isDeployed(node)) {
      throw new ProviderError("Nothing is deployed on this node", {
        detail: `Node ${node.name ?? node.uuid} is in state "${node.provision_state}": there is no deployment to import.`,
      });
    }
    markOurs(privateState);
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

function recordOf(privateState: PrivateState): Rewritten | undefined {
  return privateState.get(REWRITTEN) as Rewritten | undefined;
}

/** What an import could not read of `instance_info`; undefined once it was applied, or where there was none. */
function maskedAtImport(privateState: PrivateState): readonly string[] | undefined {
  if (!isImported(privateState)) return undefined;
  const keys = privateState.get(MASKED);
  return Array.isArray(keys) ? keys.map(String) : [];
}

function remember(
  privateState: PrivateState,
  { instance_info }: { readonly instance_info: unknown },
  { instance_info: now }: IronicNode,
): void {
  const said = withoutNulls((instance_info ?? {}) as TextMap);
  privateState.set(REWRITTEN, rewritten(said, readInstanceInfo(said, now, {}), now));
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

async function writeInstanceInfo(
  { client, signal }: Machine,
  node: IronicNode,
  planned: DeploymentPlanned,
  state: DeploymentState | null,
  config: KnownConfig<DeploymentSchema>,
  how: { readonly anew: boolean; readonly record: Rewritten | undefined; readonly driveGone: boolean },
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
  machine: Machine,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  from: IronicNode,
): Promise<void> {
  const { client, uuid, signal } = machine;
  const active = { ...(drive && { configdrive: drive }), ...steps(planned) };
  await client.moveTo(uuid, "active", {
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
  machine: Machine,
  planned: DeploymentPlanned,
  drive: JsonObject | undefined,
  accepted: () => void,
): Promise<void> {
  const { client, uuid, signal } = machine;
  await client.provision(uuid, "rebuild", { signal, ...(drive && { configdrive: drive }), ...steps(planned) });
  accepted();
  const node = await client.waitUntilIdle(uuid, { signal, onState: progress(machine) });
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
