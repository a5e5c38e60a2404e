import { startHelper } from "./run";

/** What the in-process Ironic saw since the last call. */
export interface Seen {
  /** Number of requests of each kind. */
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
 * @param latency milliseconds before each response
 * @param work milliseconds that a state change takes
 * @param nodes number of nodes that exist already, all of them available
 */
export async function startIronic(latency: number, work: number, nodes = 0): Promise<BenchIronic> {
  const { first, send, stop } = await startHelper("ironic-process.js", [latency, work, nodes].map(String));
  return { url: first, seen: async () => JSON.parse(await send("seen")) as Seen, stop };
}

/** Of one of the nodes that are there from the start. */
export function nodeUuid(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}
