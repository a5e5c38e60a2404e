import { PrivateState } from "../../author/private-state";
import type { CallHandler } from "../call";
import { identityOf, importedId } from "../identity";
import { encodePartialState } from "../result";

export const importResourceState: CallHandler<"ImportResourceState"> = (runner, { typeName, id, identity }) =>
  runner.resource({ rpc: "ImportResourceState", operation: `import ${typeName}`, typeName }, async (resource, call) => {
    const { schema, hooks } = resource;
    if (hooks.import === undefined) {
      call.diagnostics.error("Import not supported", { detail: `Resources of type ${typeName} cannot be imported.` });
      return {};
    }
    const privateState = new PrivateState();
    const found = await hooks.import({
      ...call,
      client: runner.client,
      privateState,
      id: importedId(resource, id, identity),
    });
    const state = encodePartialState(schema, found, call);
    const imported = { typeName, state, private: privateState.bytes(), identity: identityOf(resource, state) };
    return { importedResources: [imported] };
  });
