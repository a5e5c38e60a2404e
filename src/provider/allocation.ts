import { isDeepStrictEqual } from "node:util";
import { diff, type IronicAllocation, type IronicClient, type IronicNode, isBusy, type JsonObject } from "../ironic";
import { sleep } from "../net";
import {
  computed,
  isUnknown,
  optionalComputed,
  type Path,
  type Plan,
  type PlannedState,
  ProviderError,
  required,
  type State,
  schema,
  t,
} from "../tfplugin";
import type { Session } from "./session";
import { userList, userMap, userString } from "./shared/attributes";
import { crudResource } from "./shared/crud";
import { plannedFreeForm, readFreeForm } from "./shared/free-form";
import { SCHEMA_VERSION } from "./shared/legacy-state";
import { isUuid, noSuchNode, plannedNodes } from "./shared/node-reference";
import { ignoreNotFound } from "./shared/not-found";
import { createOrContinue } from "./shared/take-over";
import { timeouts } from "./shared/timeouts";
import { readTyped, userTyped } from "./shared/typed";
import { areIdentifiers, areTraits, atMost, isName } from "./shared/validators";
import { isEmpty, plannedOr, sameElements } from "./shared/values";
import { whyNone } from "./unallocatable";

/** Default timeouts of the resource. */
const TIMEOUTS = { create: "10m", delete: "10m" } as const;

const allocationSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "An allocation: a node that Ironic selects by resource class and traits. Another resource class, other traits, and candidates without the allocated node release the node and allocate again; other changes are made in place.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the allocation." }),
    name: userString({ description: "Name of the allocation.", validate: isName }),
    resource_class: required(t.string, {
      requiresReplace: true,
      description: "Resource class of the node; matched exactly.",
      validate: atMost(80),
    }),
    candidate_nodes: optionalComputed(t.list(t.string), {
      meansUnset: isEmpty,
      validate: areIdentifiers,
      description:
        "UUIDs or names of candidate nodes. Default: all nodes. Once a node is allocated, only a list without that node is a reason to allocate again.",
    }),
    traits: userList({
      requiresReplace: true,
      equivalent: sameElements,
      description: "Traits that the node must have, in any order.",
      validate: areTraits,
    }),
    extra: userMap({ description: "Free-form metadata (Ironic's `extra`)." }),
    extra_typed: userTyped({ of: "extra" }),
    node_uuid: computed(t.string, { description: "UUID of the allocated node." }),
    state: computed(t.string, { description: "State of the allocation; `active` once a node is allocated." }),
    last_error: computed(t.string, {
      meansUnset: isEmpty,
      description: "Reason why no node could be allocated.",
    }),
  },
  blocks: { timeouts: timeouts(TIMEOUTS) },
});

type AllocationSchema = typeof allocationSchema;
type AllocationPlan = Plan<AllocationSchema>;
type AllocationPlanned = PlannedState<AllocationSchema>;
type AllocationState = State<AllocationSchema>;

/** Values of state of `openshift-metal3/ironic` for arguments that were not configured. */
const LEGACY_UNSET = { name: "", candidate_nodes: [], traits: [], extra: {} };

/** Poll interval in milliseconds of an allocation in progress. */
const POLL = 150;
/** Pause in milliseconds before the next attempt, while no node is ready yet. */
const RETRY = 500;
/** Milliseconds to wait for the power state of a node: a little longer than Ironic's `sync_power_state_interval`. */
const POWER_SYNC = 75_000;

export const allocation = crudResource<AllocationSchema, IronicAllocation>(
  allocationSchema,
  {
    name: "allocation",
    importedBy: "UUID or name",
    freeForm: { names: ["extra"] },
    legacyUnset: LEGACY_UNSET,
    timeouts: TIMEOUTS,
    get: (client, id, signal) => client.getAllocation(id, { signal }),
    delete: (client, id, signal) => client.deleteAllocation(id, { signal }),
    stateAfter,

    async create(client, planned, { signal, log, save }) {
      const candidates = isUnknown(planned.candidate_nodes) ? null : planned.candidate_nodes;
      const extra = plannedFreeForm("extra", planned, undefined);
      const fields = {
        resource_class: planned.resource_class,
        ...(planned.name && { name: planned.name }),
        ...(candidates !== null && !isEmpty(candidates) && { candidate_nodes: candidates }),
        ...(planned.traits !== null && !isEmpty(planned.traits) && { traits: planned.traits }),
        ...(!isEmpty(extra) && { extra }),
      };
      const started = Date.now();
      for (;;) {
        const { found: created } = await createOrContinue(
          client,
          {
            create: () => client.createAllocation(fields, { signal }),
            find: planned.name ? () => client.getAllocation(planned.name ?? "", { signal }) : undefined,
            holders: () => [],
            // Another apply, or another configuration, may use its node.
            mayTakeOver: () => false,
            patch: async (found) => found,
          },
          signal,
        );
        save(stateAfter(created, planned));
        const finished = await waitForAllocation(client, created, signal);
        if (finished.state === "active") return finished;
        const { uuid, last_error } = finished;
        // A failed allocation has no node, and would only occupy its name.
        await ignoreNotFound(() => client.deleteAllocation(uuid, { signal }));
        const waitForPower = Date.now() - started < POWER_SYNC;
        const nodes = await considered(client, planned.resource_class, candidates ?? [], signal);
        const waiting = nodes.find((node) => isReadySoon(node, planned.resource_class, waitForPower));
        if (waiting === undefined) {
          const detail = `Error from Ironic: ${last_error ?? "none"}\n\n${whyNone(nodes, planned)}`;
          throw new ProviderError("No node could be allocated", { detail });
        }
        log.info(`no node to allocate yet: waiting for ${waiting.name ?? waiting.uuid}`);
        await sleep(RETRY, signal);
      }
    },

    update(client, update, signal) {
      const { found, planned } = update;
      const fields = { name: planned.name || null, extra: plannedFreeForm("extra", planned, update) };
      return client.patchAllocation(found.uuid, diff(found as unknown as JsonObject, fields), { signal });
    },

    read(_client, { found, state, unread }) {
      return {
        ...state,
        id: found.uuid,
        name: found.name,
        resource_class: found.resource_class ?? state.resource_class ?? "",
        // They never change in Ironic, and state has the configured ones.
        candidate_nodes: unread && !isEmpty(found.candidate_nodes) ? found.candidate_nodes : state.candidate_nodes,
        traits: found.traits,
        extra: readFreeForm(state.extra, found.extra, unread),
        extra_typed: readTyped(state.extra_typed, found.extra),
        node_uuid: found.node_uuid,
        state: found.state,
        last_error: found.last_error,
      };
    },
  },
  {
    async plan(call) {
      const { config, state, planned } = call;
      // Without configured candidates, Ironic selects from all nodes, and the argument stays unset.
      if (state === null) return { ...planned, candidate_nodes: config.candidate_nodes };
      return { ...planned, candidate_nodes: await planCandidates({ ...call, state }) };
    },
  },
);

interface PlanCall {
  readonly state: AllocationState;
  readonly planned: AllocationPlan;
  readonly client: Session;
  readonly signal: AbortSignal;
  requireReplace(path: Path): void;
}

/**
 * The candidates of an allocation that exists. Candidates by UUID instead of name, or in another order, are not a change, and others are
 * stored without another allocation where the allocated node is among them.
 * @throws {ProviderError} when it is not among them, and no node has one of the names
 */
async function planCandidates(call: PlanCall): Promise<AllocationPlan["candidate_nodes"]> {
  const { state, planned, client: session, signal, requireReplace } = call;
  const [wanted, prior] = [planned.candidate_nodes, state.candidate_nodes ?? []];
  if (wanted === null || isDeepStrictEqual(wanted, prior)) return state.candidate_nodes;
  if (!isUnknown(wanted)) {
    const known = wanted.filter((node): node is string => !isUnknown(node));
    const uuids = (list: readonly string[]) => plannedNodes(session, list, signal);
    const [nodes, before] = await Promise.all([uuids(known), uuids(prior)]);
    const isKept = state.node_uuid !== null && nodes.includes(state.node_uuid);
    const others = before.filter((node) => !nodes.includes(node));
    // A name that no node has any more is that of a renamed node, or of one that is gone.
    const isSame = others.length === 0 || (isKept && !others.some(isUuid));
    if (isSame && known.length === prior.length && known.length === wanted.length) return state.candidate_nodes;
    if (isKept) return wanted;
    const missing = nodes.find((node) => !isUuid(node) && session.plannedNodes.find(node) === undefined);
    if (missing !== undefined) throw noSuchNode(missing, "candidate_nodes");
  }
  requireReplace(["candidate_nodes"]);
  return wanted;
}

function stateAfter(found: IronicAllocation, planned: AllocationPlanned): AllocationState {
  return {
    ...planned,
    id: found.uuid,
    candidate_nodes: isUnknown(planned.candidate_nodes) ? null : planned.candidate_nodes,
    node_uuid: plannedOr(planned.node_uuid, found.node_uuid),
    state: plannedOr(planned.state, found.state),
    last_error: plannedOr(planned.last_error, found.last_error ?? ""),
  };
}

/** Polls an allocation until Ironic has allocated a node, or failed to. */
async function waitForAllocation(
  client: IronicClient,
  created: IronicAllocation,
  signal: AbortSignal,
): Promise<IronicAllocation> {
  let now = created;
  while (now.state === "allocating") {
    await sleep(POLL, signal);
    now = await client.getAllocation(created.uuid, { signal });
  }
  return now;
}

/** The nodes among which Ironic chooses: the candidates, or those of the resource class. */
async function considered(
  client: IronicClient,
  resourceClass: string,
  candidates: readonly string[],
  signal: AbortSignal,
): Promise<readonly IronicNode[]> {
  if (candidates.length === 0) return client.listNodes({ resource_class: resourceClass }, { signal });
  return Promise.all(candidates.map((id) => client.getNode(id, { signal })));
}

/** Whether a node can be allocated soon: Ironic is working on it, or does not know its power state yet. */
function isReadySoon(node: IronicNode, resourceClass: string, waitForPower: boolean): boolean {
  return (
    node.resource_class === resourceClass &&
    node.instance_uuid === null &&
    !node.maintenance &&
    (isBusy(node) || (waitForPower && node.provision_state === "available" && node.power_state === null))
  );
}
