// Resource identity: what tells one object of the service from another, apart from its state. Terraform 1.12 and later keep it, and import
// by it; earlier ones neither ask for it nor read it. It follows from the state, so that no hook knows of it.
import type { Identity, Resource } from "../author/provider";
import { type CtyType, isObject, ValueError } from "../cty";
import type { DynamicValue, ResourceIdentityData, ResourceIdentitySchema } from "../proto/tfplugin6";
import { typeBytes } from "./schema-to-proto";
import { isNullValue, readValue, requireObject, writeValue } from "./values";

const VERSION = 0;

export function identityType({ name }: Identity): CtyType {
  return { kind: "object", attributes: { [name]: { kind: "string" } } };
}

export function identitySchema({ name, description }: Identity): ResourceIdentitySchema {
  const type = typeBytes({ kind: "string" });
  const attribute = { name, type, requiredForImport: true, optionalForImport: false, description };
  return { version: VERSION, identityAttributes: [attribute] };
}

/** The identity of a state; undefined where there is none yet: Terraform accepts no unknown one. */
export function identityOf(
  { schema, identity }: Pick<Resource<unknown>, "schema" | "identity">,
  state: DynamicValue | undefined,
): ResourceIdentityData | undefined {
  if (identity === undefined || isNullValue(state)) return undefined;
  const value = requireObject(readValue(schema.type, state))[identity.attribute];
  if (typeof value !== "string") return undefined;
  return { identityData: writeValue(identityType(identity), { [identity.name]: value }) };
}

/**
 * The ID of an import.
 *
 * @throws ValueError when the identity does not fit its schema
 */
export function importedId(
  { identity }: Pick<Resource<unknown>, "identity">,
  id: string,
  data: ResourceIdentityData | undefined,
): string {
  if (identity === undefined || data === undefined || isNullValue(data.identityData)) return id;
  const given = readValue(identityType(identity), data.identityData);
  const value = isObject(given) ? given[identity.name] : undefined;
  if (typeof value === "string") return value;
  throw new ValueError([identity.name], "an identity is required");
}
