import { MASK } from "../../ironic";
import { type Config, isUnknown, unknown } from "../../tfplugin";
import { isEmpty, knownMap, sameMap, type TextMap, without } from "../shared/values";
import type { NodePrivateState } from "./private-state";
import { INTERFACES, type NodePlan, type NodeSchema, type NodeState } from "./schema";
import { secretKeys } from "./secrets";

type NodeConfig = Config<NodeSchema>;

/** Arguments that keep their prior state where they are not configured: Ironic's values are left unchanged. */
const UNCHANGED_IF_UNSET = ["traits", "manage", "available"] as const;
/** Arguments that a single action consumes; their removal from the configuration is not a change. */
const ONE_SHOT = ["raid_config", "bios_settings", "power_state_timeout"] as const;

/** The plan of a node, from the one that follows from the schema. */
export function planNode(
  config: NodeConfig,
  state: NodeState | null,
  planned: NodePlan,
  { imported }: Pick<NodePrivateState, "imported">,
): NodePlan {
  if (state === null) return planned;
  const names = [
    ...UNCHANGED_IF_UNSET.filter((name) => config[name] === null),
    // Terraform accepts the prior value instead of a configured one only if it is not null.
    ...ONE_SHOT.filter((name) => isEmpty(config[name]) && state[name] !== null),
    // A target that the node has reached already is not an action, whatever the last target was.
    ...(isReached(config, state) ? (["target_power_state"] as const) : []),
  ];
  const kept = { ...planned, ...Object.fromEntries(names.map((name) => [name, state[name]])) };
  return {
    ...kept,
    ...planDriverInfo(config, state, planned, imported),
    ...planInterfaces(config, state),
    ...planStates(kept, state),
  };
}

/** A change of one of these moves the node; any other one leaves its states as they are, and the plan shows them unchanged. */
const ACTIONS = ["manage", "clean", "inspect", "available", "retired", "target_power_state"] as const;

function planStates(planned: NodePlan, state: NodeState): Partial<NodePlan> {
  const isUnchanged = ACTIONS.every((name) => {
    const [one, other] = [planned[name], state[name]];
    return one === other || (isEmpty(one) && isEmpty(other));
  });
  return isUnchanged ? {} : { power_state: unknown, provision_state: unknown, instance_uuid: unknown };
}

function isReached({ target_power_state: target }: NodeConfig, state: NodeState): boolean {
  return !isEmpty(target) && target === state.power_state && state.target_power_state !== null;
}

/** A new driver has its own default interfaces. */
function planInterfaces(config: NodeConfig, state: NodeState): Partial<NodePlan> {
  if (config.driver === state.driver) return {};
  const unset = INTERFACES.filter((name) => isEmpty(config[name]));
  return Object.fromEntries(unset.map((name) => [name, config[name] ?? unknown]));
}

/**
 * `driver_info`, `deploy_kernel` and `deploy_ramdisk` are one field in Ironic. While all of them together are the same as in state, they
 * keep their division in state. A masked value counts as the configured one, except after an import: the state would keep the mask, and
 * a later change of the password would not be detected.
 */
function planDriverInfo(config: NodeConfig, state: NodeState, planned: NodePlan, imported: boolean): Partial<NodePlan> {
  const map = knownMap(config.driver_info);
  const { deploy_kernel: kernel, deploy_ramdisk: ramdisk } = config;
  if (map === undefined || isUnknown(kernel) || isUnknown(ramdisk)) return {};
  const secret = secretKeys(config);
  const wanted = mergedDriverInfo(map, kernel, ramdisk, secret);
  const prior = mergedDriverInfo(state.driver_info, state.deploy_kernel, state.deploy_ramdisk, secret);
  const isRevealed = imported && Object.entries(prior).some(([key, value]) => value === MASK && wanted[key] !== MASK);
  if (!sameMap(wanted, prior) || isRevealed) return {};
  // Terraform accepts the prior value instead of a configured one only if it is not null.
  return {
    driver_info: map !== null && state.driver_info === null ? planned.driver_info : state.driver_info,
    deploy_kernel: kernel !== null && state.deploy_kernel === null ? kernel : state.deploy_kernel,
    deploy_ramdisk: ramdisk !== null && state.deploy_ramdisk === null ? ramdisk : state.deploy_ramdisk,
  };
}

function mergedDriverInfo(
  map: TextMap | null,
  kernel: string | null,
  ramdisk: string | null,
  secret: readonly string[],
): Record<string, string> {
  const merged = { ...map, ...(kernel && { deploy_kernel: kernel }), ...(ramdisk && { deploy_ramdisk: ramdisk }) };
  return without(merged, secret);
}
