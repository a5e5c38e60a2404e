import type { Call } from "../../author/provider";
import type { TfObject } from "../../cty";
import type { DynamicValue } from "../../proto/tfplugin6";
import type { SchemaSpec } from "../../schema";
import type { CallContext, CallHandler } from "../call";
import { validateConfig } from "../validate-config";
import { readObject } from "../values";

export const validateProviderConfig: CallHandler<"ValidateProviderConfig"> = (runner, { config }) => {
  const { schema, validate } = runner.provider;
  return runner.run({ rpc: "ValidateProviderConfig", operation: "check its configuration", fields: schema }, (call) =>
    check(schema, config, call, validate, true),
  );
};

export const validateResourceConfig: CallHandler<"ValidateResourceConfig"> = (
  runner,
  { typeName, config, clientCapabilities },
) =>
  runner.resource(
    { rpc: "ValidateResourceConfig", operation: `check ${typeName}`, typeName },
    ({ schema, hooks }, call) => {
      const writeOnlyAllowed = clientCapabilities?.writeOnlyAttributesAllowed ?? false;
      return check(schema, config, call, hooks.validate?.bind(hooks), writeOnlyAllowed);
    },
  );

export const validateDataResourceConfig: CallHandler<"ValidateDataResourceConfig"> = (runner, { typeName, config }) =>
  runner.dataSource(
    { rpc: "ValidateDataResourceConfig", operation: `check ${typeName}`, typeName },
    ({ schema, hooks }, call) => check(schema, config, call, hooks.validate?.bind(hooks), true),
  );

/** Checks a configuration by its schema, and, if it passes, by the hook. */
async function check(
  schema: SchemaSpec,
  config: DynamicValue | undefined,
  call: CallContext,
  validate: ((call: Call & { readonly config: TfObject }) => void | Promise<void>) | undefined,
  writeOnlyAllowed: boolean,
): Promise<object> {
  const value = readObject(schema, config, call.redactor);
  validateConfig(schema, value, call.diagnostics, { writeOnlyAllowed });
  if (!call.diagnostics.hasErrors) await validate?.({ ...call, config: value });
  return {};
}
