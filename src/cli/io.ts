/** Where a command reads from and writes to; tests bring their own. */
export interface Io {
  /** What was asked for. */
  out(text: string): void;
  /** Everything else: errors, warnings. */
  err(text: string): void;
  /** Whether `out` may carry colours. */
  readonly colour: boolean;
  readonly signal: AbortSignal;
}

/** Exit codes, as the help documents them. */
export const EXIT = { fine: 0, failed: 1, usage: 2, outdated: 3, unpullable: 4 } as const;

/** A command used wrongly in a way that the argument parser can't see. */
export class UsageError extends Error {}
