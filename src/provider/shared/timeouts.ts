import { block, optional, ProviderError, t } from "../../tfplugin";

/** The longest delay of a JavaScript timer, 24 days: a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as in other providers: `90s`, `1h30m`; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

/** Default timeouts of a resource, as durations; an operation without one takes no time. */
export interface DefaultTimeouts {
  readonly create: string;
  readonly update?: string;
  readonly delete?: string;
}

const duration = (description: string) =>
  optional(t.string, {
    description,
    validate: (text) => (parseDuration(text) ? undefined : "must be a duration such as 90s, 30m or 1h30m"),
  });

/** The `timeouts` block of a resource. Its hooks pass the same defaults to {@link withTimeout}. */
export const timeouts = ({ create, update, delete: destroy }: DefaultTimeouts) =>
  block.single({
    description: "Timeouts of operations, as durations such as `90s`, `30m` or `1h30m`.",
    attributes: {
      create: duration(`Timeout of the creation. Default: \`${create}\`.`),
      update: duration(update === undefined ? "Not used." : `Timeout of an update. Default: \`${update}\`.`),
      delete: duration(destroy === undefined ? "Not used." : `Timeout of the destruction. Default: \`${destroy}\`.`),
    },
  });

/** The block's value. */
export type Timeouts = {
  readonly create: string | null;
  readonly update: string | null;
  readonly delete: string | null;
} | null;

const CONTINUES =
  "Ironic continues. The next apply waits for it and continues from there; provision_state and last_error of the node tell how far it " +
  "is. The timeouts block of the resource sets another timeout.";

/**
 * Runs `work` with a signal that is aborted when Terraform's is, or after the timeout.
 * @param limit the configured timeout
 * @param fallback the default timeout, such as `30m`
 * @param operation begins the message of the error: `The deployment`
 * @param advice what Ironic does after the timeout, and what to do
 * @throws {ProviderError} on timeout
 */
export async function withTimeout<T>(
  signal: AbortSignal,
  limit: string | null | undefined,
  fallback: string,
  operation: string,
  work: (signal: AbortSignal) => Promise<T>,
  advice = CONTINUES,
): Promise<T> {
  const text = limit ?? fallback;
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(
    () => {
      controller.abort(
        new ProviderError(`${operation} took longer than ${text}`, { detail: advice, path: ["timeouts"] }),
      );
    },
    Math.min(parseDuration(text) ?? 0, MAX_DELAY),
  );
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
