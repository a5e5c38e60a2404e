import { ConflictError, type IronicClient } from "../../ironic";
import { sameNode } from "./node-reference";
import { nullIfNotFound } from "./not-found";

/** An object of a node, such as a port. */
export interface Member {
  readonly uuid: string;
  readonly node_uuid: string;
}

/** The requests of {@link createOrTakeOver}. */
export interface MemberRequests<Found extends Member> {
  create(): Promise<Found>;
  /** Looks up what has the name or address; undefined without one. */
  readonly find: (() => Promise<Found>) | undefined;
  /** Changes what was found to the planned fields. */
  patch(found: Found): Promise<Found>;
}

const claimed = new WeakMap<IronicClient, Set<string>>();

/** The UUIDs that a client has created or taken over: two resources of one configuration do not get the same object. */
export function claimedBy(client: IronicClient): Set<string> {
  const known = claimed.get(client) ?? new Set();
  claimed.set(client, known);
  return known;
}

/**
 * Creates an object of a node, or takes over the one that has its name or address on the same node already: inspection creates ports,
 * and so may an apply that was killed before state held them.
 * @param node UUID or name
 * @throws {ConflictError} when an object of another node, or another resource of this run, has the name or address
 */
export async function createOrTakeOver<Found extends Member>(
  client: IronicClient,
  node: string,
  { create, find, patch }: MemberRequests<Found>,
  signal: AbortSignal,
): Promise<Found> {
  const known = claimedBy(client);
  try {
    const member = await create();
    known.add(member.uuid);
    return member;
  } catch (error) {
    const found = error instanceof ConflictError && find ? await nullIfNotFound(find) : null;
    if (found === null || known.has(found.uuid) || !(await sameNode(client, node, found.node_uuid, signal)))
      throw error;
    known.add(found.uuid);
    return patch(found);
  }
}
