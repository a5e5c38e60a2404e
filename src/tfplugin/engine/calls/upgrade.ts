import { decodeJson, parseJson } from "../../cty";
import type { CallHandler } from "../call";
import { identityType } from "../identity";
import { encodePartialState } from "../result";
import { jsonText, requireObject, writeValue } from "../values";

/** State as it was stored, by any schema version up to this provider's. */
export const upgradeResourceState: CallHandler<"UpgradeResourceState"> = (runner, { typeName, version, rawState }) =>
  runner.resource(
    { rpc: "UpgradeResourceState", operation: `read the state of ${typeName}`, typeName },
    async ({ schema, hooks }, call) => {
      const text = jsonText(rawState);
      if (text === undefined) {
        call.diagnostics.error("State too old", { detail: "State of Terraform 0.11 and earlier cannot be read." });
        return {};
      }
      const raw = parseJson(text);
      if (raw === null) return { upgradedState: writeValue(schema.type, null) };
      call.redactor.learnRaw(schema, raw);
      if (version === schema.version) {
        const state = requireObject(decodeJson(schema.type, text, { lenient: true }));
        return { upgradedState: encodePartialState(schema, state, call) };
      }
      if (hooks.upgrade !== undefined && version < schema.version) {
        const state = await hooks.upgrade({ ...call, version, state: raw });
        return { upgradedState: encodePartialState(schema, state, call) };
      }
      call.diagnostics.error("State of another schema version", {
        detail: `The state of ${typeName} has schema version ${version}, and this provider reads version ${schema.version}.`,
      });
      return {};
    },
  );

/** An identity as it was stored: its schema has one version so far. */
export const upgradeResourceIdentity: CallHandler<"UpgradeResourceIdentity"> = (
  runner,
  { typeName, version, rawIdentity },
) =>
  runner.resource(
    { rpc: "UpgradeResourceIdentity", operation: `read the identity of ${typeName}`, typeName },
    async ({ identity }, call) => {
      const text = jsonText(rawIdentity);
      if (identity === undefined || text === undefined || version !== 0) {
        call.diagnostics.error("Identity of another schema version", {
          detail: `The identity of ${typeName} has schema version ${version}, and this provider reads version 0.`,
        });
        return {};
      }
      const type = identityType(identity);
      return { upgradedIdentity: { identityData: writeValue(type, decodeJson(type, text, { lenient: true })) } };
    },
  );
