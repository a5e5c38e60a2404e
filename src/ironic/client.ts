import { SharedPromise, sleep } from "../net";
import { type IronicAuth, noAuth } from "./auth";
import {
  InvalidIdentifierError,
  IronicApiError,
  IronicUnavailableError,
  MicroversionError,
  type MicroversionNeed,
  MicroversionTooOldError,
  NotFoundError,
  SettingsError,
  UnauthorizedError,
} from "./errors";
import { type ApiResponse, DEFAULT_RETRY_FOR, type HttpOptions, OpenStackHttp, VERSION_HEADER } from "./http";
import { compareVersions, negotiate, readVersions, type VersionRange } from "./microversion";
import { readPages } from "./pages";
import type { JsonObject, PatchOperation } from "./patch";
import {
  type CallOptions,
  type MoveOptions,
  Provisioning,
  type ProvisionOptions,
  type WaitOptions,
} from "./provisioning";
import { checkBody } from "./responses";
import type { ProvisionVerb, StableState } from "./states";
import type { IronicAllocation, IronicInventory, IronicNode, IronicPort, IronicPortGroup, NodeState } from "./types";
import { apiRoot } from "./url";
import { type NodeSource, NodeWatcher } from "./watcher";

export interface IronicClientOptions extends HttpOptions {
  /** The API's root, with or without `/v1`; may be left out where a service catalog knows it. */
  readonly url?: string | undefined;
  /** Default: no authorization. */
  readonly auth?: IronicAuth | undefined;
  /** `1.80`; by default the newest that both sides know. */
  readonly microversion?: string | undefined;
  /** What the caller can't do without; checked before the first request that needs a microversion. */
  readonly needs?: MicroversionNeed | undefined;
  /** Milliseconds to wait for an API that is not up yet. Default 0. */
  readonly waitForApi?: number | undefined;
}

/** Milliseconds between two attempts to reach an API that is not up yet. */
const STARTUP_RETRY_MS = 1_000;

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
  readonly range: VersionRange;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What a request needs beyond its path. */
interface Needs {
  /** The microversion that brought it: one request may be newer than what the user chose for the rest. */
  readonly since?: string | undefined;
  /** See ApiRequest. */
  readonly retryOnOutage?: boolean;
}

/** The microversions that brought what is used here (Ironic, "REST API Version History"). */
const SINCE = {
  /** `fields` came with 1.8, and the states as they are called today with 1.11. */
  states: "1.11",
  raid: "1.12",
  portGroups: "1.23",
  gentlePower: "1.27",
  traits: "1.37",
  details: "1.43",
  resetInterfaces: "1.45",
  allocations: "1.52",
  configDriveObject: "1.56",
  deploySteps: "1.69",
  inventory: "1.81",
  /** Since then, lists leave out nodes that have a parent, unless they are asked for. */
  children: "1.83",
} as const;

const VERBS_SINCE: Readonly<Partial<Record<ProvisionVerb, string>>> = {
  manage: "1.4",
  provide: "1.4",
  inspect: "1.6",
  abort: "1.13",
  clean: "1.15",
  unhold: "1.85",
};

/** Polls outlast a restart of the API. */
const POLL: Needs = { since: SINCE.states, retryOnOutage: true };

/** Whether a child node has power of its own (Ironic, "Managing Child Nodes"). */
const DEDICATED_POWER = "has_dedicated_power_supply";

const DETAILS: Needs = { since: SINCE.details };
const PORT_GROUPS: Needs = { since: SINCE.portGroups };
const ALLOCATIONS: Needs = { since: SINCE.allocations };

/**
 * Ironic's API (Bare Metal API reference), as much of it as declaring machines needs.
 *
 * Every method rejects with an IronicError, with the signal's reason once that has fired, or with what is wrong on this machine:
 * CertificateFileError, ProxyConfigurationError.
 */
export class IronicClient {
  readonly #options: IronicClientOptions;
  readonly #provisioning: Provisioning;
  readonly #connection: SharedPromise<Connection>;
  /** See `#withOwnPower`; undefined until the first PATCH has shown it. */
  #makesOwnParents: boolean | undefined;

  constructor(options: IronicClientOptions) {
    this.#options = options;
    const source: NodeSource = {
      get: (uuid, signal) => this.#get(`/v1/nodes/${segment(uuid)}?fields=${STATE_FIELDS}`, { signal }, POLL),
      list: async (signal) => {
        const { items, requests } = await this.#listNodes<NodeState>({ fields: STATE_FIELDS }, { signal }, POLL);
        return { nodes: items, requests };
      },
    };
    const watcher = new NodeWatcher(source, options.retryFor ?? DEFAULT_RETRY_FOR);
    this.#provisioning = new Provisioning(watcher, (node, verb, options) => this.provision(node, verb, options));
    this.#connection = new SharedPromise((signal) => this.#open(signal));
  }

  /** The microversion that was negotiated. The first call of any method settles it. */
  async microversion(options: CallOptions = {}): Promise<string> {
    return (await this.#connection.get(options.signal)).microversion;
  }

  async createNode(fields: JsonObject, options: CallOptions = {}): Promise<IronicNode> {
    // No request could name it afterwards.
    checkIdentifiers([fields.name]);
    return this.#send("POST", "/v1/nodes", fields, options);
  }

  /** @param node UUID or name */
  getNode(node: string, options: CallOptions = {}): Promise<IronicNode> {
    return this.#get(`/v1/nodes/${segment(node)}`, options);
  }

  async listNodes(query: Readonly<Record<string, string>> = {}, options: CallOptions = {}): Promise<IronicNode[]> {
    return (await this.#listNodes<IronicNode>({ detail: "true", ...query }, options, DETAILS)).items;
  }

  /**
   * Changes a node; without operations it only reads it.
   * @param options.resetInterfaces along with a change of driver: interfaces that the patch leaves out become its defaults
   */
  async patchNode(
    node: string,
    patch: readonly PatchOperation[],
    options: CallOptions & { readonly resetInterfaces?: boolean } = {},
  ): Promise<IronicNode> {
    if (patch.length === 0) return this.getNode(node, options);
    checkIdentifiers(patch.flatMap(({ path, value }) => (path === "/name" ? [value] : [])));
    const query = options.resetInterfaces ? "?reset_interfaces=True" : "";
    const patched = await this.#send<IronicNode>("PATCH", `/v1/nodes/${segment(node)}${query}`, patch, options, {
      since: options.resetInterfaces ? SINCE.resetInterfaces : undefined,
    });
    return this.#withOwnPower(patched, options);
  }

  /**
   * Keeps a node that Ironic made its own parent usable. Debian's Ironic 29.0.5-0+deb13u3 does that with every PATCH, whatever the
   * PATCH says of `parent_node`: null is refused, and `remove` has no effect (`NodesController.patch`). The conductor then does not
   * cut the power of a node that it has locked, because it takes the node for its own locked child (ChildNodeLocked), and each
   * deployment and cleaning with an agent fails. A child with `driver_info.has_dedicated_power_supply` is exempt from that, and
   * such a node does not depend on another one's power. Deploy interfaces that switch nothing do not need it.
   */
  async #withOwnPower(node: IronicNode, options: CallOptions): Promise<IronicNode> {
    const deployInterface = node.instance_info.deploy_interface ?? node.deploy_interface;
    if (deployInterface === "fake" || deployInterface === "noop") return node;
    const parent = node.parent_node === undefined ? await this.#parentOf(node.uuid, options) : node.parent_node;
    if (parent !== node.uuid || Object.hasOwn(node.driver_info, DEDICATED_POWER)) return node;
    const patch = [{ op: "add", path: `/driver_info/${DEDICATED_POWER}`, value: true }];
    try {
      return await this.#send("PATCH", `/v1/nodes/${segment(node.uuid)}`, patch, options);
    } catch (error) {
      // Whoever may change instance_info need not be allowed to change driver_info; what was asked for is done.
      if (error instanceof UnauthorizedError) return node;
      throw error;
    }
  }

  /** For microversions that do not show it; undefined where Ironic knows no parents, or makes no node its own. */
  async #parentOf(uuid: string, options: CallOptions): Promise<unknown> {
    const { range } = await this.#connection.get(options.signal);
    if (this.#makesOwnParents === false || !hasFeature(range.maximum, SINCE.children)) return undefined;
    const path = `/v1/nodes/${segment(uuid)}?fields=parent_node`;
    const { parent_node } = await this.#get<Pick<IronicNode, "parent_node">>(path, options, { since: SINCE.children });
    this.#makesOwnParents = parent_node === uuid;
    return parent_node;
  }

  async deleteNode(node: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/nodes/${segment(node)}`, undefined, options);
  }

  async setTraits(node: string, traits: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/traits`, { traits }, options, { since: SINCE.traits });
  }

  async setMaintenance(node: string, reason: string | undefined, options: CallOptions = {}): Promise<void> {
    const path = `/v1/nodes/${segment(node)}/maintenance`;
    if (reason === undefined) await this.#send("DELETE", path, undefined, options);
    else await this.#send("PUT", path, { reason }, options);
  }

  /** `PUT states/raid`. */
  async setRaidConfig(node: string, config: JsonObject, options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/raid`, config, options, { since: SINCE.raid });
  }

  /** Starts a power action: `power on`, `power off`, `rebooting`, `soft power off`, `soft rebooting`. */
  async setPower(
    node: string,
    target: string,
    options: CallOptions & { readonly timeout?: number | undefined } = {},
  ): Promise<void> {
    const body = { target, ...(options.timeout !== undefined && { timeout: options.timeout }) };
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/power`, body, options, {
      since: options.timeout !== undefined || target.startsWith("soft ") ? SINCE.gentlePower : undefined,
    });
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
    const since = deploySteps
      ? SINCE.deploySteps
      : typeof configdrive === "object"
        ? SINCE.configDriveObject
        : VERBS_SINCE[verb];
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/provision`, body, options, { since });
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
      return await this.#get(`/v1/nodes/${segment(node)}/inventory`, options, { since: SINCE.inventory });
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
      await this.#list<IronicPort>(
        `/v1/ports?detail=true&address=${encodeURIComponent(port)}`,
        "ports",
        options,
        DETAILS,
      )
    ).items;
    if (!found) throw new NotFoundError({ method: "GET", path: "/v1/ports" }, 404, `Port ${port} could not be found.`);
    return found;
  }
  async listPorts(node: string, options: CallOptions = {}): Promise<IronicPort[]> {
    return (
      await this.#list<IronicPort>(`/v1/ports?detail=true&node=${encodeURIComponent(node)}`, "ports", options, DETAILS)
    ).items;
  }
  patchPort(port: string, patch: readonly PatchOperation[], options: CallOptions = {}): Promise<IronicPort> {
    if (patch.length === 0) return this.getPort(port, options);
    return this.#send("PATCH", `/v1/ports/${segment(port)}`, patch, options);
  }
  async deletePort(port: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/ports/${segment(port)}`, undefined, options);
  }

  createPortGroup(fields: JsonObject, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#send("POST", "/v1/portgroups", fields, options, PORT_GROUPS);
  }
  getPortGroup(portGroup: string, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#get(`/v1/portgroups/${segment(portGroup)}`, options, PORT_GROUPS);
  }
  async deletePortGroup(portGroup: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/portgroups/${segment(portGroup)}`, undefined, options, PORT_GROUPS);
  }

  createAllocation(fields: JsonObject, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#send("POST", "/v1/allocations", fields, options, ALLOCATIONS);
  }
  /** @param allocation UUID or name */
  getAllocation(allocation: string, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#get(`/v1/allocations/${segment(allocation)}`, options, ALLOCATIONS);
  }
  async deleteAllocation(allocation: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/allocations/${segment(allocation)}`, undefined, options, ALLOCATIONS);
  }

  /**
   * Polls a node until a condition is met; all waits of a client share their polls (watcher.ts).
   * @param done the condition; an error that it throws rejects the wait
   * @throws {NotFoundError} when the node was deleted
   */
  waitUntil(uuid: string, done: (node: NodeState) => boolean, options: WaitOptions = {}): Promise<NodeState> {
    return this.#provisioning.waitUntil(uuid, done, options);
  }

  /**
   * Polls a node until no operation is under way on it; the operation may have failed.
   * @throws {NotFoundError} when the node was deleted
   */
  waitUntilIdle(uuid: string, options: WaitOptions = {}): Promise<NodeState> {
    return this.#provisioning.waitUntilIdle(uuid, options);
  }

  /**
   * Moves a node to a stable state, through as many others as it needs: one `PUT states/provision` each, and a wait.
   * @returns the node's state there
   * @throws {ProvisionError} when a step ends in a failed state, or no verb leads there from the node's state
   * @throws {NotFoundError} when the node was deleted
   */
  moveTo(uuid: string, goal: StableState, options: MoveOptions = {}): Promise<NodeState> {
    return this.#provisioning.moveTo(uuid, goal, options);
  }

  /** Closes the connections. Calls that are under way reject. */
  async close(): Promise<void> {
    await this.#connection.value?.http.close();
  }

  /** All nodes, whoever their parent is: Ironic 29.0.5 makes every node that is patched its own child. */
  async #listNodes<T>(query: Readonly<Record<string, string>>, options: CallOptions, needs: Needs) {
    const { range } = await this.#connection.get(options.signal);
    const knowsChildren = hasFeature(range.maximum, SINCE.children);
    const search = new URLSearchParams({ ...query, ...(knowsChildren && { include_children: "true" }) });
    return this.#list<T>(
      `/v1/nodes?${search}`,
      "nodes",
      options,
      knowsChildren ? { ...needs, since: SINCE.children } : needs,
    );
  }

  #list<T>(
    path: string,
    key: string,
    options: CallOptions,
    needs: Needs = {},
  ): Promise<{ readonly items: T[]; readonly requests: number }> {
    return readPages(path, key, (page) => this.#exchange("GET", page, undefined, options, needs));
  }

  #get<T>(path: string, options: CallOptions, needs: Needs = {}): Promise<T> {
    return this.#send("GET", path, undefined, options, needs);
  }

  async #send<T>(method: Method, path: string, body: unknown, options: CallOptions, needs: Needs = {}): Promise<T> {
    return (await this.#exchange(method, path, body, options, needs)).content as T;
  }

  async #exchange(
    method: Method,
    path: string,
    body: unknown,
    { signal }: CallOptions,
    { since, retryOnOutage = false }: Needs,
  ): Promise<ApiResponse> {
    const [route = ""] = path.split("?");
    checkIdentifiers(route.slice(1).split("/"));
    const { http, microversion, range } = await this.#connection.get(signal);
    const spoken = since !== undefined && compareVersions(microversion, since) < 0 ? since : microversion;
    if (compareVersions(spoken, range.maximum) > 0) {
      throw new MicroversionError(spoken, range.minimum, range.maximum, { method, path: route });
    }
    // Every POST here makes something.
    const ignoreAbortOnceSent = method === "POST";
    const headers = { [VERSION_HEADER]: spoken };
    const response = await http.send({ method, path, body, headers, signal, retryOnOutage, ignoreAbortOnceSent });
    return { ...response, content: checkBody(method, path, response.content) };
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const deadline = Date.now() + (this.#options.waitForApi ?? 0);
    for (;;) {
      try {
        return await this.#negotiated(signal);
      } catch (error) {
        if (!(error instanceof IronicUnavailableError) || Date.now() + STARTUP_RETRY_MS > deadline) throw error;
        await sleep(STARTUP_RETRY_MS, signal);
      }
    }
  }

  /** Finds the API and agrees on a microversion. */
  async #negotiated(signal: AbortSignal): Promise<Connection> {
    const { auth = noAuth(), microversion, needs, url } = this.#options;
    const found = url ?? (await auth.endpoint?.(signal));
    if (found === undefined) {
      throw new SettingsError("an Ironic client needs a URL", {
        hint: "give it, or an authorization with a service catalog",
      });
    }
    const root = apiRoot(found, "Ironic's URL").replace(/\/v1$/, "");
    const http = new OpenStackHttp(root, auth, this.#options);
    try {
      // The root document is open to everybody, credentials or not; some proxies serve only /v1.
      const response = await http.send({ method: "GET", path: "/", signal }).catch((error: unknown) => {
        if (error instanceof IronicApiError && error.status === 404)
          return http.send({ method: "GET", path: "/v1", signal });
        throw error;
      });
      const range = readVersions(response.content, root);
      const negotiated = negotiate(microversion, range);
      if (needs && compareVersions(negotiated, needs.microversion) < 0) {
        const isChosen = compareVersions(needs.microversion, range.maximum) <= 0;
        throw new MicroversionTooOldError(negotiated, needs, range.maximum, isChosen);
      }
      return { http, microversion: negotiated, range };
    } catch (error) {
      await http.close();
      throw error;
    }
  }
}

/** Whether a microversion has a feature that came with another. */
export function hasFeature(microversion: string, since: string): boolean {
  return compareVersions(microversion, since) >= 0;
}

function segment(id: string): string {
  return encodeURIComponent(id);
}

/** @throws {InvalidIdentifierError} for an identifier that a URL reads as another path; Ironic lets nodes be named so */
function checkIdentifiers(identifiers: readonly unknown[]): void {
  const bad = identifiers.find((each) => each === "" || each === "." || each === "..");
  if (bad !== undefined) throw new InvalidIdentifierError(String(bad));
}
