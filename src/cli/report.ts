import { printableJson } from "../reference";
import type { Io } from "./io";
import type { OutputOptions } from "./options";
import { errorJson, printError, referenceForOutput } from "./print";

/** Prints the results and errors of all references in the order of the arguments, as text or JSON. */
export function reportEach<T>(
  references: readonly string[],
  outcomes: readonly PromiseSettledResult<T>[],
  { json }: OutputOptions,
  io: Io,
  print: (result: T) => void,
): void {
  if (json) {
    const results = outcomes.map((outcome, position) =>
      outcome.status === "fulfilled"
        ? outcome.value
        : { reference: referenceForOutput(references[position], outcome.reason), error: errorJson(outcome.reason) },
    );
    io.out(`${printableJson(results)}\n`);
    return;
  }
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") print(outcome.value);
    else printError(io, outcome.reason);
  }
}
