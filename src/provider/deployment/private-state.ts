import { type IronicNode, MASK } from "../../ironic";
import type { PrivateState } from "../../tfplugin";
import { clearImported, isImported, markApplied, markImported } from "../shared/legacy-state";
import { type TextMap, withoutNulls } from "../shared/values";
import { readInstanceInfo } from "./instance-info";
import { type ServerOverrides, serverOverrides } from "./server-overrides";

/** The keys of `instance_info` that an import found masked: Ironic has a value, and does not return it. */
const MASKED = "masked";
/** Set while `instance_info` holds an image whose deployment Ironic has not accepted yet: the next apply continues with that. */
const PENDING = "pending";
/** The keys of `instance_info` that Ironic overwrote in the last deployment: see `ServerOverrides`. */
const OVERRIDES = "rewritten";

export function markDeploymentImported(privateState: PrivateState, node: IronicNode): void {
  markApplied(privateState);
  markImported(privateState);
  const masked = Object.entries(node.instance_info).flatMap(([key, value]) => (value === MASK ? [key] : []));
  privateState.set(MASKED, masked);
}

/** The keys that the import of a deployment could not read; undefined after the first apply, and without an import. */
export function maskedAtImport(privateState: PrivateState): readonly string[] | undefined {
  if (!isImported(privateState)) return undefined;
  const keys = privateState.get(MASKED);
  return Array.isArray(keys) ? keys.map(String) : [];
}

export function isPending(privateState: PrivateState): boolean {
  return privateState.get(PENDING) === true;
}

export function markPending(privateState: PrivateState): void {
  privateState.set(PENDING, true);
}

/** To be called once Ironic has accepted the planned deployment, or needs none. */
export function markAccepted(privateState: PrivateState): void {
  privateState.delete(PENDING);
  privateState.delete(MASKED);
  clearImported(privateState);
}

/** The overrides of the last deployment; undefined where they were not recorded. */
export function recordedOverrides(privateState: PrivateState): ServerOverrides | undefined {
  return privateState.get(OVERRIDES) as ServerOverrides | undefined;
}

/** Records, after a deployment, the keys of the configured `instance_info` that Ironic has overwritten. */
export function recordServerOverrides(
  privateState: PrivateState,
  configured: TextMap | null,
  { instance_info: now }: IronicNode,
): void {
  const sent = withoutNulls(configured ?? {});
  privateState.set(OVERRIDES, serverOverrides(sent, readInstanceInfo(sent, now, {}), now));
}

export function forgetServerOverrides(privateState: PrivateState): void {
  privateState.delete(OVERRIDES);
}
