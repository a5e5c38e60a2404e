import { diff, type IronicClient, type IronicNode, NotFoundError } from "../../ironic";
import { isUnknown, type KnownConfig } from "../../tfplugin";
import { resource } from "../plugin";
import { warnOfUnconfigured } from "../shared/free-form";
import { markRead, upgradeLegacyState } from "../shared/legacy-state";
import { withTimeout } from "../shared/timeouts";
import { isEmpty, type TextMap, withoutNulls } from "../shared/values";
import { checkDriverInfoConflicts } from "./driver-info-conflicts";
import { nodeFields, type Secrets } from "./fields";
import { reconcileProvisionState, undeploy } from "./lifecycle";
import { planNode, secretKeys } from "./plan";
import { applyPorts, checkPorts, samePorts } from "./ports";
import { PULL_SECRET, readPrivateState, writePrivateState } from "./private-state";
import { interfacesOf, readNode } from "./read";
import { INTERFACES, NODE_TIMEOUTS, type NodePlanned, type NodeSchema, type NodeState, nodeSchema } from "./schema";

type NodeConfig = KnownConfig<NodeSchema>;

const FREE_FORM = ["driver_info", "properties", "root_device", "extra"] as const;

/** What each argument that is the user's alone holds when it says nothing. */
const NOTHING = {
  ...{
    name: "",
    resource_class: "",
    raid_config: "",
    bios_settings: "",
    target_power_state: "",
    power_state_timeout: 0,
  },
  ...{ driver_info: {}, properties: {}, root_device: {}, extra: {}, ports: [] },
  ...{ manage: false, clean: false, inspect: false, available: false },
};

export const node = resource(nodeSchema, {
  upgrade: ({ state }) => upgradeLegacyState(nodeSchema, state, NOTHING) as never,

  validate({ config, diagnostics }) {
    checkDriverInfoConflicts(config, diagnostics);
    for (const name of ["driver_info_wo", "image_pull_secret_wo"] as const) {
      if (config[name] === null || config[`${name}_version`] !== null) continue;
      const detail = `Nobody can see whether a write-only value changed. Set ${name}_version = 1, and raise it with each new value.`;
      diagnostics.error(`${name} without a version`, { detail, path: [name] });
    }
    checkPorts(config.ports, diagnostics);
  },

  plan({ config, state, planned, privateState, diagnostics }) {
    const facts = readPrivateState(privateState);
    const plan = planNode(config as unknown as Parameters<typeof planNode>[0], state, planned, facts);
    if (state !== null && facts.imported) {
      warnOfUnconfigured(FREE_FORM, plan, state, diagnostics, [
        ...secretKeys(config),
        "deploy_kernel",
        "deploy_ramdisk",
      ]);
    }
    return plan;
  },

  async create({ planned, config, client: session, signal, log, save, diagnostics, privateState }) {
    return withTimeout(
      signal,
      planned.timeouts?.create,
      NODE_TIMEOUTS.create,
      "Enrolling the node",
      async (limited) => {
        const client = await session.ironic(limited);
        const created = await client.createNode(nodeFields(planned, secretsIn(config), []), { signal: limited });
        writePrivateState(privateState, { secretKeys: secretKeys(config), imported: false, appliedHere: true });
        save(stateAfter(created, planned));
        log.info(`node ${created.name ?? created.uuid}: created`, { node: created.uuid });
        const { uuid } = created;
        const traits = planned.traits as readonly string[] | null;
        if (!isEmpty(traits)) await client.setTraits(uuid, traits ?? [], { signal: limited });
        await applyPorts(client, uuid, planned.ports as readonly TextMap[] | null, null, true, limited);
        await reconcileProvisionState({ client, uuid, signal: limited, log }, planned, undefined, diagnostics);
        return stateAfter(await client.getNode(uuid, { signal: limited }), planned);
      },
    );
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const facts = readPrivateState(privateState);
    try {
      const found = await client.readNode(state.id, { signal });
      const ports = isEmpty(state.ports) ? [] : await client.listPorts(state.id, { signal });
      markRead(privateState);
      return readNode(found, ports, state, facts);
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  },

  async update({ planned, config, state, client: session, signal, log, save, diagnostics, privateState }) {
    const facts = readPrivateState(privateState);
    return withTimeout(signal, planned.timeouts?.update, NODE_TIMEOUTS.update, "Changing the node", async (limited) => {
      const client = await session.ironic(limited);
      const before = await client.getNode(state.id, { signal: limited });
      const secrets = changedSecrets(config, planned, state);
      const kept = keptSecrets(facts.secretKeys, config, planned, state);
      const written = [...new Set([...secretKeys(config), ...kept])];
      const { secretKeys: secretsBefore, imported } = facts;
      const fields = nodeFields(planned, secrets, kept, { node: before, state, secretKeys: secretsBefore, imported });
      const resetInterfaces = planned.driver !== before.driver;
      const patched = await client.patchNode(state.id, diff(before as never, fields), {
        signal: limited,
        resetInterfaces,
      });
      // What the old provider left half done stays its own until it is done over.
      const [ports, portsBefore] = [planned.ports as readonly TextMap[] | null, state.ports];
      const appliedHere =
        facts.appliedHere ||
        !samePorts(ports ?? [], portsBefore ?? []) ||
        planned.manage !== state.manage ||
        planned.available !== state.available;
      writePrivateState(privateState, { secretKeys: written, imported: false, appliedHere });
      // What is changed by now is changed, whatever becomes of the rest; orders not yet carried out are given again.
      save({ ...stateAfter(patched, planned), ...ordersOf(state) });
      await applyTraits(client, state, planned, limited);
      await applyPorts(client, state.id, ports, portsBefore, facts.appliedHere, limited);
      // An imported node was cleaned and inspected by whoever had it before.
      const known = facts.imported ? { ...state, clean: planned.clean, inspect: planned.inspect } : state;
      await reconcileProvisionState(
        { client, uuid: state.id, signal: limited, log },
        planned,
        known as NodeState,
        diagnostics,
      );
      return stateAfter(await client.getNode(state.id, { signal: limited }), planned);
    });
  },

  async delete({ state, client: session, signal, log }) {
    await withTimeout(signal, state.timeouts?.delete, NODE_TIMEOUTS.delete, "Removing the node", async (limited) => {
      const client = await session.ironic(limited);
      await ignoreNotFound(async () => {
        await undeploy({ client, uuid: state.id, signal: limited, log });
        await client.deleteNode(state.id, { signal: limited });
      });
    });
  },

  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const { uuid } = await client.getNode(id, { signal });
    writePrivateState(privateState, { secretKeys: [], imported: true, appliedHere: true });
    return { id: uuid };
  },
});

/** What was planned, with what Ironic decided in the places that were left to it. */
function stateAfter(node: IronicNode, planned: NodePlanned): NodeState {
  const interfaces = interfacesOf(node);
  const decided = INTERFACES.map((name) => [name, isUnknown(planned[name]) ? interfaces[name] : planned[name]]);
  return {
    ...(planned as NodeState),
    ...Object.fromEntries(decided),
    id: node.uuid,
    conductor_group: isUnknown(planned.conductor_group) ? (node.conductor_group ?? null) : planned.conductor_group,
    owner: isUnknown(planned.owner) ? (node.owner ?? null) : planned.owner,
    power_state: node.power_state,
    provision_state: node.provision_state,
    instance_uuid: node.instance_uuid,
  };
}

/** The orders that state says were carried out. */
function ordersOf({ manage, clean, inspect, available, target_power_state, ports, traits }: NodeState) {
  return { manage, clean, inspect, available, target_power_state, ports, traits };
}

function secretsIn(config: NodeConfig): Secrets {
  return {
    driverInfo: config.driver_info_wo === null ? undefined : withoutNulls(config.driver_info_wo as TextMap),
    pullSecret: config.image_pull_secret_wo ?? undefined,
  };
}

/** Write-only values are sent when their version changes. */
function changedSecrets(config: NodeConfig, planned: NodePlanned, state: NodeState): Secrets {
  const { driverInfo, pullSecret } = secretsIn(config);
  return {
    driverInfo: planned.driver_info_wo_version === state.driver_info_wo_version ? undefined : driverInfo,
    pullSecret: planned.image_pull_secret_wo_version === state.image_pull_secret_wo_version ? undefined : pullSecret,
  };
}

/**
 * The keys of what was written before that stays. Nobody need give a secret again while its version is the same: an ephemeral
 * variable may well be unset by then.
 */
function keptSecrets(
  before: readonly string[],
  config: NodeConfig,
  planned: NodePlanned,
  state: NodeState,
): readonly string[] {
  const given = secretKeys(config);
  const { driver_info, deploy_kernel, deploy_ramdisk } = planned as NodeState;
  const open = Object.keys(withoutNulls({ ...driver_info, deploy_kernel, deploy_ramdisk }));
  return before.filter((key) => {
    if (given.includes(key)) return true;
    const apart = key === PULL_SECRET && state.image_pull_secret_wo_version !== null;
    const version = apart ? "image_pull_secret_wo_version" : "driver_info_wo_version";
    return !open.includes(key) && planned[version] !== null && planned[version] === state[version];
  });
}

async function applyTraits(
  client: IronicClient,
  state: NodeState,
  planned: NodePlanned,
  signal: AbortSignal,
): Promise<void> {
  const [wanted, was] = [planned.traits as readonly string[] | null, state.traits];
  if (wanted === null && was === null) return;
  const sorted = (traits: readonly string[] | null) => JSON.stringify([...(traits ?? [])].sort());
  if (sorted(wanted) !== sorted(was)) await client.setTraits(state.id, wanted ?? [], { signal });
}

/** Deleting what is gone already has succeeded. */
export async function ignoreNotFound(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
