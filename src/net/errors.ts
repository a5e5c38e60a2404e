import { printableLines } from "./printable";

/**
 * The base of every error that this package throws on purpose.
 *
 * `code` is stable and meant for programs; `message` says what failed and what was expected; `hint`, where there is
 * one, says what to do next. No secret is ever part of any of the three, and neither text holds control characters: quoted text
 * may come from anywhere.
 */
export abstract class IronicOciError extends Error {
  /** Stable identifier of the kind of error, in capitals, for programs; docs/errors.md lists all of them. */
  abstract readonly code: string;
  /** What to do next; undefined where the message says all there is. */
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(printableLines(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint === undefined ? undefined : printableLines(options.hint);
  }
}
