import type { PrivateState } from "../../tfplugin";
import { clearImported, isImported, isUnread, markApplied, markImported, wasAppliedHere } from "../shared/legacy-state";

/** The private state of a node. It holds names of secrets, never their values. */
export interface NodePrivateState {
  /** Keys of `driver_info` from write-only arguments. They are not read into state: Ironic masks secrets. */
  readonly secretKeys: readonly string[];
  /** Imported, and not applied since: the apply takes over the current values, and runs no action again. */
  readonly imported: boolean;
  /** Imported, and not read yet: the first read takes all keys. */
  readonly unread: boolean;
  /** False for an object that `openshift-metal3/ironic` applied last: see `wasAppliedHere`. */
  readonly appliedHere: boolean;
}

export function readPrivateState(privateState: PrivateState): NodePrivateState {
  const keys = privateState.get("driver_info_wo");
  return {
    secretKeys: Array.isArray(keys) ? keys.map(String) : [],
    imported: isImported(privateState),
    unread: isUnread(privateState),
    appliedHere: wasAppliedHere(privateState),
  };
}

export function writePrivateState(
  privateState: PrivateState,
  { secretKeys, imported, appliedHere }: Omit<NodePrivateState, "unread">,
): void {
  if (appliedHere) markApplied(privateState);
  if (secretKeys.length > 0) privateState.set("driver_info_wo", [...secretKeys].sort());
  else privateState.delete("driver_info_wo");
  if (imported) markImported(privateState);
  else clearImported(privateState);
}
