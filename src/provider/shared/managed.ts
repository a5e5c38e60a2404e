import type { Json, JsonObject } from "../../ironic";
import { isEmpty } from "./values";

// Arguments with one field of Ironic's each, that are managed while they are configured: one that is not configured is left alone and is
// no drift, and one that is no longer configured is reset to what a new object has.

type Values = Readonly<Record<string, unknown>>;

/** Whether an argument is configured; `false` is a value. */
export function isConfigured(value: unknown): boolean {
  return value !== undefined && (!isEmpty(value) || value === false);
}

/** Whether a flag is planned to end: it is false, or no longer configured. */
export function isEnded(planned: boolean | null, prior: boolean | null): boolean {
  return planned === false || (planned === null && prior === true);
}

/**
 * The planned fields, with the default of each that is no longer configured.
 * @param state the prior state; undefined for a new object
 * @param defaults what a new object has; null where nothing is given
 */
export function managedFields(
  names: readonly string[],
  planned: object,
  state: object | undefined,
  defaults: Readonly<Record<string, Json>> = {},
): JsonObject {
  const [wanted, before] = [planned as Values, (state ?? {}) as Values];
  const managed = names.filter((name) => isConfigured(wanted[name]) || isConfigured(before[name]));
  return Object.fromEntries(
    managed.map((name) => [name, isConfigured(wanted[name]) ? (wanted[name] as Json) : (defaults[name] ?? null)]),
  );
}

/**
 * An argument for state.
 * @param now Ironic's value; undefined where the microversion is too old for the field
 * @param unread whether this is the first read after an import, which takes every value that is not a new object's
 */
export function readManaged<T>(prior: T, now: unknown, unread: boolean, initial: Json = null): T {
  if (now === undefined || (!isConfigured(prior) && !unread)) return prior;
  return (unread && now === initial ? null : now) as T;
}
