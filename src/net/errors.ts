import { printableLines } from "../text";

/**
 * Base class of this package's errors.
 *
 * `code` is stable, for programs; `message` states the failure and the expectation; `hint`, where there is one, is advice. None of
 * them contains a secret, and message and hint contain no control characters, because they may quote text from any server.
 */
export abstract class IronicOciError extends Error {
  /** Stable identifier of the kind of error, in capitals, for programs; docs/errors.md lists all of them. */
  abstract readonly code: string;
  /** Next step for the user; undefined where the message contains it. */
  readonly hint: string | undefined;

  constructor(message: string, options: { readonly hint?: string | undefined; readonly cause?: unknown } = {}) {
    super(printableLines(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.hint = options.hint === undefined ? undefined : printableLines(options.hint);
  }
}
