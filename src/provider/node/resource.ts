import { diff, type IronicClient, type IronicNode, isDeployed } from "../../ironic";
import type { Config, Diagnostics } from "../../tfplugin";
import { resource } from "../plugin";
import { claimsOf, keptWarning } from "../shared/claims";
import { isHeldByAnother, recordHolder } from "../shared/holder";
import { markRead, upgradeLegacyState } from "../shared/legacy-state";
import { maintenanceWarning, warningOfMaintenance } from "../shared/maintenance";
import { nullIfNotFound } from "../shared/not-found";
import { refuseFaults, reportFaults } from "../shared/oci-references";
import { type NodeContext, undeploy } from "../shared/provisioning";
import { checkReasons } from "../shared/reasons";
import { checkSetTwice, freeFormSources } from "../shared/set-twice";
import { withTimeout } from "../shared/timeouts";
import { typedPaths } from "../shared/typed";
import {
  configuredOnly,
  type FreeForm,
  keepUnnamed,
  namedState,
  recordUnnamed,
  unnamedSinceImport,
  warnOfUnnamed,
} from "../shared/unnamed";
import { isEmpty, knownMap, plannedOr, withoutNulls } from "../shared/values";
import { requireVersion } from "../shared/write-only";
import { checkCleaning } from "./clean-steps";
import { configuredDeployInterface } from "./deploy-interface";
import { checkRetired, refuseProtected, retires } from "./detail-rules";
import { checkDriverInfoConflicts } from "./driver-info-conflicts";
import { continuedWarning, enroll, unfinishedWarning } from "./enrollment";
import { nodeFields } from "./fields";
import { reconcileProvisionState } from "./lifecycle";
import { enterMaintenance, leaveMaintenance } from "./maintenance";
import { planNode } from "./plan";
import { plannedNode } from "./planned-node";
import { applyPorts, checkPorts, samePorts } from "./ports";
import { readPrivateState, writePrivateState } from "./private-state";
import { interfacesOf, readNode } from "./read";
import { nodeFaults } from "./references";
import {
  INTERFACES,
  type Interface,
  LEGACY_UNSET,
  NODE_TIMEOUTS,
  type NodePlan,
  type NodePlanned,
  type NodeSchema,
  type NodeState,
  nodeSchema,
} from "./schema";
import { changedSecrets, configuredSecrets, keptSecrets, secretKeys } from "./secrets";

const FREE_FORM = ["driver_info", "properties", "root_device", "extra"] as const;
/** Keys of `driver_info` that are arguments of their own. */
const BOOT = ["deploy_kernel", "deploy_ramdisk"] as const;

export const node = resource(nodeSchema, {
  upgrade: ({ state }) => upgradeLegacyState(nodeSchema, state, LEGACY_UNSET),

  validate({ config, diagnostics }) {
    checkDriverInfoConflicts(config, diagnostics);
    checkReasons(config, ["maintenance", "retired", "protected"], diagnostics);
    reportFaults(nodeFaults(config), config.allow_tag, diagnostics);
    checkRetired(config, diagnostics);
    for (const name of ["properties", "extra"]) checkSetTwice(freeFormSources(name, config), diagnostics);
    requireVersion(config, ["driver_info_wo", "image_pull_secret_wo"], diagnostics);
    checkPorts(config.ports, diagnostics);
    checkCleaning(config, diagnostics);
  },

  plan({ config, state, planned, client: session, privateState, diagnostics }) {
    const facts = readPrivateState(privateState);
    if (state === null) {
      refuseProtected(planned);
      session.plannedNodes.add(plannedNode(planned, state));
      return planned;
    }
    if (!isEmpty(planned.ports)) session.plannedPorts.add(state.id);
    const unnamed = unnamedSinceImport(privateState);
    const freeForm = freeFormOf(config);
    const kept = keepUnnamed(config, state, planned, unnamed, freeForm);
    const plan = planNode(config, state, kept, facts);
    session.plannedNodes.add(plannedNode(plan, state));
    warnOfUnnamed(plan, state, unnamed, freeForm, diagnostics);
    if (facts.imported) warnOfActions(plan, state, diagnostics);
    return plan;
  },

  async create({ planned, config, client: session, signal, log, save, diagnostics, privateState }) {
    refuseFaults(nodeFaults({ ...planned, driver_info_wo: config.driver_info_wo }), planned.allow_tag);
    const limit = planned.timeouts?.create;
    return withTimeout(signal, limit, NODE_TIMEOUTS.create, "Enrolling the node", async (limited) => {
      const client = await session.ironic(limited);
      const { node: created, continued } = await enroll(
        client,
        nodeFields(planned, configuredSecrets(config), []),
        limited,
      );
      const { uuid, name } = created;
      if (continued) diagnostics.warning(...continuedWarning(created));
      writePrivateState(privateState, { secretKeys: secretKeys(config), imported: false, appliedHere: true });
      recordHolder(privateState, created.extra);
      // Without a name, only state knows the node.
      if (name === null) save(stateAfter(created, planned));
      log.info(`node ${name ?? uuid}: ${continued ? "found" : "created"}`, { node: uuid });
      const { traits, ports } = planned;
      try {
        if (traits !== null && !isEmpty(traits)) await client.setTraits(uuid, traits, { signal: limited });
        await applyPorts(client, uuid, ports, null, true, limited);
        const context = { client, uuid, signal: limited, log };
        await warningOfMaintenance(context, diagnostics, () =>
          reconcileProvisionState(context, planned, undefined, diagnostics),
        );
        return await ended(context, planned, undefined, diagnostics);
      } catch (error) {
        if (name !== null) diagnostics.warning(...unfinishedWarning(created));
        throw error;
      }
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
    refuseFaults(nodeFaults({ ...planned, driver_info_wo: config.driver_info_wo }), planned.allow_tag);
    const { secretKeys: secretsBefore, imported, appliedHere } = readPrivateState(privateState);
    const limit = planned.timeouts?.update;
    return withTimeout(signal, limit, NODE_TIMEOUTS.update, "Changing the node", async (limited) => {
      const client = await session.ironic(limited);
      const context = { client, uuid: state.id, signal: limited, log };
      const before = await client.getNode(state.id, { signal: limited });
      await leaveMaintenance(client, before, planned, state, limited);
      if (retires(planned, before)) await client.moveTo(state.id, "manageable", { signal: limited });
      const kept = keptSecrets(secretsBefore, config, planned, state);
      const unnamed = unnamedSinceImport(privateState);
      const named = namedState(state, unnamed, [...FREE_FORM, ...BOOT]);
      const from = { node: before, state: named, secretKeys: secretsBefore };
      const wanted = configuredOnly(planned, config, unnamed, [...FREE_FORM, ...BOOT]);
      const fields = nodeFields(wanted, changedSecrets(config, planned, state), kept, from);
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
      recordUnnamed(privateState, config, planned, unnamed, freeFormOf(config));
      // The fields are changed, even if a later step fails; the next apply repeats steps that were not completed.
      save({ ...stateAfter(patched, planned), ...stepsOf(state) });
      await applyTraits(client, state, planned, limited);
      await applyPorts(client, state.id, planned.ports, state.ports, appliedHere, limited);
      const prior = imported ? { ...state, ...actionsBefore(planned, before) } : state;
      await warningOfMaintenance(context, diagnostics, () =>
        reconcileProvisionState(context, planned, prior, diagnostics),
      );
      return ended(context, planned, state, diagnostics);
    });
  },

  async delete({ state, client: session, signal, log, diagnostics, privateState }) {
    const limit = state.timeouts?.delete;
    await withTimeout(signal, limit, NODE_TIMEOUTS.delete, "Removing the node", async (limited) => {
      const client = await session.ironic(limited);
      const found = await nullIfNotFound(() => client.getNode(state.id, { signal: limited }));
      const isLost = found !== null && isHeldByAnother(privateState, found.extra);
      const removal = async () => {
        await undeploy({ client, uuid: state.id, signal: limited, log }, diagnostics);
        await client.deleteNode(state.id, { signal: limited });
      };
      const kept = isLost || (await claimsOf(client).remove(state.id, removal));
      if (kept) diagnostics.warning(...keptWarning("node", state.id));
    });
  },

  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const { uuid, extra } = await client.getNode(id, { signal });
    writePrivateState(privateState, { secretKeys: [], imported: true, appliedHere: true });
    recordHolder(privateState, extra);
    return { id: uuid };
  },
});

/** What inspection and the conductor write (ironic.drivers.modules.inspector.hooks, ironic.conductor.utils.node_cache_vendor). */
const FOUND = /^properties\.(cpu_arch|cpus|memory_mb|local_gb|vendor|capabilities\..*)$/;

/** The free-form arguments. A key of `driver_info` may be set by another argument, or set one. */
function freeFormOf(config: Config<NodeSchema>): FreeForm {
  const inMap = Object.keys(withoutNulls(knownMap(config.driver_info) ?? {}));
  const boot = BOOT.filter((name) => config[name] !== null || inMap.includes(name));
  const elsewhere = [
    ...boot,
    ...[...boot, ...secretKeys(config)].map((key) => `driver_info.${key}`),
    ...typedPaths(FREE_FORM, config),
  ];
  return { names: FREE_FORM, elsewhere, isUsual: (path) => FOUND.test(path) };
}

/** The end of an apply: maintenance where it is planned, and a warning where Ironic has set it. */
async function ended(
  { client, uuid, signal }: NodeContext,
  planned: NodePlanned,
  prior: NodeState | undefined,
  diagnostics: Diagnostics,
): Promise<NodeState> {
  const node = await client.getNode(uuid, { signal });
  await enterMaintenance(client, node, planned, prior, signal);
  const warning = planned.maintenance === true ? undefined : maintenanceWarning(node);
  if (warning !== undefined) diagnostics.warning(warning.summary, warning);
  return stateAfter(node, planned);
}

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
    health: plannedOr(planned.health, node.health ?? null),
    power_state: plannedOr(planned.power_state, node.power_state),
    provision_state: plannedOr(planned.provision_state, node.provision_state),
    instance_uuid: plannedOr(planned.instance_uuid, node.instance_uuid),
  };
}

/**
 * The actions that an imported node is taken to have behind it. It is not cleaned, which would destroy what it holds, and is inspected
 * only if it never was and is not in use.
 */
function actionsBefore(planned: NodePlanned, node: IronicNode): Pick<NodeState, "clean" | "inspect"> {
  const isBehind = isDeployed(node) || Boolean(node.inspection_finished_at);
  return { clean: planned.clean, inspect: isBehind ? planned.inspect : null };
}

/** Warns after an import of actions that the apply does not run, although the plan shows their arguments. */
function warnOfActions(plan: NodePlan, state: NodeState, diagnostics: Diagnostics): void {
  const actions = (["clean", "inspect"] as const).filter((name) => plan[name] === true && state[name] !== true);
  if (actions.length === 0) return;
  const detail = `Ironic does not show whether that was done before the import. The apply stores ${actions.join(" and ")} in state; it does not clean the node, and inspects it only if it has never been inspected and is not in use. To run it nevertheless, apply, set ${actions.join(" and ")} to false and apply, then to true and apply.`;
  diagnostics.warning(`${actions.join(" and ")} of an imported node`, { detail, path: [actions[0] ?? ""] });
}

/** The arguments of a state that an update applies in steps after its patch. */
function stepsOf({ manage, clean, inspect, available, target_power_state, ports, traits, ...others }: NodeState) {
  const { maintenance, maintenance_reason, boot_mode, secure_boot } = others;
  return {
    ...{ manage, clean, inspect, available, target_power_state, ports, traits },
    ...{ maintenance, maintenance_reason, boot_mode, secure_boot },
  };
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
