/** Output streams and abort signal of a command; tests pass their own. */
export interface Io {
  /** Results. */
  out(text: string): void;
  /** Everything else: errors, warnings. */
  err(text: string): void;
  /** Whether `out` may carry colours. */
  readonly colour: boolean;
  readonly signal: AbortSignal;
}

/** Exit codes, as the help documents them. */
export const EXIT = { fine: 0, failed: 1, usage: 2, outdated: 3, unpullable: 4 } as const;

/** Invalid usage that the argument parser can't detect. */
export class UsageError extends Error {}
