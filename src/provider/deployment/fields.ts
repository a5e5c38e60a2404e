import { diff, type IronicNode, type JsonObject } from "../../ironic";
import type { KnownConfig } from "../../tfplugin";
import type { NodeContext } from "../shared/provisioning";
import { without, withoutNulls } from "../shared/values";
import { PULL_SECRET } from "../shared/write-only";
import { withDiskFormat, withoutEmptyDiskFormat } from "./disk-format";
import { FINGERPRINT, fingerprint } from "./fingerprint";
import { instanceInfoToSend } from "./instance-info";
import type { DeploymentPlanned, DeploymentSchema, DeploymentState } from "./schema";
import type { ServerOverrides } from "./server-overrides";
import { UNFINISHED } from "./unfinished";

/** The circumstances of a change of `instance_info`. */
export interface InstanceInfoChange {
  /** A deployment or a rebuild follows. */
  readonly redeploy: boolean;
  readonly overrides: ServerOverrides | undefined;
  /** The config drive of the last deployment is no longer configured, and no other one is. */
  readonly removeConfigDrive: boolean;
  /** The mark of the deployment that follows: see `markOf`. Without one, the node's is removed. */
  readonly mark: string | undefined;
}

/**
 * Patches the node's `instance_info` to the planned one.
 * @param state the prior state; null for a new deployment
 * @returns the node after the patch
 */
export async function patchInstanceInfo(
  { client, signal }: NodeContext,
  node: IronicNode,
  planned: DeploymentPlanned,
  state: DeploymentState | null,
  config: KnownConfig<DeploymentSchema>,
  change: InstanceInfoChange,
): Promise<IronicNode> {
  const { redeploy, removeConfigDrive, mark } = change;
  const configured = withoutEmptyDiskFormat(planned.instance_info);
  const prior = state && withoutEmptyDiskFormat(state.instance_info);
  const wanted = redeploy ? withDiskFormat(withoutNulls(configured), node) : configured;
  const removed = removeConfigDrive && !Object.hasOwn(wanted, "configdrive") ? ["configdrive"] : [];
  const sent = instanceInfoToSend(
    { texts: wanted, typed: planned.instance_info_typed },
    node.instance_info,
    { texts: prior, typed: state?.instance_info_typed ?? null },
    change,
  );
  const kept = without(sent, [...removed, UNFINISHED]);
  const fields = withFingerprint(kept, planned, node.uuid, change);
  const instance_info = {
    ...withPullSecret(fields, node, state, config, redeploy),
    ...(mark !== undefined && { [UNFINISHED]: mark }),
  };
  return client.patchNode(node.uuid, diff({ instance_info: node.instance_info }, { instance_info }), { signal });
}

/** The fingerprint follows the deployment. A rebuild without a config drive of its own uses that of the last deployment. */
function withFingerprint(
  fields: JsonObject,
  planned: DeploymentPlanned,
  uuid: string,
  { redeploy, removeConfigDrive }: InstanceInfoChange,
): JsonObject {
  const current = redeploy ? fingerprint(planned, uuid) : undefined;
  if (current !== undefined) return { ...fields, [FINGERPRINT]: current };
  return removeConfigDrive ? without(fields, [FINGERPRINT]) : fields;
}

/**
 * The pull secret is sent when its version changes. Otherwise Ironic's is kept, and need not be configured: an ephemeral variable may
 * be unset by then. A secret that Ironic no longer has, such as after an undeployment, is sent again with a deployment, which needs it.
 */
function withPullSecret(
  { [PULL_SECRET]: current, ...others }: JsonObject,
  node: IronicNode,
  state: DeploymentState | null,
  { image_pull_secret_wo: secret, image_pull_secret_wo_version: version }: KnownConfig<DeploymentSchema>,
  redeploy: boolean,
): JsonObject {
  const priorVersion = state?.image_pull_secret_wo_version ?? null;
  const isMissing = redeploy && !Object.hasOwn(node.instance_info, PULL_SECRET);
  if (secret !== null && (version !== priorVersion || isMissing)) return { ...others, [PULL_SECRET]: secret };
  const isRemoved = secret === null && priorVersion !== null && version !== priorVersion;
  return isRemoved || current === undefined ? others : { ...others, [PULL_SECRET]: current };
}
