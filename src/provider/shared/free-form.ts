import type { JsonObject } from "../../ironic";
import { type TypedMap, typedKeys, typedName, typedToSend } from "./typed";
import { keepPriorIfEmpty, readMap, type TextMap, toSend, without, withoutNulls } from "./values";

// Ironic's free-form fields: a node's driver_info, properties (with root_device in it) and extra, a port's local_link_connection and
// extra, an allocation's extra. Ironic and its drivers write keys of their own into them: the vendor, what inspection found, a
// console's port. Terraform manages the configured keys: after an apply those are the keys in state, reads are limited to them, and a
// key that neither the configuration nor the prior state has is left unchanged. For instance_info, in which Ironic also overwrites
// values, see deployment/instance-info.ts.

/**
 * A free-form field for state.
 * @param prior the map in state, whose keys were configured
 * @param unread whether this is the first read after an import, which takes all keys
 */
export function readFreeForm(prior: TextMap | null, now: JsonObject | undefined, unread: boolean): TextMap | null {
  if (unread) return readMap(prior, now);
  const configured = new Set(configuredKeys(prior));
  const known = Object.entries(now ?? {}).filter(([key]) => configured.has(key));
  return keepPriorIfEmpty(prior, readMap(prior, Object.fromEntries(known)));
}

/** The arguments of a free-form field. */
export interface Entries {
  readonly texts: TextMap | null;
  /** Undefined where the field has no argument for values of other types. */
  readonly typed?: TypedMap | undefined;
}

/**
 * A free-form field to send.
 * @param wanted the planned entries
 * @param before the keys that were configured before: those that are not planned any more are removed
 */
export function freeFormToSend(
  wanted: Entries,
  current: JsonObject | undefined,
  prior: Entries,
  before: Iterable<string> = [],
): JsonObject {
  const dropped = [wanted, prior].flatMap(({ texts, typed }) => [...configuredKeys(texts), ...typedKeys(typed)]);
  return {
    ...without(current ?? {}, [...dropped, ...before]),
    ...toSend(wanted.texts ?? {}, current, prior.texts),
    ...typedToSend(wanted.typed ?? null, current, prior.typed ?? null),
  };
}

/** Values of a resource by argument: a free-form field, and its entries of other types where there is an argument for them. */
export type FreeFormValues<Name extends string> = Readonly<Record<Name, TextMap | null>> & {
  readonly [typed in `${Name}_typed`]?: TypedMap;
};

/**
 * A free-form field of a plain resource to send.
 * @param update undefined for a creation; `state` has the keys that were configured before
 */
export function plannedFreeForm<Name extends string>(
  name: Name,
  planned: FreeFormValues<Name>,
  update: { readonly found: Readonly<Record<Name, JsonObject>>; readonly state: FreeFormValues<Name> } | undefined,
): JsonObject {
  const prior = update === undefined ? { texts: null } : entriesOf(name, update.state);
  return freeFormToSend(entriesOf(name, planned), update?.found[name], prior);
}

/** The arguments of a free-form field. */
export function entriesOf<Name extends string>(name: Name, values: FreeFormValues<Name>): Entries {
  const all = values as Readonly<Record<string, TypedMap | undefined>>;
  return { texts: values[name], typed: all[typedName(name)] };
}

/** The keys of a map whose values are not null. */
export function configuredKeys(map: TextMap | null | undefined): string[] {
  return Object.keys(withoutNulls(map ?? {}));
}
