import type { LockedPin } from "../lock";
import { InvalidReferenceError, IronicOciError, printable } from "../reference";
import type { Verdict } from "../signing";
import { EXIT, InterruptedError, type Io, UsageError } from "./io";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Text in a colour, if colours are enabled. */
export function paint(io: Io, style: keyof typeof CODES, text: string): string {
  return io.colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** The width that the terminal leaves for a text with an indentation; undefined where output is piped. */
export function widthFor(io: Io, indentation: number): number | undefined {
  return io.columns === undefined ? undefined : io.columns - indentation;
}

/** Prefixes every line of a text that is not empty. */
export function indent(text: string, by: string): string {
  return text.replace(/^(?=.)/gm, by);
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

/** Who has signed a pin, in a clause; text of a certificate is escaped. */
export function describeVerdict(verdict: Verdict): string {
  const { describeVerified } = require("../signing") as typeof import("../signing");
  return printable(`signed by ${describeVerified(verdict)}`);
}

/** Prints a warning below the name of what it is about. */
export function printWarning(io: Io, text: string): void {
  io.err(`  ${paint(io, "yellow", "warning:")} ${printable(text)}\n`);
}

/** Prints, in the text form and beside JSON, that the order of an index chose the architecture. */
export function printUndecided(io: Io, name: string, warning: string): void {
  io.err(`${printable(name)}\n`);
  printWarning(io, warning);
}

/** Prints an error as text: message and hint. */
export function printError(io: Io, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  io.err(`${paint(io, "red", "error:")} ${message.split("\n").map(printable).join("\n")}\n`);
  if (error instanceof IronicOciError && error.hint !== undefined) io.err(`  ${error.hint}\n`);
}

/** An error as JSON. */
export function errorJson(error: unknown): { readonly code: string; readonly message: string; readonly hint?: string } {
  if (error instanceof UsageError || error instanceof InterruptedError)
    return { code: error.code, message: error.message };
  if (!(error instanceof IronicOciError)) {
    return { code: "UNEXPECTED", message: error instanceof Error ? error.message : String(error) };
  }
  return { code: error.code, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) };
}

/** Wrong input: the caller has to change the arguments or the environment, and trying again does not help. */
const WRONG_INPUT = new Set([
  ...[
    "INVALID_REFERENCE",
    "INVALID_DIGEST",
    "INVALID_OPTIONS",
    "INVALID_ARTIFACTS",
    "LOCK_MODE",
    "UNKNOWN_RELEASE",
    "SIGNING_FILE",
  ],
]);

/** The exit code for an error of the command as a whole, or of one of its references. */
export function exitCodeFor(error: unknown): number {
  const isWrongInput = error instanceof UsageError || (error instanceof IronicOciError && WRONG_INPUT.has(error.code));
  return isWrongInput ? EXIT.usage : EXIT.failed;
}

/** The reference for output. An invalid one may hold a password: its error has the redacted text. */
export function referenceForOutput(reference: string | undefined, error: unknown): string | undefined {
  return error instanceof InvalidReferenceError ? error.reference : reference;
}
