import { isUnknown, type KnownConfig, type Unknown } from "../../tfplugin";
import { typedKeys } from "../shared/typed";
import { withoutNulls } from "../shared/values";
import { PULL_SECRET } from "../shared/write-only";
import type { Secrets } from "./fields";
import type { NodePlanned, NodeSchema, NodeState } from "./schema";

type NodeConfig = KnownConfig<NodeSchema>;

/** The keys of `driver_info` that the write-only arguments contain. */
export function secretKeys(config: {
  readonly driver_info_wo: Readonly<Record<string, string | Unknown>> | Unknown | null;
  readonly image_pull_secret_wo: string | Unknown | null;
}): readonly string[] {
  const { driver_info_wo: map, image_pull_secret_wo: pullSecret } = config;
  const names = map === null || isUnknown(map) ? [] : Object.keys(withoutNulls(map));
  return pullSecret === null ? names : [...names, PULL_SECRET];
}

/** The write-only values of the configuration. */
export function configuredSecrets(config: NodeConfig): Secrets {
  return {
    driverInfo: config.driver_info_wo === null ? undefined : withoutNulls(config.driver_info_wo),
    pullSecret: config.image_pull_secret_wo ?? undefined,
  };
}

/** The write-only values whose version changes: only those are sent. */
export function changedSecrets(config: NodeConfig, planned: NodePlanned, state: NodeState): Secrets {
  const { driverInfo, pullSecret } = configuredSecrets(config);
  return {
    driverInfo: planned.driver_info_wo_version === state.driver_info_wo_version ? undefined : driverInfo,
    pullSecret: planned.image_pull_secret_wo_version === state.image_pull_secret_wo_version ? undefined : pullSecret,
  };
}

/**
 * The keys of secrets sent before that are kept. While its version is unchanged, a secret need not be configured: an ephemeral variable
 * may be unset by then.
 * @param sent the keys of the secrets sent before
 */
export function keptSecrets(
  sent: readonly string[],
  config: NodeConfig,
  planned: NodePlanned,
  state: NodeState,
): readonly string[] {
  const configured = secretKeys(config);
  const { driver_info, driver_info_typed, deploy_kernel, deploy_ramdisk } = planned;
  const texts = Object.keys(withoutNulls<string | null>({ ...driver_info, deploy_kernel, deploy_ramdisk }));
  const notSecret = [...texts, ...typedKeys(driver_info_typed)];
  return sent.filter((key) => {
    if (configured.includes(key)) return true;
    const hasOwnVersion = key === PULL_SECRET && state.image_pull_secret_wo_version !== null;
    const version = hasOwnVersion ? "image_pull_secret_wo_version" : "driver_info_wo_version";
    return !notSecret.includes(key) && planned[version] !== null && planned[version] === state[version];
  });
}
