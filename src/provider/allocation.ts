import { type IronicAllocation, type IronicClient, isBusy } from "../ironic";
import { sleep } from "../net";
import {
  computed,
  isUnknown,
  optionalComputed,
  type Plan,
  type PlannedState,
  ProviderError,
  required,
  type State,
  schema,
  t,
} from "../tfplugin";
import { userList, userMap, userString } from "./shared/attributes";
import { crudResource } from "./shared/crud";
import { plannedFreeForm, readFreeForm } from "./shared/free-form";
import { SCHEMA_VERSION } from "./shared/legacy-state";
import { sameNodes } from "./shared/node-reference";
import { ignoreNotFound } from "./shared/not-found";
import { timeouts } from "./shared/timeouts";
import { readTyped, userTyped } from "./shared/typed";
import { areIdentifiers, areTraits, atMost, isName } from "./shared/validators";
import { isEmpty } from "./shared/values";

/** Default timeouts of the resource. */
const TIMEOUTS = { create: "10m", delete: "10m" } as const;

const allocationSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "An allocation: a node that Ironic selects by resource class and traits. Any change of an argument releases the node and allocates again.",
  attributes: {
    id: computed(t.string, { nonNull: true, description: "UUID of the allocation." }),
    name: userString({ requiresReplace: true, description: "Name of the allocation.", validate: isName }),
    resource_class: required(t.string, {
      requiresReplace: true,
      description: "Resource class of the node; matched exactly.",
      validate: atMost(80),
    }),
    candidate_nodes: optionalComputed(t.list(t.string), {
      requiresReplace: true,
      meansUnset: isEmpty,
      validate: areIdentifiers,
      description: "UUIDs or names of candidate nodes. Default: all nodes.",
    }),
    traits: userList({ requiresReplace: true, description: "Traits that the node must have.", validate: areTraits }),
    extra: userMap({ requiresReplace: true, description: "Free-form metadata (Ironic's `extra`)." }),
    extra_typed: userTyped({ of: "extra", requiresReplace: true }),
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
    // A key that is not configured is no reason to allocate another node.
    freeForm: { names: ["extra"], isUsual: () => true },
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
        const created = await client.createAllocation(fields, { signal });
        save(stateAfter(created, planned));
        const finished = await waitForAllocation(client, created, signal);
        if (finished.state === "active") return finished;
        const { uuid, last_error } = finished;
        // A failed allocation has no node, and would only occupy its name.
        await ignoreNotFound(() => client.deleteAllocation(uuid, { signal }));
        const waitForPower = Date.now() - started < POWER_SYNC;
        const waiting = await notReadyYet(client, planned.resource_class, candidates ?? [], waitForPower, signal);
        if (waiting === undefined) {
          throw new ProviderError("No node could be allocated", {
            detail: `Error from Ironic: ${last_error ?? "none"}\n\nA node can be allocated if it is available, has the resource class and the traits, a known power state, and no instance.`,
          });
        }
        log.info(`no node to allocate yet: waiting for ${waiting}`);
        await sleep(RETRY, signal);
      }
    },

    async read(client, { found, state, unread }, signal) {
      const isSame = await sameNodes(client, state.candidate_nodes ?? [], found.candidate_nodes, signal);
      return {
        ...state,
        id: found.uuid,
        name: found.name,
        resource_class: found.resource_class ?? state.resource_class ?? "",
        candidate_nodes: isSame ? state.candidate_nodes : found.candidate_nodes,
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
    async plan({ config, state, planned, client: session, signal }) {
      // Without configured candidates, Ironic selects from all nodes, and the argument stays unset.
      if (state === null) return { ...planned, candidate_nodes: config.candidate_nodes };
      return {
        ...planned,
        candidate_nodes: (await hasSameCandidates()) ? state.candidate_nodes : planned.candidate_nodes,
      };

      /** Candidates by UUID instead of name, or in another order, are not a change. */
      async function hasSameCandidates(): Promise<boolean> {
        const [nodes, prior] = [knownList(planned.candidate_nodes), state?.candidate_nodes ?? []];
        if (nodes.length === 0 || prior.length === 0) return false;
        return sameNodes(await session.ironic(signal), nodes, prior, signal);
      }
    },

    /** Only timeouts, which exist in Terraform alone, change in place. */
    update: async ({ planned, state }) => ({ ...state, timeouts: planned.timeouts }),
  },
);

function stateAfter(found: IronicAllocation, planned: AllocationPlanned): AllocationState {
  return {
    ...planned,
    id: found.uuid,
    candidate_nodes: isUnknown(planned.candidate_nodes) ? null : planned.candidate_nodes,
    node_uuid: found.node_uuid,
    state: found.state,
    last_error: found.last_error ?? "",
  };
}

/** The elements of a list; none while the list or an element is unknown. */
function knownList(list: AllocationPlan["candidate_nodes"]): readonly string[] {
  if (list === null || isUnknown(list)) return [];
  const known = list.filter((element): element is string => !isUnknown(element));
  return known.length === list.length ? known : [];
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

/** The name of a node that can be allocated soon: Ironic is working on it, or does not know its power state yet. */
async function notReadyYet(
  client: IronicClient,
  resourceClass: string,
  candidateNodes: readonly string[],
  waitForPower: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nodes =
    candidateNodes.length > 0
      ? await Promise.all(candidateNodes.map((id) => client.getNode(id, { signal })))
      : await client.listNodes({ resource_class: resourceClass }, { signal });
  const soon = nodes.find(
    (node) =>
      node.resource_class === resourceClass &&
      node.instance_uuid === null &&
      !node.maintenance &&
      (isBusy(node) || (waitForPower && node.provision_state === "available" && node.power_state === null)),
  );
  return soon && (soon.name ?? soon.uuid);
}
