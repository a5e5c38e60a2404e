import { PrivateState } from "../../author/private-state";
import { parseJson } from "../../cty";
import type { CallHandler } from "../call";
import { encodePartialState } from "../result";
import { jsonText } from "../values";

/** `moved` blocks between resource types, also those of other providers. */
export const moveResourceState: CallHandler<"MoveResourceState"> = (runner, request) => {
  const { targetTypeName: typeName, sourceTypeName: sourceType, sourceProviderAddress: sourceProvider } = request;
  return runner.resource(
    { rpc: "MoveResourceState", operation: `move ${sourceType} to ${typeName}`, typeName },
    async ({ schema, hooks }, call) => {
      const privateState = new PrivateState(request.sourcePrivate);
      const text = jsonText(request.sourceState);
      const raw = text === undefined ? null : parseJson(text);
      call.redactor.learnRaw(schema, raw);
      const source = { sourceProvider, sourceType, sourceVersion: request.sourceSchemaVersion };
      const state = raw === null ? undefined : await hooks.move?.({ ...call, ...source, state: raw, privateState });
      if (state === undefined) {
        call.diagnostics.error("Move not supported", {
          detail: `A ${sourceType} of the provider ${sourceProvider} cannot become a ${typeName}.`,
        });
        return {};
      }
      const targetState = encodePartialState(schema, state, call);
      return { targetState, targetPrivate: privateState.bytes() };
    },
  );
};
