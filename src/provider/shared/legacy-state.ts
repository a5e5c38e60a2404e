import type { JsonValue, PartialState, PrivateState, Schema } from "../../tfplugin";

/**
 * The schema version of every resource here. Version 0 is state of `openshift-metal3/ironic`, which `terraform state
 * replace-provider` brings; its attributes have the same names and types.
 */
export const SCHEMA_VERSION = 1;

const OURS = "ours";

/**
 * Whether this provider has applied or imported the resource. What the old one left was never sent in all its parts, or is not
 * all in state: as long as nothing changes there, it stays as it is.
 */
export function wasAppliedHere(privateState: Pick<PrivateState, "get">): boolean {
  return privateState.get(OURS) === true;
}

/** To be called by whatever makes state anew: create, update, import. */
export function markApplied(privateState: Pick<PrivateState, "set">): void {
  privateState.set(OURS, true);
}

const IMPORTED = "imported";
/** The values of `imported`. */
const [UNREAD, READ] = [true, "read"];

/** Whether the resource was imported and not applied since: its state then holds more than the configuration names. */
export function isImported(privateState: Pick<PrivateState, "get">): boolean {
  return isUnread(privateState) || privateState.get(IMPORTED) === READ;
}

/** Whether the state of an import has not been read yet. */
export function isUnread(privateState: Pick<PrivateState, "get">): boolean {
  return privateState.get(IMPORTED) === UNREAD;
}

export function markImported(privateState: Pick<PrivateState, "set">): void {
  privateState.set(IMPORTED, UNREAD);
}

/** To be called by each read. */
export function markRead(privateState: Pick<PrivateState, "get" | "set">): void {
  if (isUnread(privateState)) privateState.set(IMPORTED, READ);
}

/** To be called by each update: from then on, state holds what the configuration names. */
export function clearImported(privateState: Pick<PrivateState, "delete">): void {
  privateState.delete(IMPORTED);
}

type Stored = { readonly [name: string]: JsonValue };

/**
 * The old provider's state as this one's. Its SDK took null, "", false and {} for the same and wrote now one, now the other;
 * Terraform does not let a plan keep null where the configuration says {}, but the other way round it does. So whatever is the
 * user's alone says so: nothing.
 * @param nothing the value of each such argument that says nothing
 */
export function upgradeLegacyState<S extends Schema>(schema: S, state: JsonValue, nothing: Stored): PartialState<S> {
  const stored = typeof state === "object" && state !== null && !Array.isArray(state) ? (state as Stored) : {};
  const known = Object.entries(stored).filter(([name]) => Object.hasOwn(schema.type.attributes, name));
  const unset = Object.entries(nothing).filter(([name]) => (stored[name] ?? null) === null);
  // The attributes have the old provider's names and types.
  return Object.fromEntries([...known, ...unset]) as unknown as PartialState<S>;
}
