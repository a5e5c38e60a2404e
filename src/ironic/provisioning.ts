import { setMaxListeners } from "node:events";
import { isInDoubt } from "./creation";
import { ProvisionError } from "./errors";
import type { JsonObject } from "./patch";
import { type Goal, isBusy, isFailed, nextStep, type ProvisionVerb, provisionError } from "./states";
import type { NodeState } from "./types";
import type { NodeWatcher } from "./watcher";

/** The most requests of one move whose responses may be lost. */
const MAX_DOUBTS = 3;

/** Options of every method of the client. */
export interface CallOptions {
  /** Aborts the request and the waiting. A POST that has been sent is not aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of one `PUT states/provision`. */
export interface ProvisionOptions extends CallOptions {
  /** Microversion 1.56: an object with `user_data`, `network_data` and `meta_data`, or a base64 string. */
  readonly configdrive?: JsonObject | string | undefined;
  /** Microversion 1.69, for the verbs `active` and `rebuild`. */
  readonly deploySteps?: readonly JsonObject[] | undefined;
  /** For the verb `clean`. */
  readonly cleanSteps?: readonly JsonObject[] | undefined;
  /** For the verb `service`. */
  readonly serviceSteps?: readonly JsonObject[] | undefined;
  /** Microversion 1.92, for the verbs `clean` and `service`: UUID or name of a runbook, in place of steps. */
  readonly runbook?: string | undefined;
  /** Microversion 1.70 for the verb `clean`, 1.108 for `service`: the machine does not boot the agent. */
  readonly disableRamdisk?: boolean | undefined;
}

/** Options of waits. */
export interface WaitOptions extends CallOptions {
  /** Called with each polled state. */
  readonly onState?: ((node: NodeState) => void) | undefined;
}

/** Options of {@link Provisioning.moveTo}. */
export interface MoveOptions extends WaitOptions {
  /** The node's state, where it is known: saves the first poll. */
  readonly from?: NodeState | undefined;
  /** Options of the verbs on the path, such as the configdrive of `active`. */
  readonly through?: Partial<Record<ProvisionVerb, Omit<ProvisionOptions, "signal">>> | undefined;
}

/** Sends one verb to a node; rejects with ConflictError or IronicApiError where the node's state does not allow it. */
type Provision = (node: string, verb: ProvisionVerb, options: ProvisionOptions) => Promise<void>;

/** Completes an error with a reason, where the node has none. */
type Explain = (error: ProvisionError, uuid: string, options: CallOptions) => Promise<ProvisionError>;

/** Waits for provision states, and moves nodes through them (Ironic, "Bare Metal State Machine"). */
export class Provisioning {
  readonly #watcher: NodeWatcher;
  readonly #provision: Provision;
  readonly #explain: Explain;

  constructor(watcher: NodeWatcher, provision: Provision, explain: Explain) {
    this.#watcher = watcher;
    this.#provision = provision;
    this.#explain = explain;
  }

  /**
   * Polls a node until `done` is true; an error of `done` rejects the wait. Rejects with NotFoundError when the node was deleted.
   */
  waitUntil(uuid: string, done: (node: NodeState) => boolean, options: WaitOptions = {}): Promise<NodeState> {
    const { onState, signal } = options;
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

  /** Polls a node until no operation is under way on it. */
  waitUntilIdle(uuid: string, options: WaitOptions = {}): Promise<NodeState> {
    return this.waitUntil(uuid, (node) => !isBusy(node), options);
  }

  /**
   * Polls a node until no operation is under way on it, in the expected state.
   * @param action ends the message of the error: `after clean`
   * @throws {ProvisionError} when it ends in another state
   */
  async waitForState(uuid: string, goal: string, action: string, options: WaitOptions = {}): Promise<NodeState> {
    const node = await this.waitUntilIdle(uuid, options);
    if (node.provision_state === goal) return node;
    throw await this.#explain(provisionError(node, `${goal}, ${action}`), uuid, options);
  }

  /**
   * Moves a node to a goal, one verb and one wait at a time. After a lost response, the node's state tells whether the verb was
   * carried out. A node that another client deploys on the way, once it is available, has passed the goal, and keeps its instance.
   * @throws {ProvisionError} when a step ends in a failed state, or no verb leads to the goal
   */
  async moveTo(uuid: string, goal: Goal, options: MoveOptions = {}): Promise<NodeState> {
    try {
      return await this.#moveTo(uuid, goal, options);
    } catch (error) {
      throw error instanceof ProvisionError ? await this.#explain(error, uuid, options) : error;
    }
  }

  async #moveTo(uuid: string, goal: Goal, options: MoveOptions): Promise<NodeState> {
    const { signal, from: known, through = {}, onState } = options;
    const sent = new Set<string>();
    let provided = false;
    let doubts = 0;
    let inDoubt: { readonly transition: string; readonly state: string } | undefined;
    for (let first = known; ; first = undefined) {
      const node = first ?? (await this.waitUntilIdle(uuid, { signal, onState }));
      // The request was not carried out.
      if (inDoubt?.state === node.provision_state) sent.delete(inDoubt.transition);
      inDoubt = undefined;
      const step = nextStep(node, goal);
      if (step === "reached") return node;
      if (step === "wait") continue;
      if (step.verb === "deleted" && provided) return node;
      provided ||= step.verb === "provide";
      // A move may start from a failed state; any later failed state, and any state that comes again, is where it has failed.
      const transition = `${node.provision_state} → ${step.verb}`;
      if (sent.has(transition) || (isFailed(node) && sent.size > 0)) {
        throw provisionError(node, goal === "adopted" ? "active" : goal);
      }
      sent.add(transition);
      try {
        await this.#provision(uuid, step.verb, { signal, ...through[step.verb] });
      } catch (error) {
        doubts += 1;
        if (!isInDoubt(error) || doubts === MAX_DOUBTS) throw error;
        inDoubt = { transition, state: node.provision_state };
      }
    }
  }
}
