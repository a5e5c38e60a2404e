import type { SchemaSpec } from "../../schema";
import type { CallHandler } from "../call";
import { schemaToProto } from "../schema-to-proto";

/** `planDestroy` is off: Terraform plans a destruction by itself, and no hook takes part in it. */
const CAPABILITIES = { planDestroy: false, getProviderSchemaOptional: true, moveResourceState: true };

export const getMetadata: CallHandler<"GetMetadata"> = async ({ resources, dataSources }) => ({
  serverCapabilities: CAPABILITIES,
  resources: Object.keys(resources).map((typeName) => ({ typeName })),
  dataSources: Object.keys(dataSources).map((typeName) => ({ typeName })),
});

export const getProviderSchema: CallHandler<"GetProviderSchema"> = async ({ provider, resources, dataSources }) => ({
  serverCapabilities: CAPABILITIES,
  provider: schemaToProto(provider.schema),
  resourceSchemas: schemasOf(resources),
  dataSourceSchemas: schemasOf(dataSources),
});

/** Functions are not served; Terraform requests them nevertheless. */
export const getFunctions: CallHandler<"GetFunctions"> = async () => ({});

/** Resource identities are not served; Terraform requests them nevertheless. */
export const getResourceIdentitySchemas: CallHandler<"GetResourceIdentitySchemas"> = async () => ({});

function schemasOf(all: { readonly [type: string]: { readonly schema: SchemaSpec } }) {
  return Object.fromEntries(Object.entries(all).map(([type, { schema }]) => [type, schemaToProto(schema)]));
}
