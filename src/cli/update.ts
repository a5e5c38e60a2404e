import { describeQuery, type LockedPin, type PinQuery, pinAll } from "../lock";
import { printableJson } from "../reference";
import type { ArtifactClass } from "../resolver";
import { EXIT, type Io, UsageError } from "./io";
import { noteUnused, readLocked, withRemoval } from "./locked";
import { newResolver, policyFor } from "./new-resolver";
import type { LockOptions, OutputOptions, PolicyOptions, RegistryOptions } from "./options";
import { errorJson, paint, printError, printUndecided, printWarning } from "./print";

interface UpdateOptions extends RegistryOptions, PolicyOptions, LockOptions, OutputOptions {
  readonly expect?: ArtifactClass;
}

/** A locked query with its pin before and after. */
interface Updated {
  readonly query: PinQuery;
  readonly from: string | undefined;
  readonly pin: LockedPin;
}

/** `ironic-oci update [REF…]`: resolves locked references again, each selection with its locked expectation or that of `--expect`. */
export async function update(references: readonly string[], options: UpdateOptions, io: Io): Promise<number> {
  const { lockFile: path, expect } = options;
  if (expect !== undefined && references.length === 0) {
    throw new UsageError("--expect requires references: ironic-oci update REF --expect CLASS");
  }
  const read = readLocked(path, references, { conflicts: "keep" });
  const { lockFile: before, queries: locked } = read;
  const requested = locked.map((query) => ({ query: expecting(query, expect), from: before.find(query) }));
  const resolver = newResolver(options, io, { policy: policyFor(options, path) });
  try {
    const queries = requested.map(({ query }) => query);
    const results = await pinAll(queries, { path, mode: "update", resolver, signal: io.signal });
    const { find } = results;
    for (const { query, warning } of results.undecided) printUndecided(io, describeQuery(query), warning);
    const failures = results.failures.map(({ query, error }) => ({
      query,
      error: withRemoval(error, query.reference.canonical()),
    }));
    const failedReferences = new Set(failures.map(({ query }) => query.reference.canonical()));
    const updated = requested.flatMap(({ query, from }): Updated[] => {
      const pin = find(query);
      const moved = pin !== undefined && !failedReferences.has(query.reference.canonical());
      return moved ? [{ query, from: from?.digest, pin }] : [];
    });
    if (options.json) {
      const failed = failures.map(({ query, error }) => ({
        ...query,
        error: errorJson(error),
      }));
      const changed = updated.filter(isChanged).map(toJson);
      const unchanged = updated.filter((each) => !isChanged(each)).map(toJson);
      io.out(`${printableJson({ lockFile: path, changed, unchanged, unused: read.unused, failures: failed })}\n`);
    } else {
      for (const each of updated) printUpdated(each, io);
      for (const { query, error } of failures) {
        io.err(`${describeQuery(query)}\n`);
        printError(io, error);
      }
      noteUnused(read, io);
      const changed = updated.filter(isChanged).length;
      const unchanged = requested.length - changed - failures.length;
      io.err(paint(io, "dim", `${changed} changed, ${Math.max(unchanged, 0)} unchanged, ${failures.length} failed\n`));
    }
    return failures.length === 0 ? EXIT.fine : EXIT.failed;
  } finally {
    await resolver.close();
  }
}

/** A kernel or ramdisk has no class, whatever is expected of the images beside it. */
function expecting(query: PinQuery, expect: ArtifactClass | undefined): PinQuery {
  return query.role === "image" && expect !== undefined ? { ...query, expect } : query;
}

function isChanged({ from, pin }: Updated): boolean {
  return from !== pin.digest;
}

function toJson({ query, from, pin }: Updated) {
  const { asPinned, warnings } = pin;
  return { ...query, from, to: pin.digest, ...(query.role === "image" && { asPinned }), warnings };
}

function printUpdated(updated: Updated, io: Io): void {
  const { query, from, pin } = updated;
  const name = describeQuery(query);
  if (isChanged(updated)) {
    io.out(`${name}\n  ${paint(io, "red", `- ${from}`)}\n  ${paint(io, "green", `+ ${pin.digest}`)}\n`);
  } else if (pin.warnings.length > 0) {
    io.err(`${name}\n`);
  }
  for (const warning of pin.warnings) printWarning(io, warning);
}
