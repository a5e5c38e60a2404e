import { isUnknown, type Provider, type Refinements, type TfValue } from "../../../src/tfplugin";
import { type CtyType, decodeMsgpack, encodeMsgpack, getKey } from "../../../src/tfplugin/cty";
import type { PluginCaller } from "./client";

/** The result of a function, what is certain of an unknown one, or the error: `functionArgument` is the index of the argument that it is about. */
export type FunctionOutcome =
  | { readonly result: TfValue }
  | { readonly unknown: Refinements }
  | { readonly text: string; readonly functionArgument: number | undefined };

/** Calls a function of a provider, as Terraform does. `types` replaces the types by which the arguments are encoded. */
export async function callFunction(
  plugin: PluginCaller,
  { options: { functions = {} } }: Provider,
  name: string,
  args: readonly TfValue[],
  types: readonly CtyType[] = getKey(functions, name)?.parameters.map(({ type }) => type) ?? [],
): Promise<FunctionOutcome> {
  const sent = args.map((arg, i) => ({ msgpack: encodeMsgpack(types[i] ?? { kind: "dynamic" }, arg) }));
  const { result, error } = await plugin.call("CallFunction", { name, arguments: sent });
  if (error !== undefined) return error;
  const returns = getKey(functions, name)?.returns;
  if (returns === undefined || result === undefined) throw new Error("no result, or no such function");
  const value = decodeMsgpack(returns, result.msgpack);
  return isUnknown(value) ? { unknown: value.refinements } : { result: value };
}
