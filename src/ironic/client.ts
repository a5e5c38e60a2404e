import { setMaxListeners } from "node:events";
import { type IronicAuth, noAuth } from "./auth";
import { IronicApiError, NotFoundError, ProvisionError } from "./errors";
import { type Answer, type HttpOptions, OpenStackHttp } from "./http";
import { compareVersions, negotiate, readVersions } from "./microversion";
import type { JsonObject, PatchOperation } from "./patch";
import { isBusy, isFailed, nextStep, type ProvisionVerb, type RestingState } from "./states";
import type { IronicAllocation, IronicInventory, IronicNode, IronicPort, IronicPortGroup, NodeState } from "./types";
import { NodeWatcher } from "./watcher";

export interface IronicClientOptions extends HttpOptions {
  /** The API's root, with or without `/v1`; may be left out where a service catalog knows it. */
  readonly url?: string | undefined;
  /** Default: no authorization. */
  readonly auth?: IronicAuth | undefined;
  /** `1.80`; by default the newest that both sides know. */
  readonly microversion?: string | undefined;
}

/** Every method takes one: it ends the request and the waiting. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ProvisionOptions extends CallOptions {
  /** Microversion 1.56: an object with `user_data`, `network_data` and `meta_data`, or a base64 string. */
  readonly configdrive?: JsonObject | string | undefined;
  readonly deploySteps?: readonly JsonObject[] | undefined;
  readonly cleanSteps?: readonly JsonObject[] | undefined;
}

const STATE_FIELDS = [
  "uuid",
  "name",
  "provision_state",
  "target_provision_state",
  "power_state",
  "target_power_state",
  "last_error",
  "maintenance",
  "reservation",
  "instance_uuid",
].join(",");

interface Connection {
  readonly http: OpenStackHttp;
  readonly microversion: string;
}

/**
 * Ironic's API (Bare Metal API reference), as much of it as declaring machines needs.
 *
 * Every method rejects with an IronicError, or with the signal's reason once that has fired.
 */
export class IronicClient {
  readonly #options: IronicClientOptions;
  readonly #watcher: NodeWatcher;
  #connection: Promise<Connection> | undefined;

  constructor(options: IronicClientOptions) {
    this.#options = options;
    this.#watcher = new NodeWatcher({
      one: (uuid, signal) => this.#get(`/v1/nodes/${segment(uuid)}?fields=${STATE_FIELDS}`, { signal }),
      all: (signal) => this.#listStates(signal),
    });
  }

  /** The microversion that was negotiated. The first call of any method settles it. */
  async microversion(options: CallOptions = {}): Promise<string> {
    return (await this.#connect(options.signal)).microversion;
  }

  createNode(fields: JsonObject, options: CallOptions = {}): Promise<IronicNode> {
    return this.#send("POST", "/v1/nodes", fields, options);
  }

  /** @param node UUID or name */
  getNode(node: string, options: CallOptions = {}): Promise<IronicNode> {
    return this.#get(`/v1/nodes/${segment(node)}`, options);
  }

  async listNodes(query: Readonly<Record<string, string>> = {}, options: CallOptions = {}): Promise<IronicNode[]> {
    const search = new URLSearchParams({ detail: "true", ...query });
    return (await this.#list<IronicNode>(`/v1/nodes?${search}`, "nodes", options)).items;
  }

  /**
   * Changes a node; without operations it only reads it.
   * @param options.resetInterfaces along with a change of driver: interfaces that the patch leaves out become its defaults
   */
  patchNode(
    node: string,
    patch: readonly PatchOperation[],
    options: CallOptions & { readonly resetInterfaces?: boolean } = {},
  ): Promise<IronicNode> {
    if (patch.length === 0) return this.getNode(node, options);
    const query = options.resetInterfaces ? "?reset_interfaces=True" : "";
    return this.#send("PATCH", `/v1/nodes/${segment(node)}${query}`, patch, options, query && "1.45");
  }

  async deleteNode(node: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/nodes/${segment(node)}`, undefined, options);
  }

  async setTraits(node: string, traits: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/traits`, { traits }, options);
  }

  async setMaintenance(node: string, reason: string | undefined, options: CallOptions = {}): Promise<void> {
    const path = `/v1/nodes/${segment(node)}/maintenance`;
    if (reason === undefined) await this.#send("DELETE", path, undefined, options);
    else await this.#send("PUT", path, { reason }, options);
  }

  /** `PUT states/raid`. */
  async setRaidConfig(node: string, config: JsonObject, options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/raid`, config, options);
  }

  /** Starts a power action: `power on`, `power off`, `rebooting`, `soft power off`, `soft rebooting`. */
  async setPower(
    node: string,
    target: string,
    options: CallOptions & { readonly timeout?: number | undefined } = {},
  ): Promise<void> {
    const body = { target, ...(options.timeout !== undefined && { timeout: options.timeout }) };
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/power`, body, options);
  }

  /** Starts a provisioning action. */
  async provision(node: string, verb: ProvisionVerb, options: ProvisionOptions = {}): Promise<void> {
    const { configdrive, deploySteps, cleanSteps } = options;
    const body = {
      target: verb,
      ...(configdrive !== undefined && { configdrive }),
      ...(deploySteps && { deploy_steps: deploySteps }),
      ...(cleanSteps && { clean_steps: cleanSteps }),
    };
    const since = deploySteps ? "1.69" : typeof configdrive === "object" ? "1.56" : "";
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/provision`, body, options, since);
  }

  /** What Ironic thinks of each of a node's interfaces: `{ deploy: { result, reason } }`. */
  validate(
    node: string,
    options: CallOptions = {},
  ): Promise<Readonly<Record<string, { readonly result: boolean | null; readonly reason?: string }>>> {
    return this.#get(`/v1/nodes/${segment(node)}/validate`, options);
  }

  /** What inspection found; undefined when the node was not inspected. */
  async getInventory(node: string, options: CallOptions = {}): Promise<IronicInventory | undefined> {
    try {
      return await this.#send("GET", `/v1/nodes/${segment(node)}/inventory`, undefined, options, "1.81");
    } catch (error) {
      if (error instanceof NotFoundError) {
        // The node itself may be what is missing: that is for the caller to hear.
        await this.getNode(node, options);
        return undefined;
      }
      throw error;
    }
  }

  createPort(fields: JsonObject, options: CallOptions = {}): Promise<IronicPort> {
    return this.#send("POST", "/v1/ports", fields, options);
  }
  /** @param port UUID, or the MAC address */
  async getPort(port: string, options: CallOptions = {}): Promise<IronicPort> {
    if (!port.includes(":")) return this.#get(`/v1/ports/${segment(port)}`, options);
    const [found] = (
      await this.#list<IronicPort>(`/v1/ports?detail=true&address=${encodeURIComponent(port)}`, "ports", options)
    ).items;
    if (!found) throw new NotFoundError({ method: "GET", path: "/v1/ports" }, 404, `Port ${port} could not be found.`);
    return found;
  }
  async listPorts(node: string, options: CallOptions = {}): Promise<IronicPort[]> {
    return (await this.#list<IronicPort>(`/v1/ports?detail=true&node=${encodeURIComponent(node)}`, "ports", options))
      .items;
  }
  patchPort(port: string, patch: readonly PatchOperation[], options: CallOptions = {}): Promise<IronicPort> {
    if (patch.length === 0) return this.getPort(port, options);
    return this.#send("PATCH", `/v1/ports/${segment(port)}`, patch, options);
  }
  async deletePort(port: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/ports/${segment(port)}`, undefined, options);
  }

  createPortGroup(fields: JsonObject, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#send("POST", "/v1/portgroups", fields, options);
  }
  getPortGroup(portGroup: string, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#get(`/v1/portgroups/${segment(portGroup)}`, options);
  }
  async deletePortGroup(portGroup: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/portgroups/${segment(portGroup)}`, undefined, options);
  }

  createAllocation(fields: JsonObject, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#send("POST", "/v1/allocations", fields, options);
  }
  /** @param allocation UUID or name */
  getAllocation(allocation: string, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#get(`/v1/allocations/${segment(allocation)}`, options);
  }
  async deleteAllocation(allocation: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/allocations/${segment(allocation)}`, undefined, options);
  }

  /**
   * Waits until Ironic is done with a node, sharing its looks with everybody else who waits.
   * @param done by default: no work under way
   */
  async settled(
    uuid: string,
    options: CallOptions & {
      readonly done?: (node: NodeState) => boolean;
      readonly onState?: (node: NodeState) => void;
    } = {},
  ): Promise<NodeState> {
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

  /**
   * Takes a node to a resting state, over as many others as it needs.
   * @param options.from its state, when it is known: it need not be looked at first
   * @param options.through what to send with one of the verbs on the way, such as the configdrive with `active`
   * @throws {ProvisionError} when it comes to rest in a failure
   */
  async bring(
    uuid: string,
    goal: RestingState,
    options: CallOptions & {
      readonly from?: NodeState;
      readonly through?: Partial<Record<ProvisionVerb, Omit<ProvisionOptions, "signal">>>;
      readonly onState?: (node: NodeState) => void;
    } = {},
  ): Promise<NodeState> {
    const { signal, from: known, through = {}, onState } = options;
    const tried = new Set<string>();
    for (let first = known; ; first = undefined) {
      const node = first ?? (await this.settled(uuid, { signal, ...(onState && { onState }) }));
      const step = nextStep(node, goal);
      if (step === "there") return node;
      if (step === "wait") continue;
      // A failure state is a place to start from once; the second time it is where this attempt has ended.
      const from = `${node.provision_state} → ${step.verb}`;
      if (tried.has(from) || (isFailed(node) && tried.size > 0)) {
        throw new ProvisionError(node.name ?? uuid, node.provision_state, node.last_error ?? undefined, goal);
      }
      tried.add(from);
      await this.provision(uuid, step.verb, { signal, ...through[step.verb] });
    }
  }

  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.http.close();
  }

  async #listStates(signal: AbortSignal): Promise<{ readonly nodes: NodeState[]; readonly requests: number }> {
    const { items, requests } = await this.#list<NodeState>(`/v1/nodes?fields=${STATE_FIELDS}`, "nodes", { signal });
    return { nodes: items, requests };
  }

  /** Follows Ironic's `next` links, which are absolute URLs: of each only the query is used. */
  async #list<T>(
    path: string,
    key: string,
    options: CallOptions,
  ): Promise<{ readonly items: T[]; readonly requests: number }> {
    const items: T[] = [];
    let requests = 0;
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: Record<string, unknown> = await this.#get(next, options);
      items.push(...((page[key] ?? []) as T[]));
      requests += 1;
      const [route = ""] = path.split("?");
      next = typeof page.next === "string" ? `${route}${new URL(page.next, "http://any").search}` : undefined;
    }
    return { items, requests };
  }

  #get<T>(path: string, options: CallOptions): Promise<T> {
    return this.#send("GET", path, undefined, options);
  }

  async #send<T>(
    method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    body: unknown,
    options: CallOptions,
    /** The microversion that brought this request: one request may be newer than what the user chose for the rest. */
    since = "",
  ): Promise<T> {
    const { http, microversion } = await this.#connect(options.signal);
    const spoken = since && compareVersions(microversion, since) < 0 ? since : microversion;
    const headers = { "x-openstack-ironic-api-version": spoken };
    const answer: Answer = await http.ask({ method, path, body, headers, signal: options.signal });
    return answer.content as T;
  }

  /** Finds the API and agrees on a microversion, once; a failure is not kept. */
  #connect(signal: AbortSignal | undefined): Promise<Connection> {
    this.#connection ??= this.#open(signal).catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  async #open(signal: AbortSignal | undefined): Promise<Connection> {
    const { auth = noAuth(), microversion, url } = this.#options;
    const found = url ?? (await auth.endpoint?.(signal));
    if (found === undefined)
      throw new TypeError("an Ironic client needs a URL, or an authorization with a service catalog");
    const root = found.replace(/\/+$/, "").replace(/\/v1$/, "");
    const http = new OpenStackHttp(root, auth, this.#options);
    // The root document is open to everybody, credentials or not; some proxies serve only /v1.
    const answer = await http.ask({ method: "GET", path: "/", signal }).catch((error: unknown) => {
      if (error instanceof IronicApiError && error.status === 404)
        return http.ask({ method: "GET", path: "/v1", signal });
      throw error;
    });
    return { http, microversion: negotiate(microversion, readVersions(answer.content, root)) };
  }
}

/** Whether a microversion has a feature that came with another. */
export function hasFeature(microversion: string, since: string): boolean {
  return compareVersions(microversion, since) >= 0;
}

function segment(id: string): string {
  return encodeURIComponent(id);
}
