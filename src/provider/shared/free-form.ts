import type { JsonObject } from "../../ironic";
import type { Diagnostics, Unknown } from "../../tfplugin";
import { keep, knownMap, readMap, type TextMap, toSend, without, withoutNulls } from "./values";

// Ironic's free-form fields: a node's driver_info, properties (with root_device in it) and extra, a port's local_link_connection and
// extra, an allocation's extra. Ironic and its drivers write keys of their own into them: the vendor, what inspection found, a
// console's port. Terraform manages the keys that the configuration names: after an apply those are the keys in state, reads keep to
// them, and a key that neither the configuration nor the prior state has is left alone. For instance_info, which Ironic also
// rewrites, see deployment/instance-info.ts.

/**
 * A free-form field as state holds it.
 * @param prior the state's map: its keys are those that were configured
 * @param unread this is the first read after an import, which takes all keys
 */
export function readFreeForm(prior: TextMap | null, now: JsonObject | undefined, unread: boolean): TextMap | null {
  if (unread) return readMap(prior, now);
  const configured = new Set(configuredKeys(prior));
  const known = Object.entries(now ?? {}).filter(([key]) => configured.has(key));
  return keep(prior, readMap(prior, Object.fromEntries(known)));
}

/**
 * A free-form field as it is to be in Ironic.
 * @param wanted the planned map
 * @param before the keys that were configured before: those that are no longer wanted are removed
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

/** The keys of a map that say something. */
export function configuredKeys(map: TextMap | null | undefined): string[] {
  return Object.keys(withoutNulls(map ?? {}));
}

/**
 * Says of an import which keys leave the state with the next apply and stay in Ironic: the plan shows them as removed.
 * @param elsewhere keys that other arguments give
 */
export function warnOfUnconfigured(
  names: readonly string[],
  planned: Readonly<Record<string, unknown>>,
  state: Readonly<Record<string, unknown>>,
  diagnostics: Diagnostics,
  elsewhere: readonly string[] = [],
): void {
  const unnamed = names.flatMap((name) => {
    const map = knownMap((planned[name] ?? null) as TextMap | Unknown | null);
    if (map === undefined) return [];
    const named = new Set([...configuredKeys(map), ...elsewhere]);
    const keys = configuredKeys((state[name] ?? null) as TextMap | null).filter((key) => !named.has(key));
    return keys.map((key) => `${name}.${key}`);
  });
  if (unnamed.length === 0) return;
  const detail = `The configuration does not name ${unnamed.join(", ")}. The next apply takes that out of the state and leaves it in Ironic.`;
  diagnostics.warning("The import found more than the configuration names", { detail });
}
