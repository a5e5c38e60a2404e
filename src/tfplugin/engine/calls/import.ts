import { PrivateState } from "../../author/private-state";
import type { CallHandler } from "../call";
import { encodePartialState } from "../result";

export const importResourceState: CallHandler<"ImportResourceState"> = (runner, { typeName, id }) =>
  runner.resource(
    { rpc: "ImportResourceState", operation: `import ${typeName}`, typeName },
    async ({ schema, hooks }, call) => {
      if (hooks.import === undefined) {
        call.diagnostics.error("Import not supported", { detail: `Resources of type ${typeName} cannot be imported.` });
        return {};
      }
      const privateState = new PrivateState();
      const imported = await hooks.import({ ...call, client: runner.client, privateState, id });
      const state = encodePartialState(schema, imported, call);
      return { importedResources: [{ typeName, state, private: privateState.bytes() }] };
    },
  );
