import type { ProviderFunction } from "../../author/function";
import type { SchemaSpec } from "../../schema";
import type { CallHandler } from "../call";
import { identitySchema } from "../identity";
import { functionToProto, schemaToProto } from "../schema-to-proto";

/** `planDestroy` is off: Terraform plans a destruction by itself, and no hook takes part in it. */
const CAPABILITIES = { planDestroy: false, getProviderSchemaOptional: true, moveResourceState: true };

export const getMetadata: CallHandler<"GetMetadata"> = async ({ resources, dataSources, functions }) => ({
  serverCapabilities: CAPABILITIES,
  resources: Object.keys(resources).map((typeName) => ({ typeName })),
  dataSources: Object.keys(dataSources).map((typeName) => ({ typeName })),
  functions: Object.keys(functions).map((name) => ({ name })),
});

export const getProviderSchema: CallHandler<"GetProviderSchema"> = async (runner) => ({
  serverCapabilities: CAPABILITIES,
  provider: schemaToProto(runner.provider.schema),
  resourceSchemas: schemasOf(runner.resources),
  dataSourceSchemas: schemasOf(runner.dataSources),
  functions: functionsOf(runner.functions),
});

export const getFunctions: CallHandler<"GetFunctions"> = async ({ functions }) => ({
  functions: functionsOf(functions),
});

export const getResourceIdentitySchemas: CallHandler<"GetResourceIdentitySchemas"> = async ({ resources }) => ({
  identitySchemas: Object.fromEntries(
    Object.entries(resources).flatMap(([type, { identity }]) => (identity ? [[type, identitySchema(identity)]] : [])),
  ),
});

function schemasOf(all: { readonly [type: string]: { readonly schema: SchemaSpec } }) {
  return Object.fromEntries(Object.entries(all).map(([type, { schema }]) => [type, schemaToProto(schema)]));
}

function functionsOf(all: { readonly [name: string]: ProviderFunction }) {
  return Object.fromEntries(Object.entries(all).map(([name, each]) => [name, functionToProto(each)]));
}
