import { printableJson } from "../reference";
import type { Io } from "./io";
import type { OutputOptions } from "./options";
import { askedFor, errorJson, printError } from "./print";

/** Prints what came of each reference, in the order of asking: results and errors alike, for people or as JSON. */
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
        : { reference: askedFor(references[position], outcome.reason), error: errorJson(outcome.reason) },
    );
    io.out(`${printableJson(results)}\n`);
    return;
  }
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") print(outcome.value);
    else printError(io, outcome.reason);
  }
}
