import { startHelper } from "./run";

/** What the in-process Ironic saw since it was last asked. */
export interface Seen {
  /** How many requests of each kind. */
  readonly requests: Readonly<Record<string, number>>;
  /** When each request came, as `Date.now()` has it. */
  readonly times: readonly number[];
  /** When Ironic's last piece of work on each node ended, by the node's name. */
  readonly ended: Readonly<Record<string, number>>;
}

export interface BenchIronic {
  readonly url: string;
  seen(): Promise<Seen>;
  stop(): Promise<void>;
}

/**
 * Starts bench/support/ironic-process.
 * @param latency milliseconds before each answer
 * @param work milliseconds that a state change takes
 */
export async function startIronic(latency: number, work: number): Promise<BenchIronic> {
  const { first, ask, stop } = await startHelper("ironic-process.js", [String(latency), String(work)]);
  return { url: first, seen: async () => JSON.parse(await ask("seen")) as Seen, stop };
}
