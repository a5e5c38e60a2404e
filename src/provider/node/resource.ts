import { diff, type IronicClient, type IronicNode } from "../../ironic";
import { resource } from "../plugin";
import { warnOfUnconfigured } from "../shared/free-form";
import { markRead, upgradeLegacyState } from "../shared/legacy-state";
import { ignoreNotFound, nullIfNotFound } from "../shared/not-found";
import { undeploy } from "../shared/provisioning";
import { withTimeout } from "../shared/timeouts";
import { isEmpty, plannedOr } from "../shared/values";
import { requireVersion } from "../shared/write-only";
import { configuredDeployInterface } from "./deploy-interface";
import { checkDriverInfoConflicts } from "./driver-info-conflicts";
import { nodeFields } from "./fields";
import { reconcileProvisionState } from "./lifecycle";
import { planNode } from "./plan";
import { applyPorts, checkPorts, samePorts } from "./ports";
import { readPrivateState, writePrivateState } from "./private-state";
import { interfacesOf, readNode } from "./read";
import {
  INTERFACES,
  type Interface,
  LEGACY_UNSET,
  NODE_TIMEOUTS,
  type NodePlanned,
  type NodeState,
  nodeSchema,
} from "./schema";
import { changedSecrets, configuredSecrets, keptSecrets, secretKeys } from "./secrets";

const FREE_FORM = ["driver_info", "properties", "root_device", "extra"] as const;

export const node = resource(nodeSchema, {
  upgrade: ({ state }) => upgradeLegacyState(nodeSchema, state, LEGACY_UNSET),

  validate({ config, diagnostics }) {
    checkDriverInfoConflicts(config, diagnostics);
    requireVersion(config, ["driver_info_wo", "image_pull_secret_wo"], diagnostics);
    checkPorts(config.ports, diagnostics);
  },

  plan({ config, state, planned, privateState, diagnostics }) {
    const facts = readPrivateState(privateState);
    const plan = planNode(config, state, planned, facts);
    if (state !== null && facts.imported) {
      const elsewhere = [...secretKeys(config), "deploy_kernel", "deploy_ramdisk"];
      warnOfUnconfigured(FREE_FORM, plan, state, diagnostics, elsewhere);
    }
    return plan;
  },

  async create({ planned, config, client: session, signal, log, save, diagnostics, privateState }) {
    const limit = planned.timeouts?.create;
    return withTimeout(signal, limit, NODE_TIMEOUTS.create, "Enrolling the node", async (limited) => {
      const client = await session.ironic(limited);
      const fields = nodeFields(planned, configuredSecrets(config), []);
      const created = await client.createNode(fields, { signal: limited });
      writePrivateState(privateState, { secretKeys: secretKeys(config), imported: false, appliedHere: true });
      save(stateAfter(created, planned));
      log.info(`node ${created.name ?? created.uuid}: created`, { node: created.uuid });
      const { uuid } = created;
      const { traits, ports } = planned;
      if (traits !== null && !isEmpty(traits)) await client.setTraits(uuid, traits, { signal: limited });
      await applyPorts(client, uuid, ports, null, true, limited);
      await reconcileProvisionState({ client, uuid, signal: limited, log }, planned, undefined, diagnostics);
      return stateAfter(await client.getNode(uuid, { signal: limited }), planned);
    });
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const facts = readPrivateState(privateState);
    return nullIfNotFound(async () => {
      const found = await client.readNode(state.id, { signal });
      const ports = isEmpty(state.ports) ? [] : await client.readPorts(state.id, { signal });
      markRead(privateState);
      return readNode(found, ports, state, facts);
    });
  },

  async update({ planned, config, state, client: session, signal, log, save, diagnostics, privateState }) {
    const { secretKeys: secretsBefore, imported, appliedHere } = readPrivateState(privateState);
    const limit = planned.timeouts?.update;
    return withTimeout(signal, limit, NODE_TIMEOUTS.update, "Changing the node", async (limited) => {
      const client = await session.ironic(limited);
      const before = await client.getNode(state.id, { signal: limited });
      const kept = keptSecrets(secretsBefore, config, planned, state);
      const from = { node: before, state, secretKeys: secretsBefore, imported };
      const fields = nodeFields(planned, changedSecrets(config, planned, state), kept, from);
      // An import reads the detected interface where it can't read the configured one.
      const priorInterface = imported ? plannedOr(planned.deploy_interface, null) : state.deploy_interface;
      const current = { ...before, deploy_interface: configuredDeployInterface(before, priorInterface) };
      const patched = await client.patchNode(state.id, diff(current as never, fields), {
        signal: limited,
        resetInterfaces: planned.driver !== before.driver,
      });
      // An update that changes none of these sends nothing that openshift-metal3/ironic has left unsent.
      const appliesAll =
        !samePorts(planned.ports ?? [], state.ports ?? []) ||
        planned.manage !== state.manage ||
        planned.available !== state.available;
      writePrivateState(privateState, {
        secretKeys: [...new Set([...secretKeys(config), ...kept])],
        imported: false,
        appliedHere: appliedHere || appliesAll,
      });
      // The fields are changed, even if a later step fails; the next apply repeats steps that were not completed.
      save({ ...stateAfter(patched, planned), ...stepsOf(state) });
      await applyTraits(client, state, planned, limited);
      await applyPorts(client, state.id, planned.ports, state.ports, appliedHere, limited);
      // An imported node is not cleaned or inspected again.
      const prior = imported ? { ...state, clean: planned.clean, inspect: planned.inspect } : state;
      await reconcileProvisionState({ client, uuid: state.id, signal: limited, log }, planned, prior, diagnostics);
      return stateAfter(await client.getNode(state.id, { signal: limited }), planned);
    });
  },

  async delete({ state, client: session, signal, log }) {
    const limit = state.timeouts?.delete;
    await withTimeout(signal, limit, NODE_TIMEOUTS.delete, "Removing the node", async (limited) => {
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

/** The planned state, completed with Ironic's values where the plan was unknown. */
function stateAfter(node: IronicNode, planned: NodePlanned): NodeState {
  const current = interfacesOf(node);
  const interfaces = INTERFACES.map((name) => [name, plannedOr(planned[name], current[name])]);
  return {
    ...planned,
    ...(Object.fromEntries(interfaces) as Record<Interface, string | null>),
    id: node.uuid,
    conductor_group: plannedOr(planned.conductor_group, node.conductor_group ?? null),
    owner: plannedOr(planned.owner, node.owner ?? null),
    power_state: node.power_state,
    provision_state: node.provision_state,
    instance_uuid: node.instance_uuid,
  };
}

/** The arguments of a state that an update applies in steps after its patch. */
function stepsOf({ manage, clean, inspect, available, target_power_state, ports, traits }: NodeState) {
  return { manage, clean, inspect, available, target_power_state, ports, traits };
}

async function applyTraits(
  client: IronicClient,
  state: NodeState,
  planned: NodePlanned,
  signal: AbortSignal,
): Promise<void> {
  const [wanted, prior] = [planned.traits, state.traits];
  if (wanted === null && prior === null) return;
  const sorted = (traits: readonly string[] | null) => JSON.stringify([...(traits ?? [])].sort());
  if (sorted(wanted) !== sorted(prior)) await client.setTraits(state.id, wanted ?? [], { signal });
}
