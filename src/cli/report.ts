import { printableJson } from "../reference";
import { EXIT, type Io } from "./io";
import type { OutputOptions } from "./options";
import { errorJson, exitCodeFor, printError, referenceForOutput } from "./print";

/** The exit code for all references: that of the first error, where wrong input comes first; undefined without an error. */
export function exitCodeOf(outcomes: readonly PromiseSettledResult<unknown>[]): number | undefined {
  const codes = outcomes.flatMap((each) => (each.status === "rejected" ? [exitCodeFor(each.reason)] : []));
  return codes.includes(EXIT.usage) ? EXIT.usage : codes[0];
}

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
