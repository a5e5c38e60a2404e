import type { LockedPin } from "../lock";
import { InvalidReferenceError, IronicOciError, printable } from "../reference";
import { EXIT, type Io, UsageError } from "./io";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Text in a colour, if colours are enabled. */
export function paint(io: Io, style: keyof typeof CODES, text: string): string {
  return io.colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/**
 * Columns under headings, each as wide as its widest cell; cells are escaped with `printable`.
 * @param lines whether the last cell of a row may have several lines: those after the first are indented to its column
 * @returns a string for each row, with newlines in it where the row takes several lines
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  { lines = false }: { readonly lines?: boolean } = {},
): string[] {
  const last = headings.length - 1;
  const split = rows.map((row) => {
    const [first = "", ...more] = lines ? (row[last] ?? "").split("\n") : [row[last] ?? ""];
    return { cells: [...row.slice(0, last), first].map(printable), more: more.map(printable) };
  });
  const all = [{ cells: headings, more: [] }, ...split];
  const widths = headings.map((_, column) => Math.max(...all.map(({ cells }) => cells[column]?.length ?? 0)));
  const indentation = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
  return all.map(({ cells, more }) => {
    const line = cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    return [line.trimEnd(), ...more.map((each) => " ".repeat(indentation) + each)].join("\n");
  });
}

/** Prefixes every line of a text. */
export function indent(text: string, by: string): string {
  return text
    .split("\n")
    .map((line) => by + line)
    .join("\n");
}

/** 21,692,416 bytes → `21.7 MB`, as registries' tools show sizes. */
export function humanSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Ironic's reading of a pinned URL, in a clause. */
export function describeAsPinned({ role, asPinned }: Pick<LockedPin, "role" | "asPinned">): string {
  if (role !== "image") return `as pinned: the ${role}'s file`;
  if (asPinned === undefined) return "as pinned: not known, because an earlier version locked it";
  return asPinned.kind === "bootc" ? "as pinned: a bootc container" : "as pinned: a disk image of unknown format";
}

/** Prints an error as text: message and hint. */
export function printError(io: Io, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  io.err(`${paint(io, "red", "error:")} ${message.split("\n").map(printable).join("\n")}\n`);
  if (error instanceof IronicOciError && error.hint !== undefined) io.err(`  ${error.hint}\n`);
}

/** An error as JSON. */
export function errorJson(error: unknown): { readonly code: string; readonly message: string; readonly hint?: string } {
  if (error instanceof UsageError) return { code: error.code, message: error.message };
  if (!(error instanceof IronicOciError)) {
    return { code: "UNEXPECTED", message: error instanceof Error ? error.message : String(error) };
  }
  return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}

/** Wrong input: the caller has to change the arguments or the environment, and trying again does not help. */
const WRONG_INPUT = new Set(["INVALID_REFERENCE", "INVALID_DIGEST", "LOCK_MODE", "UNKNOWN_RELEASE"]);

/** The exit code for an error of the command as a whole, or of one of its references. */
export function exitCodeFor(error: unknown): number {
  const isWrongInput = error instanceof UsageError || (error instanceof IronicOciError && WRONG_INPUT.has(error.code));
  return isWrongInput ? EXIT.usage : EXIT.failed;
}

/** The reference for output. An invalid one may hold a password: its error has the redacted text. */
export function referenceForOutput(reference: string | undefined, error: unknown): string | undefined {
  return error instanceof InvalidReferenceError ? error.reference : reference;
}
