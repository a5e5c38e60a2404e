import type { IronicNode, Json, JsonObject } from "../../ironic";
import { managedBool, userString } from "../shared/attributes";
import { readJson, typedEntries, userJson } from "../shared/typed";
import { atMost, isUuidOrUnset, lengthIfSet } from "../shared/validators";
import { isEmpty } from "../shared/values";
import type { NodePlanned, NodeState, NodeStored } from "./schema";

// Fields of a node that are one value each. One that is not configured is left alone and is no drift; one that is no longer configured
// is reset to the default that Ironic gives a new node.

export const detailAttributes = {
  description: userString({ description: "Description of the node (microversion 1.51).", validate: atMost(4096) }),
  instance_name: userString({
    description:
      "Name of the instance on the node, such as its host name (microversion 1.104: Ironic 34 and later). Ironic clears it when the node is undeployed.",
    validate: lengthIfSet(1, 255),
  }),
  lessee: userString({
    description: "Project ID that uses the node; used by Ironic's RBAC policies (microversion 1.65).",
  }),
  shard: userString({
    description: "Shard of the node, by which services such as Nova divide nodes among them (microversion 1.82).",
    validate: atMost(255),
  }),
  chassis_uuid: userString({ description: "UUID of the chassis that holds the node.", validate: isUuidOrUnset }),
  parent_node: userString({
    description:
      "UUID of the node of which this one is a part, such as the server of a DPU (microversion 1.83). Lists leave out nodes with a parent, and allocations do not select them.",
    validate: isUuidOrUnset,
  }),
  automated_clean: managedBool({
    description:
      "Whether the node is cleaned before it becomes available, after each undeployment too (microversion 1.47). Default: `[conductor]automated_clean` of Ironic.",
  }),
  disable_power_off: managedBool({
    description:
      "Whether Ironic must not power the node off, such as one whose BMC gets its power from the machine: it reboots it instead (microversion 1.95).",
  }),
  retired: managedBool({
    description:
      "Whether the node is retired (microversion 1.61): it can be cleaned and used to its end, and does not become available again. An available node is moved back to `manageable`.",
  }),
  retired_reason: userString({ description: "Reason why the node is retired.", validate: atMost(255) }),
  protected: managedBool({
    description:
      "Whether Ironic refuses to undeploy, rebuild and delete the node (microversion 1.48). Ironic accepts it only while something is deployed on the node; `protected` of `ironic_deployment` sets it with the deployment.",
  }),
  protected_reason: userString({ description: "Reason why the node is protected.", validate: atMost(255) }),
  network_data: userJson({
    description:
      "Network configuration of the deploy agent, for a network without DHCP: `links`, `networks` and `services` as in OpenStack's `network_data.json` (microversion 1.66).",
  }),
};

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
