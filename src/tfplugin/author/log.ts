/** How important a line is; `off` is for thresholds only. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "off";

/** Structured facts of a log line. */
export type LogFields = { readonly [name: string]: unknown };

/** Writes log lines. Lines below the threshold that the environment sets cost nothing and are not written. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose every line has these fields too. */
  with(fields: LogFields): Logger;
}
