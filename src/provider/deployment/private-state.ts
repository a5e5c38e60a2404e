import { type IronicNode, MASK } from "../../ironic";
import type { PrivateState } from "../../tfplugin";
import { clearImported, isImported, markApplied, markImported } from "../shared/legacy-state";
import { type TextMap, withoutNulls } from "../shared/values";
import { FINGERPRINT } from "./fingerprint";
import { readInstanceInfo } from "./instance-info";
import { type ServerOverrides, serverOverrides } from "./server-overrides";

/** The keys of `instance_info` that an import found masked: Ironic has a value, and does not return it. */
const MASKED = "masked";
/** The fingerprint that an import found. */
const DEPLOYED = "deployed";
/** Set while `instance_info` holds an image whose deployment Ironic has not accepted yet: the next apply continues with that. */
const PENDING = "pending";
/** The keys of `instance_info` that Ironic overwrote in the last deployment: see `ServerOverrides`. */
const OVERRIDES = "rewritten";

export function markDeploymentImported(privateState: PrivateState, node: IronicNode): void {
  markApplied(privateState);
  markImported(privateState);
  const masked = Object.entries(node.instance_info).flatMap(([key, value]) => (value === MASK ? [key] : []));
  privateState.set(MASKED, masked);
  const deployed = node.instance_info[FINGERPRINT];
  if (typeof deployed === "string") privateState.set(DEPLOYED, deployed);
}

/** What an import found of the values that Ironic does not show. */
export interface ImportFacts {
  /** The masked keys of `instance_info`. */
  readonly masked: readonly string[];
  /** The fingerprint of the deployed arguments; undefined where another client has deployed, or there were none. */
  readonly deployed: string | undefined;
}

/** Undefined after the first apply, and without an import. */
export function importFacts(privateState: PrivateState): ImportFacts | undefined {
  if (!isImported(privateState)) return undefined;
  const [keys, deployed] = [privateState.get(MASKED), privateState.get(DEPLOYED)];
  return {
    masked: Array.isArray(keys) ? keys.map(String) : [],
    deployed: typeof deployed === "string" ? deployed : undefined,
  };
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
  privateState.delete(DEPLOYED);
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
