import { ProviderError, printPath } from "../../author/diagnostics";
import type { ParameterSpec, ProviderFunction } from "../../author/function";
import { type CtyType, getKey, type TfValue, ValueError } from "../../cty";
import type { DiagnosticMessage, DynamicValue, FunctionError } from "../../proto/tfplugin6";
import type { CallHandler } from "../call";
import { ResultError } from "../faults";
import { readValue, writeValue } from "../values";

/** A call of a function. It needs no configuration, so Terraform makes it on a provider that is not configured, too. */
export const callFunction: CallHandler<"CallFunction"> = async (runner, { name, arguments: sent }) => {
  const declared = getKey(runner.functions, name);
  const parameters = declared?.parameters ?? [];
  const types = Object.fromEntries(parameters.map((each) => [each.name, each.type]));
  const fields = { type: { kind: "object", attributes: types } } as const;
  const options = { rpc: "CallFunction", operation: `call the function ${name}`, fields } as const;
  const { diagnostics, result } = await runner.run<{ result?: DynamicValue }>(options, async () => {
    if (declared === undefined)
      throw new ProviderError("Unknown function", { detail: `This provider has no function ${name}.` });
    return { result: writeResult(declared.returns, declared.call(...readArguments(declared, sent))) };
  });
  const [error] = diagnostics;
  return error === undefined ? { result } : { error: functionError(error, parameters) };
};

/** @throws ProviderError at the parameter whose argument does not fit */
function readArguments({ parameters }: ProviderFunction, sent: readonly DynamicValue[]): TfValue[] {
  if (sent.length !== parameters.length)
    throw new ProviderError(`takes ${parameters.length} arguments, and got ${sent.length}`);
  return parameters.map((parameter, i) => readArgument(parameter, sent[i]));
}

function readArgument({ name, type, check }: ParameterSpec, sent: DynamicValue | undefined): TfValue {
  try {
    const argument = readValue(type, sent);
    const problem = check(argument);
    if (problem !== undefined) throw new ProviderError(problem, { path: [name] });
    return argument;
  } catch (error) {
    if (error instanceof ValueError) throw new ProviderError(error.message, { path: [name, ...error.path] });
    throw error;
  }
}

/** @throws ResultError without a path: the paths of a call's errors start with a parameter's name */
function writeResult(type: CtyType, value: TfValue): DynamicValue {
  try {
    return writeValue(type, value);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    const where = error.path.length === 0 ? "" : `${printPath(error.path)}: `;
    throw new ResultError([], `${where}${error.message}`);
  }
}

/** The message of an error. Terraform puts the text into a sentence of its own, and adds the full stop. */
function functionError(
  { summary, detail, attribute }: DiagnosticMessage,
  parameters: readonly ParameterSpec[],
): FunctionError {
  const text = [summary, detail].filter(Boolean).join(": ").replace(/\.$/, "");
  const index = parameters.findIndex(({ name }) => name === attribute?.steps[0]?.attributeName);
  return { text, functionArgument: index < 0 ? undefined : index };
}
