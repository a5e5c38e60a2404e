import type { CallHandler } from "../call";
import { encodeState } from "../result";
import { readObject } from "../values";

export const readDataSource: CallHandler<"ReadDataSource"> = (runner, { typeName, config }) =>
  runner.dataSource(
    { rpc: "ReadDataSource", operation: `read ${typeName}`, typeName },
    async ({ schema, hooks }, call) => {
      const value = readObject(schema, config, call.redactor);
      const state = await hooks.read({ ...call, client: runner.client, config: value });
      return { state: encodeState(schema, value, state, call) };
    },
  );
