import type { JsonObject } from "../../ironic";
import { without } from "./values";

/**
 * The key that marks an object in Ironic while its creation has not finished: in the `extra` of a node, and in the `instance_info` of
 * a deployment.
 *
 * Terraform taints a resource whose creation ends with both an error and a state, and the next apply then destroys the object
 * (`maybeTainted` in Terraform). A creation in several steps therefore ends with an error alone, and the next apply creates the
 * resource once more. The mark tells that creation to continue with the object, also after the provider or Terraform was killed. An
 * object without the mark is never taken over.
 */
export const UNFINISHED = "terraform_unfinished";

/** A free-form field as its users know it. */
export function withoutMark(field: JsonObject): JsonObject {
  return without(field, [UNFINISHED]);
}
