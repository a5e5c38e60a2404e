import type { PrivateState } from "../../tfplugin";
import { clearImported, isImported, isUnread, markApplied, markImported, wasAppliedHere } from "../shared/legacy-state";

/** What is known of a node beside its state, by names only: never a secret's value. */
export interface NodePrivateState {
  /** Keys of `driver_info` that came in write-only arguments. They are not read back: Ironic masks what is secret. */
  readonly secretKeys: readonly string[];
  /** Imported, and not applied since: what is there is taken over, and nothing is done again. */
  readonly imported: boolean;
  /** Imported, and not read yet: the first read takes all that is there. */
  readonly unread: boolean;
  /** Not the old provider's work: see `wasAppliedHere`. */
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

/** The key of `driver_info` and `instance_info` that holds a pull secret. */
export const PULL_SECRET = "image_pull_secret";
