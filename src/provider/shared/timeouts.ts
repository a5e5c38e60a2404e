import { block, optional, ProviderError, t } from "../../tfplugin";

/** The longest that a timer of JavaScript can be, 24 days: a longer one would go off at once. */
const LONGEST = 2 ** 31 - 1;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as Terraform's providers write it: `90s`, `1h30m`; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0),
    0,
  );
}

/** Default timeouts of a resource, as durations; without `update` it has no updates that take time. */
export interface DefaultTimeouts {
  readonly create: string;
  readonly update?: string;
  readonly delete: string;
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
      delete: duration(`Timeout of the destruction. Default: \`${destroy}\`.`),
    },
  });

/** The block's value. */
export type Timeouts = {
  readonly create: string | null;
  readonly update: string | null;
  readonly delete: string | null;
} | null;

const GOES_ON =
  "Ironic goes on with it. Look at the node's provision_state and last_error, and apply again once it is done; or give " +
  "more time in the resource's timeouts block.";

/** What to do after a creation that Ironic goes on with: Terraform takes a creation that failed for tainted. */
export const TAINTED =
  "Ironic goes on with it, and Terraform marks the resource as tainted: the next apply would undeploy the node and deploy it again. " +
  "To go on with this deployment instead, run `terraform untaint ADDRESS` with the resource's address, and apply again. " +
  "Look at the node's provision_state and last_error; or give more time in the resource's timeouts block.";

/**
 * Runs `work` with a signal that fires when Terraform's does, or when the time that the user gave is up.
 * @param fallback used where the user gave none, such as `30m`
 * @param detail the advice when the time is up
 * @throws {ProviderError} when the time was up
 */
export async function withTimeout<T>(
  signal: AbortSignal,
  limit: string | null | undefined,
  fallback: string,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
  detail = GOES_ON,
): Promise<T> {
  const text = limit ?? fallback;
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const timer = setTimeout(
    () => {
      controller.abort(new ProviderError(`${what} took longer than ${text}`, { detail, path: ["timeouts"] }));
    },
    Math.min(parseDuration(text) ?? 0, LONGEST),
  );
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
