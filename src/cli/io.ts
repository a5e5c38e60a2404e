/** Output streams and abort signal of a command; tests pass their own. */
export interface Io {
  /** Results. */
  out(text: string): void;
  /** Everything else: errors, warnings. */
  err(text: string): void;
  /** Whether texts may carry colours. */
  readonly colour: boolean;
  /** The width of the terminal behind `out`; undefined where `out` is piped. */
  readonly columns?: number | undefined;
  /** The width of the terminal behind `err`; undefined where `err` is piped. */
  readonly errColumns?: number | undefined;
  readonly signal: AbortSignal;
}

/** Exit codes, as the help documents them. */
export const EXIT = { fine: 0, failed: 1, usage: 2, outdated: 3, unpullable: 4 } as const;

/** The command was interrupted, as by Ctrl-C. */
export class InterruptedError extends Error {
  readonly code = "INTERRUPTED";

  constructor() {
    super("interrupted");
  }
}

/** Wrong arguments of the command line: an unknown command or option, a missing or contradictory argument, a file that it needs. */
export class UsageError extends Error {
  readonly code = "USAGE";
}
