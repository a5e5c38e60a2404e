import type { IronicNode, Json, JsonObject } from "../../ironic";
import { readJson, typedEntries } from "../shared/typed";
import { isEmpty } from "../shared/values";
import type { NodePlanned, NodeState, NodeStored } from "./schema";

// Fields of a node that are one value each. One that is not configured is left alone and is no drift; one that is no longer configured
// is reset to the default that Ironic gives a new node.

const TEXTS = [
  "description",
  "instance_name",
  "lessee",
  "shard",
  "chassis_uuid",
  "parent_node",
  "retired_reason",
  "protected_reason",
] as const;
const FLAGS = ["automated_clean", "disable_power_off", "retired", "protected"] as const;
/** The flags of a new node. */
const DEFAULTS: Readonly<Record<(typeof FLAGS)[number], boolean | null>> = {
  automated_clean: null,
  disable_power_off: false,
  retired: false,
  protected: false,
};

type Detail = (typeof TEXTS)[number] | (typeof FLAGS)[number] | "network_data";

/**
 * The planned fields by the names of the API, with the default of each that is no longer configured.
 * @param state the prior state; undefined for a new node
 */
export function detailFields(planned: Pick<NodePlanned, Detail>, state?: Pick<NodeState, Detail>): JsonObject {
  const isConfigured = (name: Detail) => !isEmpty(planned[name]) || planned[name] === false;
  const wasConfigured = (name: Detail) => !isEmpty(state?.[name]) || state?.[name] === false;
  const named = (["network_data", ...TEXTS, ...FLAGS] as const).filter(
    (name) => isConfigured(name) || wasConfigured(name),
  );
  return Object.fromEntries(
    named.map((name) => [name, isConfigured(name) ? configuredValue(name, planned) : defaultOf(name)]),
  );
}

function configuredValue(name: Detail, planned: Pick<NodePlanned, Detail>): Json {
  return name === "network_data" ? typedEntries(planned.network_data) : planned[name];
}

function defaultOf(name: Detail): Json {
  return name in DEFAULTS ? DEFAULTS[name as keyof typeof DEFAULTS] : null;
}

/**
 * The arguments for state: those in the prior state, with Ironic's values.
 * @param unread whether this is the first read after an import, which takes every value that is not a new node's
 */
export function readDetails(node: IronicNode, prior: NodeStored, unread: boolean): Pick<NodeState, Detail> {
  const read = (name: (typeof TEXTS)[number] | (typeof FLAGS)[number]) => {
    const [before, now] = [prior[name], node[name]];
    // The microversion may be too old for it.
    if (now === undefined || (isEmpty(before) && before !== false && !unread)) return before;
    // Debian's Ironic 29 makes each node its own parent.
    const value = name === "parent_node" && now === node.uuid ? null : now;
    return unread && value === defaultOf(name) ? null : value;
  };
  const network = node.network_data as JsonObject | null | undefined;
  const details = Object.fromEntries([...TEXTS, ...FLAGS].map((name) => [name, read(name)]));
  return {
    ...(details as Pick<NodeState, Exclude<Detail, "network_data">>),
    network_data:
      network === undefined || (isEmpty(prior.network_data) && !unread)
        ? prior.network_data
        : readJson(prior.network_data, network),
  };
}
