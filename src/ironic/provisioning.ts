import { setMaxListeners } from "node:events";
import { ProvisionError } from "./errors";
import type { JsonObject } from "./patch";
import { isBusy, isFailed, nextStep, type ProvisionVerb, type RestingState } from "./states";
import type { NodeState } from "./types";
import { type NodeSource, NodeWatcher } from "./watcher";

/** Every method takes one: it ends the request and the wait. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ProvisionOptions extends CallOptions {
  /** Microversion 1.56: an object with `user_data`, `network_data` and `meta_data`, or a base64 string. */
  readonly configdrive?: JsonObject | string | undefined;
  readonly deploySteps?: readonly JsonObject[] | undefined;
  readonly cleanSteps?: readonly JsonObject[] | undefined;
}

export interface WaitOptions extends CallOptions {
  readonly done?: (node: NodeState) => boolean;
  readonly onState?: (node: NodeState) => void;
}

export interface MoveOptions extends CallOptions {
  readonly from?: NodeState;
  readonly through?: Partial<Record<ProvisionVerb, Omit<ProvisionOptions, "signal">>>;
  readonly onState?: (node: NodeState) => void;
}

type Provision = (uuid: string, verb: ProvisionVerb, options: ProvisionOptions) => Promise<void>;

/** Waits for nodes, and moves them through the state machine. */
export class Provisioning {
  readonly #watcher: NodeWatcher;
  readonly #provision: Provision;

  /** @param tolerance milliseconds for which malformed responses are sat out */
  constructor(source: NodeSource, provision: Provision, tolerance: number) {
    this.#watcher = new NodeWatcher(source, tolerance);
    this.#provision = provision;
  }

  /** See IronicClient. */
  async waitUntilIdle(uuid: string, options: WaitOptions): Promise<NodeState> {
    const { done = (node) => !isBusy(node), onState, signal } = options;
    if (signal) setMaxListeners(0, signal);
    return this.#watcher.until(
      uuid,
      (node) => {
        onState?.(node);
        return done(node);
      },
      signal,
    );
  }

  /** See IronicClient. */
  async moveTo(uuid: string, goal: RestingState, options: MoveOptions): Promise<NodeState> {
    const { signal, from: known, through = {}, onState } = options;
    const tried = new Set<string>();
    for (let first = known; ; first = undefined) {
      const node = first ?? (await this.waitUntilIdle(uuid, { signal, ...(onState && { onState }) }));
      const step = nextStep(node, goal);
      if (step === "there") return node;
      if (step === "wait") continue;
      // A failed state is where a move may start, once; the second time it is where the move has ended.
      const from = `${node.provision_state} → ${step.verb}`;
      if (tried.has(from) || (isFailed(node) && tried.size > 0)) {
        throw new ProvisionError(node.name ?? uuid, node.provision_state, node.last_error ?? undefined, goal);
      }
      tried.add(from);
      await this.#provision(uuid, step.verb, { signal, ...through[step.verb] });
    }
  }
}
