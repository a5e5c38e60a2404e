import type { JsonValue, PartialState, PrivateState, Schema } from "../../tfplugin";

/**
 * The schema version of every resource. Version 0 is state of `openshift-metal3/ironic`, taken over by `terraform state
 * replace-provider`; its attributes have the same names and types.
 */
export const SCHEMA_VERSION = 1;

const APPLIED_HERE = "ours";

/**
 * Whether this provider has applied or imported the resource. `openshift-metal3/ironic` did not send every argument, and did not store
 * everything in state: what it left is not drift until it is changed.
 */
export function wasAppliedHere(privateState: Pick<PrivateState, "get">): boolean {
  return privateState.get(APPLIED_HERE) === true;
}

/** To be called by hooks that write the whole state: create, update, import. */
export function markApplied(privateState: Pick<PrivateState, "set">): void {
  privateState.set(APPLIED_HERE, true);
}

const IMPORTED = "imported";
/** The values of `imported`. */
const [UNREAD, READ] = [true, "read"];

/** Whether the resource was imported and not applied since: its state may hold keys that are not configured. */
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

/** To be called by each update: from then on, state holds configured keys only. */
export function clearImported(privateState: Pick<PrivateState, "delete">): void {
  privateState.delete(IMPORTED);
}

type Stored = { readonly [name: string]: JsonValue };

/**
 * State of `openshift-metal3/ironic` as state of this provider. Its SDK treated null, "", false and {} as equal and stored either;
 * Terraform accepts a plan that keeps {} where null is configured, but not the reverse. So null becomes the empty value of its type.
 * @param unset the empty value of each argument that only the user sets
 */
export function upgradeLegacyState<S extends Schema>(schema: S, state: JsonValue, unset: Stored): PartialState<S> {
  const stored = typeof state === "object" && state !== null && !Array.isArray(state) ? (state as Stored) : {};
  const known = Object.entries(stored).filter(([name]) => Object.hasOwn(schema.type.attributes, name));
  const empty = Object.entries(unset).filter(([name]) => (stored[name] ?? null) === null);
  // The attributes have the same names and types in both providers.
  return Object.fromEntries([...known, ...empty]) as unknown as PartialState<S>;
}
