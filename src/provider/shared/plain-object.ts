import { type CallOptions, diff, type IronicClient, type JsonObject, type PatchOperation } from "../../ironic";
import type { Dynamic } from "../../tfplugin";
import { withHolderOf, withoutHolder } from "./holder";
import { createOrContinue } from "./take-over";
import { readJson, type TypedMap, typedEntries, userJson } from "./typed";
import { isEmpty, withoutNulls } from "./values";

// Objects that nothing but a client changes: deploy templates, runbooks, inspection rules, volumes. What is not configured has its default.

/** Ironic's `extra` of such an object, which is managed as a whole. */
export const userExtra = () =>
  userJson({ description: "Free-form metadata (Ironic's `extra`), with values of any type, such as `{ rack = 7 }`." });

/**
 * A field with a JSON object to send.
 * @param now the field in Ironic, where null and `{}` are the same; undefined for a new object
 */
export function jsonToSend(planned: TypedMap, now: JsonObject | null | undefined): JsonObject | null {
  const wanted = typedEntries(planned as Dynamic | null);
  return isEmpty(wanted) && isEmpty(now) ? (now ?? null) : wanted;
}

/** Ironic's `extra` to send, with the holder that it may have: see `holder.ts`. */
export function extraToSend(planned: TypedMap, now: JsonObject | null | undefined): JsonObject | null {
  return withHolderOf(now, jsonToSend(planned, now && withoutHolder(now)));
}

/** Ironic's `extra` for state. */
export function readExtra(prior: TypedMap, now: JsonObject | null): TypedMap {
  return readJson(prior, now && withoutHolder(now));
}

/** The smallest patch that gives an object these fields. */
export function changesOf(found: object, fields: JsonObject): PatchOperation[] {
  return diff(found as unknown as JsonObject, fields);
}

/** The requests of a collection with names. */
interface Named<Found> {
  create(fields: JsonObject, options: CallOptions): Promise<Found>;
  get(name: string, options: CallOptions): Promise<Found>;
}

/**
 * Creates an object with a name, or takes over the one of this name that has exactly these fields: that of an apply that was killed
 * before state held it. Another one may be another configuration's.
 * @param fieldsOf the fields; of an object in Ironic where there is one, as a patch changes it
 * @throws {ConflictError} when another object has the name
 */
export async function createNamed<Found extends { readonly uuid: string; readonly name: string }>(
  client: IronicClient,
  collection: Named<Found>,
  name: string,
  fieldsOf: (found?: Found) => JsonObject,
  signal: AbortSignal,
): Promise<Found> {
  const requests = {
    create: () => collection.create(withoutNulls(fieldsOf()), { signal }),
    find: () => collection.get(name, { signal }),
    holders: () => [],
    mayTakeOver: (found: Found) => changesOf(found, fieldsOf(found)).length === 0,
    patch: async (found: Found) => found,
  };
  return (await createOrContinue(client, requests, signal)).found;
}
