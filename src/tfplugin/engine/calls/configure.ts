import type { CallHandler } from "../call";
import { readObject } from "../values";

export const configureProvider: CallHandler<"ConfigureProvider"> = (runner, { config, terraformVersion }) => {
  const { schema, configure } = runner.provider;
  runner.restart();
  return runner.run({ rpc: "ConfigureProvider", operation: "configure itself", fields: schema }, async (call) => {
    const value = readObject(schema, config, call.redactor);
    runner.learnProviderSecrets(value);
    runner.client = await configure({ ...call, config: value, terraformVersion });
    return {};
  });
};
