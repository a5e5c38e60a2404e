import { printableJson, Reference } from "../reference";
import { EXIT, type Io } from "./io";
import { noteUnused, readLocked, withRemoval } from "./locked";
import { newResolver } from "./new-resolver";
import type { LockOptions, OutputOptions, RegistryOptions } from "./options";
import { errorJson, paint, printError } from "./print";
import { table } from "./table";

/** `ironic-oci outdated [REF…]`: which locked tags point elsewhere now. Digest references can't move. */
export async function outdated(
  references: readonly string[],
  options: RegistryOptions & LockOptions & OutputOptions,
  io: Io,
): Promise<number> {
  const read = readLocked(options.lockFile, references);
  const { lockFile, names } = read;
  const tags = names.map((name) => Reference.parse(name)).filter(({ digest }) => digest === undefined);
  const resolver = newResolver(options, io);
  try {
    const outcomes = await Promise.allSettled(tags.map((reference) => resolver.digestOf(reference)));
    const results = tags.map((reference, position) => {
      const outcome = outcomes[position];
      const current = outcome?.status === "fulfilled" ? outcome.value : undefined;
      const error: unknown =
        outcome?.status === "rejected" ? withRemoval(outcome.reason, reference.canonical()) : undefined;
      return { reference: reference.canonical(), locked: lockFile.tagDigest(reference), current, error };
    });
    const moved = results.filter(({ locked, current }) => current !== undefined && current !== locked);
    const failed = results.filter(({ error }) => error !== undefined);
    if (options.json) {
      const shown = results.map(({ error, ...rest }) => ({
        ...rest,
        outdated: rest.current !== undefined && rest.current !== rest.locked,
        ...(error !== undefined && { error: errorJson(error) }),
      }));
      io.out(`${printableJson(shown)}\n`);
    } else {
      for (const { error } of failed) printError(io, error);
      if (moved.length > 0) {
        const rows = moved.map(({ reference, locked, current }) => [reference, locked ?? "", current ?? ""]);
        io.out(`${table(["REFERENCE", "LOCKED", "NOW"], rows, { columns: io.columns }).join("\n")}\n`);
      }
      noteUnused(read, io);
      const current = results.length - moved.length - failed.length;
      io.err(paint(io, "dim", `${moved.length} outdated, ${current} current, ${failed.length} unknown\n`));
    }
    if (failed.length > 0) return EXIT.failed;
    return moved.length > 0 ? EXIT.outdated : EXIT.fine;
  } finally {
    await resolver.close();
  }
}
