import type { IronicNode, JsonObject } from "../../ironic";
import { isConfigured, managedFields, readManaged } from "../shared/managed";
import { readJson, typedEntries } from "../shared/typed";
import type { NodePlanned, NodeState, NodeStored } from "./schema";

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
 * The planned fields by the names of the API.
 * @param state the prior state; undefined for a new node
 */
export function detailFields(planned: Pick<NodePlanned, Detail>, state?: Pick<NodeState, Detail>): JsonObject {
  const { network_data, ...others } = managedFields(["network_data", ...TEXTS, ...FLAGS], planned, state, DEFAULTS);
  if (network_data === undefined) return others;
  return { ...others, network_data: network_data === null ? null : typedEntries(planned.network_data) };
}

/** The arguments for state. */
export function readDetails(node: IronicNode, prior: NodeStored, unread: boolean): Pick<NodeState, Detail> {
  const read = (name: (typeof TEXTS)[number] | (typeof FLAGS)[number]) => {
    // Debian's Ironic 29 makes each node its own parent.
    const now = name === "parent_node" && node[name] === node.uuid ? null : node[name];
    return readManaged(prior[name], now, unread, name in DEFAULTS ? DEFAULTS[name as keyof typeof DEFAULTS] : null);
  };
  const details = Object.fromEntries([...TEXTS, ...FLAGS].map((name) => [name, read(name)]));
  const network = node.network_data as JsonObject | null | undefined;
  const isRead = network !== undefined && (isConfigured(prior.network_data) || unread);
  return {
    ...(details as Pick<NodeState, Exclude<Detail, "network_data">>),
    network_data: isRead ? readJson(prior.network_data, network) : prior.network_data,
  };
}
