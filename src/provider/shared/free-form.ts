import type { JsonObject } from "../../ironic";
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

/**
 * A free-form field to send.
 * @param wanted the planned map
 * @param before the keys that were configured before: those that are not planned any more are removed
 */
export function freeFormToSend(
  wanted: TextMap,
  current: JsonObject | undefined,
  prior: TextMap | null,
  before: Iterable<string>,
): JsonObject {
  const others = without(current ?? {}, [...configuredKeys(wanted), ...before]);
  return { ...others, ...toSend(wanted, current, prior) };
}

/**
 * A free-form field of a plain resource to send.
 * @param update undefined for a creation; `state` has the keys that were configured before
 */
export function plannedFreeForm<Name extends string>(
  name: Name,
  planned: Readonly<Record<Name, TextMap | null>>,
  update:
    | {
        readonly found: Readonly<Record<Name, JsonObject>>;
        readonly state: Readonly<Record<Name, TextMap | null>>;
      }
    | undefined,
): JsonObject {
  const prior = update?.state[name] ?? null;
  return freeFormToSend(planned[name] ?? {}, update?.found[name], prior, configuredKeys(prior));
}

/** The keys of a map whose values are not null. */
export function configuredKeys(map: TextMap | null | undefined): string[] {
  return Object.keys(withoutNulls(map ?? {}));
}
