import { createHash } from "node:crypto";
import { diff, type IronicClient, type IronicNode, isDeployed, type JsonObject } from "../../ironic";
import { newHolder, withHolderOf, withoutHolder } from "../shared/holder";
import { withoutReturnMark } from "../shared/return-mark";
import { createOrContinue } from "../shared/take-over";
import { without } from "../shared/values";

/**
 * The key of `extra` that marks a node as enrolled by this provider, with a hash of its management controller.
 *
 * Terraform taints a resource whose creation ends with both an error and a state, and the next apply then destroys the object. The
 * creation of a node, which takes several steps, therefore ends with an error alone, and the next apply creates the node once more: by
 * its name and the mark it finds the node, also after the provider or Terraform was killed, and continues with it.
 *
 * The mark stays. To remove it takes a PATCH, with which Debian's Ironic 29 makes the node its own parent, so that it can't be allocated.
 */
const ENROLLED = "terraform_enrolled";

/** The keys of `driver_info` that tell management controllers apart. */
const ADDRESS = /_(address|system_id|port|outlet|host|hardware_id|manager_ip)$/;

/** A node after {@link enroll}. */
export interface Enrolled {
  readonly node: IronicNode;
  /** The node was in Ironic already. */
  readonly continued: boolean;
}

/**
 * Creates a node, or continues with the node of this name that an earlier apply has enrolled: with the same management controller, or
 * without one that could be verified; and without an instance.
 * @param fields the body of the creation
 * @throws {ConflictError} when any other node has the name, or another resource of this run has the node
 */
export async function enroll(client: IronicClient, fields: JsonObject, signal: AbortSignal): Promise<Enrolled> {
  const { name, driver } = fields;
  const marked = { ...fields, extra: { ...(fields.extra as JsonObject), [ENROLLED]: markOf(fields) } };
  const requests = {
    create: () => client.createNode(marked, { signal }),
    find: typeof name === "string" ? () => client.getNode(name, { signal }) : undefined,
    holders: () => [],
    mayTakeOver: (found: IronicNode) => mayContinue(found, markOf(fields)),
    patch: async (found: IronicNode) => {
      // Verification and inspection write properties.
      const properties = { ...found.properties, ...(fields.properties as JsonObject) };
      const changes = (extra: JsonObject | null) => diff(found as never, { ...marked, properties, extra });
      const options = { signal, resetInterfaces: driver !== found.driver };
      const needed = changes(withHolderOf(found.extra, marked.extra));
      // Without a change beside it, a new holder is not worth the node's parent.
      const isHeld = needed.length > 0 || (await client.patchKeepsParent(found, { signal }));
      return client.patchNode(found.uuid, isHeld ? changes({ ...marked.extra, ...newHolder() }) : needed, options);
    },
  };
  const { found: node, continued } = await createOrContinue(client, requests, signal);
  return { node, continued };
}

function mayContinue(node: IronicNode, mark: string): boolean {
  if (!Object.hasOwn(node.extra, ENROLLED) || isDeployed(node)) return false;
  const failedToVerify = node.provision_state === "enroll" && node.last_error !== null;
  return node.extra[ENROLLED] === mark || failedToVerify;
}

function markOf({ driver, driver_info: info }: JsonObject): string {
  const addresses = Object.entries(info as JsonObject).filter(([key]) => ADDRESS.test(key));
  const text = JSON.stringify([driver, ...addresses.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** `extra` as users know it. */
export function withoutMark(extra: JsonObject): JsonObject {
  return without(withoutReturnMark(withoutHolder(extra)), [ENROLLED]);
}

/** Summary and detail of the warning that a node was in Ironic already. */
export function continuedWarning({ name, uuid }: IronicNode): [string, { readonly detail: string }] {
  const detail = `Node ${name ?? uuid} was enrolled by an earlier apply, whose end Terraform does not know. This apply has continued with it. If another configuration has this node, remove it from one of them.`;
  return ["The node was in Ironic already", { detail }];
}

/** Summary and detail of the warning that follows the error of an unfinished creation. */
export function unfinishedWarning({ name, uuid }: IronicNode): [string, { readonly detail: string }] {
  const detail = `Node ${name ?? uuid} is in Ironic, and not in Terraform's state yet. The next apply continues with this node. To remove it instead, run \`baremetal node delete ${uuid}\`.`;
  return ["The creation of the node has not finished", { detail }];
}
