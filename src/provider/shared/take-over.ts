import { ConflictError, type IronicClient } from "../../ironic";
import { claimsOf, ended } from "./claims";
import { nullIfNotFound } from "./not-found";

/** The most requests for the creation of one object. Each follows the end of what an earlier one was in conflict with. */
const MAX_CREATIONS = 5;

/** The requests of {@link createOrContinue}. */
export interface CreationRequests<Found> {
  create(): Promise<Found>;
  /** Looks up what has the name or address; undefined without one. */
  readonly find: (() => Promise<Found>) | undefined;
  /** The objects whose deletion makes room for the new one: what was found, and what that is a part of. */
  readonly holders: (found: Found) => readonly string[];
  /** Whether what was found is the planned object. */
  mayTakeOver(found: Found): boolean;
  /** Changes what was found to the planned fields. */
  patch(found: Found): Promise<Found>;
}

/** An object after {@link createOrContinue}. */
export interface CreatedOrFound<Found> {
  readonly found: Found;
  /** The object was in Ironic already. */
  readonly continued: boolean;
}

/**
 * Creates an object, or takes over the one that has its name or address already. One that this run deletes is waited for.
 * @throws {ConflictError} when another object, or another resource of this run, has the name or address
 */
export async function createOrContinue<Found extends { readonly uuid: string }>(
  client: IronicClient,
  { create, find, holders, mayTakeOver, patch }: CreationRequests<Found>,
  signal: AbortSignal,
): Promise<CreatedOrFound<Found>> {
  const claims = claimsOf(client);
  for (let creations = 1; ; creations += 1) {
    try {
      const found = await create();
      claims.created(found.uuid);
      return { found, continued: false };
    } catch (error) {
      if (!(error instanceof ConflictError) || !find) throw error;
      const mayRepeat = creations < MAX_CREATIONS;
      const found = await nullIfNotFound(find);
      if (found === null) {
        if (mayRepeat && claims.hasRemoved) continue;
        throw error;
      }
      const leaving = claims.leaving([found.uuid, ...holders(found)]);
      if (leaving && mayRepeat) {
        await ended(leaving, signal);
        continue;
      }
      if (!mayTakeOver(found) || leaving || claims.isHeld(found.uuid)) throw error;
      claims.takenOver(found.uuid);
      return { found: await patch(found), continued: true };
    }
  }
}

/** An object of a node, such as a port. */
export interface Member {
  readonly uuid: string;
  readonly node_uuid: string;
}

/**
 * Creates an object of a node, or takes over the one that has its name or address on the same node already: inspection creates ports,
 * and so may an apply that was killed before state held them.
 * @param node UUID
 * @throws {ConflictError} when an object of another node, or another resource of this run, has the name or address
 */
export async function createOrTakeOver<Found extends Member>(
  client: IronicClient,
  node: string,
  requests: Pick<CreationRequests<Found>, "create" | "find" | "patch">,
  signal: AbortSignal,
): Promise<Found> {
  const ofNode = {
    holders: ({ node_uuid }: Found) => [node_uuid],
    mayTakeOver: ({ node_uuid }: Found) => node_uuid === node,
  };
  return (await createOrContinue(client, { ...requests, ...ofNode }, signal)).found;
}
