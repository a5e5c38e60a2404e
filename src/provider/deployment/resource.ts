import {
  diff,
  type IronicClient,
  type IronicNode,
  type JsonObject,
  MASK,
  NotFoundError,
  ProvisionError,
} from "../../ironic";
import { isUnknown, type KnownConfig, type PrivateState, ProviderError, unknown } from "../../tfplugin";
import { PULL_SECRET } from "../node/hidden";
import { type Machine, progress, undeploy } from "../node/lifecycle";
import { nodeUuid, sameNode } from "../node/reference";
import { goneIsFine } from "../node/resource";
import { adopt, isOurs, markOurs } from "../origin";
import { resource } from "../plugin";
import { within } from "../timeouts";
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
import { configDrive } from "./config-drive";
import { requirePinned } from "./image-source";
import { allInstanceInfo, CAPABILITIES, instanceInfoToSend, readInstanceInfo, sameInfo } from "./instance-info";
import { isComputed, type Rewritten, rewritten } from "./rewritten";
import {
  CONFIG_DRIVE,
  type DeploymentPlanned,
  type DeploymentSchema,
  type DeploymentState,
  deploymentSchema,
} from "./schema";

/** What the user alone says. */
const OWN = ["name", "deploy_steps", ...CONFIG_DRIVE] as const;
/** What a rebuild brings onto the machine. */
const DEPLOYED = ["instance_info", "deploy_steps", ...CONFIG_DRIVE] as const;

/** States in which a node has something deployed, or is on its way there. */
const DEPLOYED_STATES = new Set([
  ...["active", "deploying", "wait call-back", "deploy failed", "deploy hold", "error"],
  ...["rescue", "rescuing", "rescue wait", "rescue failed", "unrescuing", "unrescue failed"],
  ...["servicing", "service wait", "service failed", "service hold"],
]);

/**
 * Facts beside the state. `imported`: not applied since, so that what can't be read back is taken over as it is said.
 * `pending`: Ironic knows the new image and the machine does not run it yet; a plan has to go on with that.
 */
const IMPORTED = "imported";
/** Names of what an import found masked in `instance_info`: Ironic has something there, and nobody can see what. */
const MASKED = "masked";
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
    const source = info === null || isUnknown(info) ? undefined : info.image_source;
    if (typeof source === "string" && !isUnknown(config.allow_tag)) requirePinned(source, config.allow_tag);
  },

  async plan({ config, state, planned, client: session, signal, privateState, requireReplace }) {
    const own = OWN.map((name) => [name, plannedOwn(config[name] as never, state?.[name] as never)]);
    const plan = { ...planned, ...Object.fromEntries(own) } as typeof planned;
    if (state === null) return plan;
    const imported = privateState.get(IMPORTED) === true;
    const info = knownMap(plan.instance_info);
    const same =
      !imported &&
      info &&
      (sameInfo(info, state.instance_info) ||
        (!isOurs(privateState) && (await onlyForgotten(info, state, () => session.ironic(signal)))));
    const { node_uuid: node } = config;
    const elsewhere =
      typeof node !== "string" ||
      (node !== state.node_uuid && !(await sameNode(await session.ironic(signal), node, state.node_uuid, signal)));
    const kept = {
      ...plan,
      ...(same && { instance_info: state.instance_info }),
      ...(!elsewhere && { node_uuid: state.node_uuid }),
    };
    if (config.on_change === "replace") {
      for (const name of changes(kept, state, maskedAtImport(privateState))) requireReplace([name]);
    }
    // The last attempt ended in failure, or somebody undid half of it: this one goes on from there.
    const unfinished = privateState.get(PENDING) === true || isUnfinished(state);
    return unfinished ? { ...kept, provision_state: unknown, last_error: unknown } : kept;
  },

  async create({ planned, config, client: session, signal, log, save, privateState }) {
    requirePinned(withoutNulls(planned.instance_info as TextMap).image_source, planned.allow_tag);
    return within(signal, planned.timeouts?.create, "120m", "The deployment", async (limited) => {
      const client = await session.ironic(limited);
      markOurs(privateState);
      const drive = await configDrive(planned, limited);
      const before = await client.getNode(planned.node_uuid, { signal: limited });
      // Named or not: whoever waits for it, waits for its UUID.
      const machine: Machine = { client, uuid: before.uuid, signal: limited, log };
      if (before.provision_state === "active") throw alreadyDeployed(before);
      const how = { anew: true, record: undefined, driveGone: false };
      const node = await writeInstanceInfo(machine, before, planned, null, config, how);
      save(stateAfter(node, planned));
      await tellingState(machine, planned, save, () => deploy(machine, planned, drive, node));
      const deployed = await client.getNode(node.uuid, { signal: limited });
      remember(privateState, planned, deployed);
      return stateAfter(deployed, planned);
    });
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
    if (!DEPLOYED_STATES.has(node.provision_state)) return null;
    const imported = privateState.get(IMPORTED) === true && state.instance_info === null;
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

  async update({ planned, config, state, client: session, signal, log, save, privateState }) {
    requirePinned(withoutNulls(planned.instance_info as TextMap).image_source, planned.allow_tag);
    return within(signal, planned.timeouts?.update, "120m", "The rebuild", async (limited) => {
      const client = await session.ironic(limited);
      // The old provider's ID is the node's name, where that is what it was told.
      const uuid = await nodeUuid(client, state.id, limited);
      const machine: Machine = { client, uuid, signal: limited, log };
      const imported = privateState.get(IMPORTED) === true;
      const changed = changes(planned, state, maskedAtImport(privateState));
      const pending = privateState.get(PENDING) === true || changed.length > 0;
      const anew = pending || isUnfinished(state);
      const drive = anew ? await configDrive(planned, limited) : undefined;
      await client.settled(uuid, { signal: limited, onState: progress(machine) });
      const before = await client.getNode(uuid, { signal: limited });
      // Only then state says all that was sent.
      if (changed.includes("instance_info")) markOurs(privateState);
      if (pending) privateState.set(PENDING, true);
      const said = imported ? { ...state, instance_info: {} } : state;
      // Ironic rebuilds with the config drive that it has, unless it is given another one or has none any more.
      const driveGone = drive === undefined && CONFIG_DRIVE.some((name) => changed.includes(name));
      const how = { anew, record: recordOf(privateState), driveGone };
      const node = await writeInstanceInfo(machine, before, planned, said, config, how);
      await tellingState(machine, planned, save, async () => {
        if (pending && before.provision_state === "active") await rebuild(machine, planned, drive);
        else if (anew) await deploy(machine, planned, drive, node);
      });
      privateState.delete(PENDING);
      privateState.delete(IMPORTED);
      privateState.delete(MASKED);
      const deployed = await client.getNode(uuid, { signal: limited });
      remember(privateState, planned, deployed);
      return stateAfter(deployed, planned);
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
    if (!DEPLOYED_STATES.has(node.provision_state)) {
      throw new ProviderError("Nothing is deployed on this node", {
        detail: `Node ${node.name ?? node.uuid} is in state "${node.provision_state}": there is no deployment to import.`,
      });
    }
    markOurs(privateState);
    privateState.set(IMPORTED, true);
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
  if (privateState.get(IMPORTED) !== true) return undefined;
  const keys = privateState.get(MASKED);
  return Array.isArray(keys) ? keys.map(String) : [];
}

function remember(privateState: PrivateState, planned: DeploymentPlanned, { instance_info: now }: IronicNode): void {
  const said = withoutNulls(planned.instance_info as TextMap);
  privateState.set(REWRITTEN, rewritten(said, readInstanceInfo(said, now, {}), now));
}

type Deployed = (typeof DEPLOYED)[number];

/**
 * What a rebuild would bring onto the machine. An import could not read the config drive, and holds all of `instance_info`
 * where a configuration names what it cares for: what does not contradict is taken over, and nothing is done for it.
 * @param masked see {@link maskedAtImport}
 */
function changes(
  planned: Readonly<Record<Deployed, unknown>>,
  state: DeploymentState,
  masked: readonly string[] | undefined,
): readonly Deployed[] {
  if (masked !== undefined) {
    const info = planned.instance_info;
    const known = !isUnknown(info) && !isEmpty(info) ? withoutNulls(info as TextMap) : {};
    const agrees = Object.entries(known).every(([key, value]) => {
      const is = state.instance_info[key];
      return isComputed(key) || masked.includes(key) || (is !== undefined && sameInfo({ [key]: value }, { [key]: is }));
    });
    // A config drive that is there may well be the one that is said; where there is none, it is not.
    const drive = masked.includes("configdrive") ? [] : CONFIG_DRIVE.filter((name) => !isEmpty(planned[name]));
    return agrees && !isUnknown(info) ? drive : ["instance_info", ...drive];
  }
  return DEPLOYED.filter((name) => {
    const [one, other] = [planned[name], state[name]];
    return !(isEmpty(one) && isEmpty(other)) && canonical(one) !== canonical(other);
  });
}

/** Terraform's maps have no order, and neither an order's change nor a rebuild for it would be anybody's wish. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null || isUnknown(value)) return JSON.stringify(value) ?? "unknown";
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** States that an attempt left behind. A node in rescue or service is where somebody wants it. */
const UNFINISHED = new Set(["deploying", "wait call-back", "deploy hold", "deploy failed", "error"]);

function isUnfinished({ provision_state }: DeploymentState): boolean {
  return provision_state !== null && UNFINISHED.has(provision_state);
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
  const said = planned.instance_info as TextMap;
  const wanted = instanceInfoToSend(said, node.instance_info, state?.instance_info ?? null, how);
  // While the version is the same, nobody need give the secret again: an ephemeral variable may well be unset by then.
  const was = state?.image_pull_secret_wo_version ?? null;
  const rotated = secret !== null && version !== was;
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
  await client.bring(uuid, "active", {
    signal,
    onState: progress(machine),
    through: { active, rebuild: active },
    from,
  });
}

/** In place: the node stays allocated, and its image and config drive are new. */
async function rebuild(machine: Machine, planned: DeploymentPlanned, drive: JsonObject | undefined): Promise<void> {
  const { client, uuid, signal } = machine;
  await client.provision(uuid, "rebuild", { signal, ...(drive && { configdrive: drive }), ...steps(planned) });
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

/** Runs a long step; if it fails, state is told how far the node came before the error goes on its way. */
async function tellingState(
  { client, uuid }: Machine,
  planned: DeploymentPlanned,
  save: (state: DeploymentPlanned) => void,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const node = await lastLook(client, uuid);
    if (node) save(stateAfter(node, planned));
    throw error;
  }
}

/** The run may have been interrupted, or Ironic gone: this look is short, and not part of either. */
async function lastLook(client: IronicClient, uuid: string): Promise<IronicNode | undefined> {
  try {
    return await client.getNode(uuid, { signal: AbortSignal.timeout(5_000) });
  } catch {
    return undefined;
  }
}

function stateAfter(node: IronicNode, planned: DeploymentPlanned): DeploymentState {
  return {
    ...(planned as DeploymentState),
    id: node.uuid,
    provision_state: node.provision_state,
    last_error: node.last_error ?? "",
  };
}

function alreadyDeployed(node: IronicNode): ProviderError {
  return new ProviderError("Something is deployed on this node already", {
    detail: `Node ${node.name ?? node.uuid} is active. Import the deployment (terraform import ironic_deployment.NAME ${node.uuid}), or undeploy the node first.`,
    path: ["node_uuid"],
  });
}
