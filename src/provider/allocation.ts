import { type IronicAllocation, type IronicClient, isBusy, NotFoundError } from "../ironic";
import { computed, isUnknown, type Logger, optionalComputed, ProviderError, required, schema, t } from "../tfplugin";
import { configuredKeys, readFreeForm } from "./free-form";
import { sameNodes } from "./node/reference";
import { goneIsFine } from "./node/resource";
import { adopt, isImported, markImported, SCHEMA_VERSION } from "./origin";
import { resource } from "./plugin";
import { timeouts, within } from "./timeouts";
import { isEmpty, keep, knownMap, plannedOrKept, planned as plannedOwn, type TextMap, withoutNulls } from "./values";

const allocationSchema = schema({
  version: SCHEMA_VERSION,
  description:
    "A node picked by Ironic: by resource class and traits, out of all or out of some. Any change picks anew.",
  attributes: {
    id: computed(t.string, { alwaysSet: true, description: "The allocation's UUID." }),
    name: optionalComputed(t.string, { description: "The allocation's name." }),
    resource_class: required(t.string, { description: "What kind of node it is to be." }),
    candidate_nodes: optionalComputed(t.list(t.string), {
      description: "UUIDs or names of the nodes to pick from. Default: all.",
    }),
    traits: optionalComputed(t.list(t.string), { description: "Traits that the node must have." }),
    extra: optionalComputed(t.map(t.string), {
      nullElements: true,
      description: "Whatever else there is to say of the allocation.",
    }),
    node_uuid: computed(t.string, { description: "The node that was picked." }),
    state: computed(t.string, { description: "`active`, once a node was picked." }),
    last_error: computed(t.string, { description: "Why no node could be picked." }),
  },
  blocks: { timeouts },
});

/** Milliseconds between two looks at an allocation that Ironic has not decided about. */
const LOOK = 150;
/** Milliseconds between two tries while no node is ready yet. */
const AGAIN = 500;
/** How long a node without a power state may get one: a little longer than Ironic's `sync_power_state_interval`. */
const POWER_SYNC = 75_000;

export const allocation = resource(allocationSchema, {
  upgrade: ({ state }) =>
    adopt(allocationSchema, state, { name: "", candidate_nodes: [], traits: [], extra: {} }) as never,

  async plan({ config, state, planned, client: session, signal, privateState, requireReplace }) {
    const own = (["name", "traits", "extra"] as const).map((name) => [
      name,
      plannedOwn(config[name] as never, state?.[name] as never),
    ]);
    // Of all nodes, or of those it was picked from: nobody says anything, and nothing is picked anew.
    const asked = plannedOrKept(config.candidate_nodes as readonly string[] | null, state?.candidate_nodes);
    const was = state?.candidate_nodes ?? null;
    const known = !isUnknown(asked) && !isEmpty(asked) && !isEmpty(was) && !asked?.some((node) => isUnknown(node));
    const same =
      known &&
      (await sameNodes(await session.ironic(signal), asked as readonly string[], was as readonly string[], signal));
    // An import holds all of extra. What the configuration does not name of it is no reason to pick a node anew.
    const extra = knownMap(config.extra);
    const imported =
      isImported(privateState) &&
      extra !== undefined &&
      configuredKeys(extra).every((key) => extra?.[key] === state?.extra?.[key]);
    const plan = {
      ...planned,
      ...Object.fromEntries(own),
      ...(imported && state !== null && { extra: state.extra }),
      candidate_nodes: same ? was : asked,
    };
    for (const name of ["name", "candidate_nodes", "traits", "extra", "resource_class"] as const) {
      if (state !== null && JSON.stringify(plan[name]) !== JSON.stringify(state[name])) requireReplace([name]);
    }
    return plan;
  },

  async create({ planned, client: session, signal, log, save }) {
    const fields = {
      resource_class: planned.resource_class,
      ...(isEmpty(planned.name) ? {} : { name: planned.name as string }),
      ...(isEmpty(planned.candidate_nodes) ? {} : { candidate_nodes: planned.candidate_nodes as string[] }),
      ...(isEmpty(planned.traits) ? {} : { traits: planned.traits as string[] }),
      ...(isEmpty(planned.extra) ? {} : { extra: withoutNulls(planned.extra as TextMap) }),
    };
    return within(signal, planned.timeouts?.create, "10m", "The allocation", async (limited) => {
      const client = await session.ironic(limited);
      const started = Date.now();
      for (;;) {
        const asked = await client.createAllocation(fields, { signal: limited });
        const stateOf = (now: IronicAllocation) => ({
          ...(planned as never as Record<string, never>),
          ...{ id: now.uuid, node_uuid: now.node_uuid, state: now.state, last_error: now.last_error ?? "" },
        });
        save(stateOf(asked) as never);
        const decided = await decision(client, asked, limited);
        if (decided.state === "active") return stateOf(decided) as never;
        const { uuid, last_error } = decided;
        // Nothing was allocated, and a failed allocation would only hold its name.
        await goneIsFine(() => client.deleteAllocation(uuid, { signal: limited }));
        const waiting = await notReadyYet(
          client,
          planned.resource_class,
          fields.candidate_nodes,
          Date.now() - started < POWER_SYNC,
          limited,
        );
        if (waiting === undefined) {
          throw new ProviderError("No node could be allocated", {
            detail: `Ironic says: ${last_error ?? "nothing"}\n\nIt takes nodes that are available, have the resource class and the traits, a known power state, and no instance.`,
          });
        }
        await pause(AGAIN, log, waiting, limited);
      }
    });
  },

  async read({ state, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    try {
      const found = await client.getAllocation(state.id, { signal });
      return {
        ...state,
        id: found.uuid,
        name: keep(state.name, found.name),
        resource_class: found.resource_class ?? state.resource_class ?? "",
        candidate_nodes: (await sameNodes(client, state.candidate_nodes ?? [], found.candidate_nodes, signal))
          ? state.candidate_nodes
          : found.candidate_nodes,
        traits: keep(state.traits, found.traits),
        extra: readFreeForm(state.extra, found.extra, isImported(privateState)),
        node_uuid: found.node_uuid,
        state: found.state,
        last_error: keep(state.last_error, found.last_error),
      };
    } catch (error) {
      if (error instanceof NotFoundError) return null;
      throw error;
    }
  },

  /** Only what Terraform alone knows can change in place: the timeouts. */
  update: async ({ planned, state }) => ({ ...state, timeouts: planned.timeouts }),

  async delete({ state, client: session, signal }) {
    await within(signal, state.timeouts?.delete, "10m", "Ending the allocation", async (limited) => {
      const client = await session.ironic(limited);
      await goneIsFine(() => client.deleteAllocation(state.id, { signal: limited }));
    });
  },

  async import({ id, client: session, signal, privateState }) {
    const client = await session.ironic(signal);
    const { uuid } = await client.getAllocation(id, { signal });
    markImported(privateState);
    return { id: uuid };
  },
});

async function decision(client: IronicClient, asked: IronicAllocation, signal: AbortSignal): Promise<IronicAllocation> {
  let now = asked;
  while (now.state === "allocating") {
    await new Promise((resolve) => setTimeout(resolve, LOOK));
    signal.throwIfAborted();
    now = await client.getAllocation(asked.uuid, { signal });
  }
  return now;
}

/** Names a node that may be taken soon: Ironic is at work on it, or does not know its power state yet. */
async function notReadyYet(
  client: IronicClient,
  resourceClass: string,
  candidateNodes: readonly string[] | undefined,
  waitForPower: boolean,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nodes = candidateNodes
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

async function pause(milliseconds: number, log: Logger, node: string, signal: AbortSignal): Promise<void> {
  log.info(`no node to allocate yet: waiting for ${node}`);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}
