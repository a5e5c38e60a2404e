import { MASK } from "../../ironic";
import { isUnknown, type Unknown, unknown } from "../../tfplugin";
import {
  isEmpty,
  knownMap,
  planned,
  plannedOrKept,
  sameMap,
  type TextMap,
  without,
  withoutNulls,
} from "../shared/values";
import { samePorts } from "./ports";
import { type NodePrivateState, PULL_SECRET } from "./private-state";
import { INTERFACES, type NodePlan, type NodeState } from "./schema";

type Text = string | Unknown | null;

/** What of a configuration decides over driver_info; the write-only parts by their names. */
interface DriverInfoConfig {
  readonly driver_info: Readonly<Record<string, string | Unknown>> | Unknown | null;
  readonly deploy_kernel: Text;
  readonly deploy_ramdisk: Text;
  readonly driver_info_wo: Readonly<Record<string, string | Unknown>> | Unknown | null;
  readonly image_pull_secret_wo: Text;
}

/** The arguments that are the user's alone: unset means nothing, not something that Ironic decides. */
const OWN = [
  ...[
    "name",
    "properties",
    "root_device",
    "extra",
    "resource_class",
    "ports",
    "clean",
    "inspect",
    "target_power_state",
  ],
] as const;

/** Ironic's to decide where nobody says anything: what it was stays. */
const DECIDED = ["conductor_group", "owner", ...INTERFACES] as const;
/** Used once: that they are no longer there is no change. */
const USED = ["raid_config", "bios_settings", "power_state_timeout"] as const;

/** The plan of a node, from the one that the schema gives. */
export function planNode(
  config: NodePlan & DriverInfoConfig,
  state: NodeState | null,
  plan: NodePlan,
  { imported }: Pick<NodePrivateState, "imported">,
): NodePlan {
  const by = (rule: typeof planned, names: readonly string[]) =>
    names.map((name) => {
      const [said, was] = [config[name as keyof NodePlan], state?.[name as keyof NodeState]];
      return [name, rule(said as never, was as never)];
    });
  return {
    ...plan,
    ...Object.fromEntries([
      ...by(planned, OWN),
      ...by(plannedOrKept, USED),
      ...(state === null ? [] : by(plannedOrKept, DECIDED)),
    ]),
    ...planDriverInfo(config, state, imported),
    ...(portsUnchanged(config.ports, state) ? { ports: state?.ports ?? null } : {}),
    // Where the machine is already is no order, whatever the last one was.
    ...(!isEmpty(config.target_power_state) &&
    state?.target_power_state !== null &&
    config.target_power_state === state?.power_state
      ? { target_power_state: state.target_power_state }
      : {}),
    // Unset, they are left alone: what an import found, or an order that was carried out, stays as it is.
    traits: config.traits ?? state?.traits ?? null,
    manage: config.manage ?? state?.manage ?? null,
    available: config.available ?? state?.available ?? null,
    ...interfacesAfter(config, state),
  };
}

function portsUnchanged(said: NodePlan["ports"], state: NodeState | null): boolean {
  if (said === null || isUnknown(said) || isEmpty(state?.ports)) return false;
  const ports = said.map((port) => knownMap(port));
  return ports.every((port) => !isEmpty(port)) && samePorts(ports as TextMap[], state?.ports ?? []);
}

/** A new driver brings interfaces of its own. */
function interfacesAfter(config: NodePlan, state: NodeState | null): Partial<NodePlan> {
  if (state === null || config.driver === state.driver) return {};
  return Object.fromEntries(
    INTERFACES.flatMap((name) => (isEmpty(config[name]) ? [[name, config[name] ?? unknown]] : [])),
  );
}

/**
 * `driver_info` and what has arguments of its own are one field in Ironic. While all of it together says what state says,
 * state's own division of it stays; a masked value is taken for what the configuration says. Only an import takes over what is
 * said in its place: state would hold the mask for ever, and nobody would see a password's change.
 */
function planDriverInfo(
  config: DriverInfoConfig,
  state: NodeState | null,
  imported: boolean,
): Pick<NodePlan, "driver_info" | "deploy_kernel" | "deploy_ramdisk"> {
  const map = knownMap(config.driver_info);
  const [kernel, ramdisk] = [config.deploy_kernel, config.deploy_ramdisk];
  if (state !== null && map !== undefined && !isUnknown(kernel) && !isUnknown(ramdisk)) {
    const secret = secretKeys(config);
    const wanted = mergedDriverInfo(map, kernel, ramdisk, secret);
    const was = mergedDriverInfo(state.driver_info, state.deploy_kernel, state.deploy_ramdisk, secret);
    const toLearn = imported && Object.entries(was).some(([key, value]) => value === MASK && wanted[key] !== MASK);
    if (sameMap(wanted, was) && !toLearn) {
      return {
        // Terraform lets a plan keep what is there where both sides say something.
        driver_info: map !== null && state.driver_info === null ? config.driver_info : state.driver_info,
        deploy_kernel: kernel !== null && state.deploy_kernel === null ? kernel : state.deploy_kernel,
        deploy_ramdisk: ramdisk !== null && state.deploy_ramdisk === null ? ramdisk : state.deploy_ramdisk,
      };
    }
  }
  return {
    driver_info: planned(config.driver_info, state?.driver_info) as NodePlan["driver_info"],
    deploy_kernel: planned(config.deploy_kernel, state?.deploy_kernel),
    deploy_ramdisk: planned(config.deploy_ramdisk, state?.deploy_ramdisk),
  };
}

function mergedDriverInfo(
  map: TextMap | null,
  kernel: string | null,
  ramdisk: string | null,
  secret: readonly string[],
): Record<string, string> {
  return without(
    {
      ...map,
      ...(isEmpty(kernel) ? {} : { deploy_kernel: kernel as string }),
      ...(isEmpty(ramdisk) ? {} : { deploy_ramdisk: ramdisk as string }),
    },
    secret,
  );
}

/** The names of what is written and never read. */
export function secretKeys(
  config: Pick<DriverInfoConfig, "driver_info_wo" | "image_pull_secret_wo">,
): readonly string[] {
  const { driver_info_wo: map, image_pull_secret_wo: pullSecret } = config;
  const names = map === null || isUnknown(map) ? [] : Object.keys(withoutNulls(map));
  return pullSecret === null ? names : [...names, PULL_SECRET];
}
