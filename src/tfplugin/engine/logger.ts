// Log lines for Terraform, which reads them from a provider's stderr: one JSON object a line, in the notation of go-hclog.
import type { Level, LogFields, Logger } from "../author/log";

const LEVELS = ["trace", "debug", "info", "warn", "error", "off"] as const satisfies readonly Level[];

/** Options of a logger. */
export interface LogOptions {
  readonly module: string;
  readonly level: Level;
  readonly write: (line: string) => void;
  readonly fields?: LogFields;
  /** Applied to the message and the fields. */
  readonly redact?: { text(text: string): string; data(value: unknown): unknown };
}

/**
 * The threshold of a provider's log: `TF_LOG_PROVIDER_<NAME>`, else `TF_LOG_PROVIDER`, else `TF_LOG`
 * (https://developer.hashicorp.com/terraform/internals/debugging). `JSON` means `TRACE`; an unknown level, or none, means `OFF`.
 */
export function logLevel(env: { readonly [name: string]: string | undefined }, provider: string): Level {
  const name = provider.toUpperCase().replace(/[^A-Z0-9]/g, "_");
  const wanted = env[`TF_LOG_PROVIDER_${name}`] || env.TF_LOG_PROVIDER || env.TF_LOG || "off";
  const level = wanted.toLowerCase() === "json" ? "trace" : wanted.toLowerCase();
  return LEVELS.find((known) => known === level) ?? "off";
}

/** A logger that writes lines at or above a threshold. */
export function createLogger(options: LogOptions): Logger {
  const threshold = LEVELS.indexOf(options.level);
  const at =
    (level: Exclude<Level, "off">) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(level) < threshold) return;
      options.write(`${line(options, level, message, fields)}\n`);
    };
  return {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => createLogger({ ...options, fields: { ...options.fields, ...fields } }),
  };
}

function line(
  { module, redact, fields: common }: LogOptions,
  level: Level,
  message: string,
  fields: LogFields,
): string {
  const all = { ...common, ...fields };
  const masked = redact === undefined ? plain(all) : redact.data(all);
  const head = {
    "@level": level,
    "@message": redact?.text(message) ?? message,
    "@module": module,
    "@timestamp": timestamp(),
  };
  try {
    return JSON.stringify({ ...(masked as LogFields), ...head });
  } catch {
    return JSON.stringify(head); // fields without JSON are dropped, and the message is kept
  }
}

/** A timestamp with microseconds: go-plugin takes a line with another number of digits for plain text of level DEBUG. */
function timestamp(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

function plain(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => {
    if (value instanceof Error) return [name, value.stack ?? String(value)];
    return [name, typeof value === "bigint" ? String(value) : value];
  });
  return Object.fromEntries(entries) as LogFields;
}
