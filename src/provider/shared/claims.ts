import type { IronicClient } from "../../ironic";
import { unlessAborted } from "../../net";
import { nullIfNotFound } from "./not-found";

/**
 * What the resources of one run do with the objects in Ironic.
 *
 * Terraform does not order the destruction of a resource and the creation of another one that is the same object in Ironic: a key of
 * `for_each` that is renamed without a `moved` block destroys and creates the same port at the same time, and `create_before_destroy`
 * creates it first.
 */
export class Claims {
  /** The UUIDs of objects that resources hold; true for those that were taken over, which another resource may still delete. */
  readonly #held = new Map<string, boolean>();
  readonly #leaving = new Map<string, Promise<unknown>>();
  #hasRemoved = false;

  created(uuid: string): void {
    this.#held.set(uuid, false);
  }

  takenOver(uuid: string): void {
    this.#held.set(uuid, true);
  }

  isHeld(uuid: string): boolean {
    return this.#held.has(uuid);
  }

  /** Whether this run has deleted anything: what a conflict was with may be gone since. */
  get hasRemoved(): boolean {
    return this.#hasRemoved;
  }

  /**
   * Runs the deletion of an object, unless another resource of this run has taken the object over. An object that does not exist is
   * deleted already.
   * @returns whether the object belongs to another resource now, and was kept
   */
  async remove(uuid: string, deletion: () => Promise<void>): Promise<boolean> {
    // One resource at most held the object before: a later deletion is that of the new holder.
    if (this.#held.get(uuid)) {
      this.#held.set(uuid, false);
      return true;
    }
    this.#hasRemoved = true;
    const running = nullIfNotFound(deletion);
    this.#leaving.set(uuid, running);
    try {
      await running;
      this.#held.delete(uuid);
    } finally {
      this.#leaving.delete(uuid);
    }
    return false;
  }

  /** The deletions of these objects that are in progress, for {@link ended}; undefined when there are none. */
  leaving(uuids: readonly string[]): readonly Promise<unknown>[] | undefined {
    const leaving = uuids.flatMap((uuid) => this.#leaving.get(uuid) ?? []);
    return leaving.length > 0 ? leaving : undefined;
  }
}

/** Waits for deletions, whether they succeed or not. */
export async function ended(deletions: readonly Promise<unknown>[], signal: AbortSignal): Promise<void> {
  await unlessAborted(Promise.allSettled(deletions), signal);
}

const all = new WeakMap<IronicClient, Claims>();

export function claimsOf(client: IronicClient): Claims {
  const claims = all.get(client) ?? new Claims();
  all.set(client, claims);
  return claims;
}

/** The objects of the resources with the API's plain operations, as commands of the client `baremetal` have them. */
export type ObjectName =
  | "port"
  | "port group"
  | "allocation"
  | "deploy template"
  | "runbook"
  | "inspection rule"
  | "volume connector"
  | "volume target";

/** Summary and detail of the warning that a deletion has kept an object. */
export function keptWarning(
  name: ObjectName | "node" | "deployment",
  uuid: string,
): [string, { readonly detail: string }] {
  const object = name === "deployment" ? `deployment of node ${uuid}` : `${name} ${uuid}`;
  const command = name === "deployment" ? "node undeploy" : `${name} delete`;
  const detail = `Another resource has taken the ${object} over, in this apply or in an earlier one, and it belongs to that resource now. Where a resource has only got another address in the configuration, a \`moved\` block plans no change. If no other resource has it any more, run \`baremetal ${command} ${uuid}\`.`;
  return [`The ${name} was kept`, { detail }];
}
