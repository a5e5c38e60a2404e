import { PrivateState } from "../../author/private-state";
import type { CallHandler } from "../call";
import { identityOf } from "../identity";
import { encodeState, reportIncomplete } from "../result";
import { readObjectOrNull, writeValue } from "../values";

/** A refresh. One that fails leaves state as it is. */
export const readResource: CallHandler<"ReadResource"> = (runner, { typeName, currentState, private: stored }) => {
  const unchanged = { newState: currentState, private: stored };
  return runner.resource(
    { rpc: "ReadResource", operation: `read ${typeName}`, typeName },
    async (resource, call) => {
      const { schema, hooks } = resource;
      const state = readObjectOrNull(schema, currentState, call.redactor);
      if (state === null || reportIncomplete(schema, state, call.diagnostics)) return unchanged;
      const privateState = new PrivateState(stored);
      const found = await hooks.read({ ...call, client: runner.client, privateState, state });
      if (found === null) return { newState: writeValue(schema.type, null) };
      const newState = encodeState(schema, state, found, call);
      return { newState, private: privateState.bytes(), newIdentity: identityOf(resource, newState) };
    },
    () => unchanged,
  );
};
