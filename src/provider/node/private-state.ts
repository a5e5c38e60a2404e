import type { PrivateState } from "../../tfplugin";
import { isImported, isOurs, isUnread, markApplied, markImported, markOurs } from "../shared/legacy-state";

/** What is known of a node beside its state, by names only: never a secret's value. */
export interface Hidden {
  /** Keys of `driver_info` that came in write-only arguments. They are not read back: Ironic masks what is secret. */
  readonly secretKeys: readonly string[];
  /** Imported, and not applied since: what is there is taken over, and nothing is done again. */
  readonly imported: boolean;
  /** Imported, and not read yet: the first read takes all that is there. */
  readonly unread: boolean;
  /** Not the old provider's work: see `isOurs`. */
  readonly ours: boolean;
}

export function readHidden(privateState: PrivateState): Hidden {
  const keys = privateState.get("driver_info_wo");
  return {
    secretKeys: Array.isArray(keys) ? keys.map(String) : [],
    imported: isImported(privateState),
    unread: isUnread(privateState),
    ours: isOurs(privateState),
  };
}

export function writeHidden(privateState: PrivateState, { secretKeys, imported, ours }: Omit<Hidden, "unread">): void {
  if (ours) markOurs(privateState);
  if (secretKeys.length > 0) privateState.set("driver_info_wo", [...secretKeys].sort());
  else privateState.delete("driver_info_wo");
  if (imported) markImported(privateState);
  else markApplied(privateState);
}

/** The key of `driver_info` and `instance_info` that holds a pull secret. */
export const PULL_SECRET = "image_pull_secret";
