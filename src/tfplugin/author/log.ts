/** The severity of a line; `off` is for thresholds only. */
export type Level = "trace" | "debug" | "info" | "warn" | "error" | "off";

/** Structured fields of a log line. */
export type LogFields = { readonly [name: string]: unknown };

/** Writes log lines. Lines below the threshold that the environment sets cost nothing and are not written. */
export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
}
