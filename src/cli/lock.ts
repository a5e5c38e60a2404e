import { existsSync } from "node:fs";
import { COMMAND_LINE, describeQuery, lockMode, type PinQuery, pinAll, readLockFile } from "../lock";
import { printable, printableJson } from "../reference";
import { EXIT, type Io } from "./io";
import { parseReferences } from "./locked";
import { newResolver, policyFor } from "./new-resolver";
import {
  chosenRelease,
  describeChosenRelease,
  expectation,
  type LockCommandOptions,
  refuseNodeOptions,
} from "./options";
import {
  describeAsPinned,
  describeVerdict,
  errorJson,
  indent,
  paint,
  printError,
  printUndecided,
  printWarning,
  widthFor,
} from "./print";
import { table } from "./table";

/** `ironic-oci lock [REF…]`: adds references to the lock file; without arguments, lists its pins. */
export async function lock(references: readonly string[], options: LockCommandOptions, io: Io): Promise<number> {
  const { lockFile: path, json } = options;
  if (options.remove || options.prune) {
    return (require("./unlock") as typeof import("./unlock")).unlock(references, options, io);
  }
  if (references.length === 0) {
    refuseNodeOptions(
      options,
      "without a reference there is nothing to lock; ironic-oci lock alone lists what is locked",
    );
    return list(path, json ?? false, io);
  }
  const expect = expectation(options);
  const release = chosenRelease(options);
  const resolver = newResolver(options, io, { policy: policyFor(options, path) });
  const queries = parseReferences(references).map(
    (reference): PinQuery => ({
      reference,
      role: options.role,
      architecture: options.arch,
      imageDownloadSource: options.downloadSource,
      profile: resolver.profile,
      ...(expect && { expect }),
    }),
  );
  try {
    const mode = lockMode(undefined, process.env, existsSync(path));
    const user = { name: COMMAND_LINE, needsNothingElse: false };
    const results = await pinAll(queries, { path, mode, resolver, user, signal: io.signal });
    for (const { query, warning } of results.undecided) printUndecided(io, describeQuery(query), warning);
    if (results.unrecorded !== undefined) printWarning(io, results.unrecorded);
    // The queries of one command differ in their references only.
    const failed = new Set(results.failures.map(({ query }) => query.reference.canonical()));
    const pins = queries
      .filter(({ reference }) => !failed.has(reference.canonical()))
      .flatMap((query) => results.find(query) ?? []);
    if (json) {
      const failures = results.failures.map(({ query, error }) => ({
        reference: query.reference,
        error: errorJson(error),
      }));
      io.out(`${printableJson({ lockFile: path, ...release, pins, failures, written: results.written })}\n`);
    } else {
      for (const pin of pins) {
        io.out(`${pin.reference}\n  → ${paint(io, "green", pin.url)}\n`);
        io.out(`    ${describeAsPinned(pin)}; for ${describeChosenRelease(release)}\n`);
        if (pin.verified) io.out(`    ${describeVerdict(pin.verified)}\n`);
        for (const warning of pin.warnings) printWarning(io, warning);
      }
      for (const { query, error } of results.failures) {
        io.err(`${describeQuery(query)}\n`);
        printError(io, error);
      }
      printWritten(results.written, pins.length > 0 ? path : undefined, io);
    }
    return results.failures.length === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

/** The files that were written, or the one that holds the pins already. */
function printWritten(written: readonly string[], unchanged: string | undefined, io: Io): void {
  if (written.length > 0) io.err(paint(io, "dim", `wrote ${printable(written.join(", "))}\n`));
  else if (unchanged !== undefined) io.err(paint(io, "dim", `unchanged: ${printable(unchanged)}\n`));
}

function list(path: string, json: boolean, io: Io): number {
  const entries = readLockFile(path).entries();
  if (json) {
    io.out(`${printableJson(Object.fromEntries(entries))}\n`);
    return EXIT.fine;
  }
  if (entries.length === 0) io.err(`${path} locks nothing yet\n`);
  for (const [reference, { digest, selections }] of entries) {
    io.out(`${paint(io, "bold", reference)}  ${paint(io, "dim", digest)}\n`);
    const rows = selections.map((each) => [
      each.role,
      each.architecture ?? "any",
      each.imageDownloadSource ?? "-",
      each.profile ?? "-",
      each.digest,
      each.reason,
      each.role === "image" ? (each.asPinned?.kind ?? "unknown") : "-",
    ]);
    const lines = table(["ROLE", "ARCHITECTURE", "SOURCE", "PROFILE", "PINNED", "REASON", "AS PINNED"], rows, {
      columns: widthFor(io, 4),
    });
    io.out(`${indent(lines.join("\n"), "    ")}\n`);
  }
  return EXIT.fine;
}
