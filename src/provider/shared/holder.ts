import { randomBytes } from "node:crypto";
import type { Json, JsonObject } from "../../ironic";
import type { PrivateState } from "../../tfplugin";
import { without } from "./values";

// Two resources may hold one object in Ironic: with `create_before_destroy`, or a renamed key of `for_each`, the new one takes the object
// over before Terraform destroys the old one. Within a run, Claims knows that. Where the run ends in between, the old one is destroyed by
// a later run, which would delete what the new one holds. So a take-over writes a random text into the object, and into the private state
// of the resource: a resource without that text does not delete the object.

/** The key of `extra` or `instance_info`, and that of private state. An object that was never taken over has none. */
const HOLDER = "terraform_holder";

/** The entry that a take-over adds to the object. */
export function newHolder(): { readonly [key: string]: string } {
  return { [HOLDER]: randomBytes(8).toString("hex") };
}

/** Records that the resource holds the object: after its creation or its import. */
export function recordHolder(privateState: PrivateState, fields: JsonObject): void {
  const holder = fields[HOLDER];
  if (typeof holder === "string") privateState.set(HOLDER, holder);
  else privateState.delete(HOLDER);
}

/** Whether another resource has taken the object over since this one has created or imported it. */
export function isHeldByAnother(privateState: Pick<PrivateState, "get">, fields: JsonObject): boolean {
  const holder: Json | undefined = fields[HOLDER];
  return holder !== undefined && holder !== privateState.get(HOLDER);
}

/** The field as users know it. */
export function withoutHolder(fields: JsonObject): JsonObject {
  return without(fields, [HOLDER]);
}

/** A field to send, with the entry that the field has in Ironic. */
export function withHolderOf(now: JsonObject | null | undefined, fields: JsonObject | null): JsonObject | null {
  const holder = now?.[HOLDER];
  return holder === undefined ? fields : { ...fields, [HOLDER]: holder };
}
