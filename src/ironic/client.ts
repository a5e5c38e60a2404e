import { randomUUID } from "node:crypto";
import { SharedPromise, SingleFlight, sleep } from "../net";
import { printableLines, Secrets } from "../text";
import { type IronicAuth, noAuth } from "./auth";
import { Collection } from "./collection";
import { createOnce } from "./creation";
import {
  ForbiddenError,
  IronicApiError,
  IronicUnavailableError,
  MicroversionError,
  type MicroversionNeed,
  MicroversionTooOldError,
  NotFoundError,
  SettingsError,
} from "./errors";
import { explainMaintenance, explainProvisionError } from "./explain";
import { type ApiResponse, DEFAULT_RETRY_FOR, type HttpOptions, OpenStackHttp, VERSION_HEADER } from "./http";
import { checkIdentifier } from "./identifier";
import { compareVersions, negotiate, readVersions, type VersionRange } from "./microversion";
import { neededByFields } from "./needs";
import { type NodeFilters, neededByFilters, nodeListQuery } from "./node-list";
import { type Page, readPage, readPages } from "./pages";
import type { JsonObject, PatchOperation } from "./patch";
import {
  type CallOptions,
  type MoveOptions,
  Provisioning,
  type ProvisionOptions,
  type WaitOptions,
} from "./provisioning";
import { checkBody } from "./responses";
import { byNode, byUuid, PageBudget, READS_PER_NODE_PAGE, READS_PER_PORT_PAGE, SharedReads } from "./shared-reads";
import type { Goal, ProvisionVerb } from "./states";
import { withoutStepArgs } from "./steps";
import type {
  BiosSetting,
  FirmwareComponent,
  IronicAllocation,
  IronicDeployTemplate,
  IronicInspectionRule,
  IronicInventory,
  IronicNode,
  IronicPort,
  IronicPortGroup,
  IronicRunbook,
  IronicVolumeConnector,
  IronicVolumeTarget,
  ListedNode,
  NodeEvent,
  NodeState,
} from "./types";
import { apiRoot } from "./url";
import { type NodeSource, NodeWatcher } from "./watcher";

/** Options of {@link IronicClient}. */
export interface IronicClientOptions extends HttpOptions {
  /** The API's root, with or without `/v1`. Default: the endpoint in the service catalog of `auth`. */
  readonly url?: string | undefined;
  /** Default: no authorization. */
  readonly auth?: IronicAuth | undefined;
  /** The microversion of requests: `1.80`. Default: the newest that client and API support. */
  readonly microversion?: string | undefined;
  /** The lowest microversion that the caller needs; checked before the first request that needs a microversion. */
  readonly needs?: MicroversionNeed | undefined;
  /** Milliseconds during which an API that can't be reached yet is tried again. Default 0. */
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
  "clean_step",
].join(",");

interface Connection {
  readonly http: OpenStackHttp;
  readonly microversion: string;
  readonly range: VersionRange;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Requirements of a request. */
interface Needs {
  /** The microversion that introduced the endpoint or argument: a single request may use a newer one than the user chose. */
  readonly since?: string | undefined;
  /** See ApiRequest. */
  readonly retryOnOutage?: boolean;
  /** See ApiRequest: a PUT that sets a value, unlike a verb. Default: as the method and the body have it. */
  readonly idempotent?: boolean;
}

/** The microversions that introduced the endpoints and arguments used here (Ironic, "REST API Version History"). */
const SINCE = {
  /** `fields` came with 1.8, and today's names of the provision states with 1.11. */
  states: "1.11",
  raid: "1.12",
  portGroups: "1.23",
  volumes: "1.32",
  bios: "1.40",
  softPower: "1.27",
  traits: "1.37",
  details: "1.43",
  resetInterfaces: "1.45",
  history: "1.78",
  allocations: "1.52",
  allocationPatches: "1.57",
  deployTemplates: "1.55",
  configDriveObject: "1.56",
  deploySteps: "1.69",
  cleanWithoutRamdisk: "1.70",
  /** Since then, BIOS settings have details. */
  biosDetails: "1.74",
  bootMode: "1.76",
  inventory: "1.81",
  serviceSteps: "1.87",
  serviceWithoutRamdisk: "1.108",
  /** Since then, lists leave out nodes with a parent, unless the query has `include_children`. */
  children: "1.83",
  runbooks: "1.92",
  inspectionRules: "1.96",
  runbookTraits: "1.112",
  firmware: "1.86",
} as const;

const VERBS_SINCE: Readonly<Partial<Record<ProvisionVerb, string>>> = {
  manage: "1.4",
  provide: "1.4",
  inspect: "1.6",
  abort: "1.13",
  clean: "1.15",
  adopt: "1.17",
  service: SINCE.serviceSteps,
  unhold: "1.85",
};

/** Polls outlast a restart of the API. */
const POLL: Needs = { since: SINCE.states, retryOnOutage: true };

/** The `driver_info` flag of a child node whose power does not depend on its parent's (Ironic, "Managing Child Nodes"). */
const DEDICATED_POWER = "has_dedicated_power_supply";

/** The first microversion of which no release makes a patched node its own parent. */
const AFTER_OWN_PARENTS = "1.97";

/** Items of a page: the default of Ironic's `[api]max_limit`. */
const PAGE_SIZE = "1000";
const DETAILS: Needs = { since: SINCE.details };
const PORT_GROUPS: Needs = { since: SINCE.portGroups };
const ALLOCATIONS: Needs = { since: SINCE.allocations };

/**
 * A client of Ironic's API (OpenStack, "Bare Metal API"): the endpoints that declaring machines needs.
 *
 * Requests that Ironic refuses because a conductor has locked the node or works on it, because its database is locked, or with 503
 * or 429, are retried for `retryFor` milliseconds. Every method rejects with
 *
 * - an {@link IronicError}: NotFoundError (404), ConflictError (409), NodeLockedError (409 to every attempt), UnauthorizedError
 *   (401), ForbiddenError (403), IronicApiError (any other refusal), IronicUnavailableError (no response), UnexpectedAnswerError (a response that
 *   is not Ironic's), MicroversionError (the API does not have the one that the request needs), InvalidIdentifierError (nothing was
 *   sent); the first call of any method also with SettingsError, KeystoneError and MicroversionTooOldError;
 * - CertificateFileError or ProxyConfigurationError, for this machine's configuration;
 * - the signal's reason, once that has fired.
 *
 * `@throws` below names only errors with a meaning of their own. A `node`, `port` or `allocation` parameter is a UUID, or a name
 * where Ironic has names.
 */
export class IronicClient {
  /** Deploy templates, by UUID or name. */
  readonly deployTemplates = this.#collection<IronicDeployTemplate>("deploy_templates", SINCE.deployTemplates);
  /** Runbooks, by UUID or name. */
  readonly runbooks = this.#collection<IronicRunbook>("runbooks", SINCE.runbooks);
  /** Inspection rules, by UUID. */
  readonly inspectionRules = this.#collection<IronicInspectionRule>("inspection_rules", SINCE.inspectionRules);
  /** Volume connectors, by UUID. A change needs a node that is powered off, and so does a deletion before Ironic 37. */
  readonly volumeConnectors = this.#collection<IronicVolumeConnector>("volume/connectors", SINCE.volumes);
  /** Volume targets, by UUID. A change needs a node that is powered off, and so does a deletion before Ironic 37. */
  readonly volumeTargets = this.#collection<IronicVolumeTarget>("volume/targets", SINCE.volumes);
  readonly #options: IronicClientOptions;
  readonly #secrets: Secrets;
  readonly #provisioning: Provisioning;
  readonly #connection: SharedPromise<Connection>;
  readonly #pageBudget = new PageBudget();
  readonly #nodeReads = new SharedReads<IronicNode, IronicNode>(
    {
      ...byUuid,
      readsPerPage: READS_PER_NODE_PAGE,
      get: (uuid, signal) => this.getNode(uuid, { signal }),
      page: async (next, signal) => {
        const { path, needs } = await this.#nodeList({ detail: "true", limit: PAGE_SIZE }, { signal }, DETAILS);
        return readPage(next ?? path, "nodes", (page) => this.#exchange("GET", page, undefined, { signal }, needs));
      },
    },
    this.#pageBudget,
  );
  readonly #portReads = new SharedReads<IronicPort, IronicPort>(
    {
      ...byUuid,
      readsPerPage: READS_PER_PORT_PAGE,
      get: (uuid, signal) => this.getPort(uuid, { signal }),
      page: (next, signal) => this.#portPage(next, signal),
    },
    this.#pageBudget,
  );
  readonly #nodePortReads = new SharedReads<IronicPort, readonly IronicPort[]>(
    {
      ...byNode,
      readsPerPage: READS_PER_PORT_PAGE,
      get: (node, signal) => this.listPorts(node, { signal }),
      page: (next, signal) => this.#portPage(next, signal),
    },
    this.#pageBudget,
  );
  readonly #lists = new SingleFlight<readonly ListedNode[]>();
  /** See `#ensureDedicatedPower`; undefined until the first PATCH has shown it. */
  #makesOwnParents: boolean | undefined;

  constructor(options: IronicClientOptions) {
    this.#options = options;
    this.#secrets = new Secrets(...[options.secrets, options.auth?.secrets].filter((each) => each !== undefined));
    const source: NodeSource = {
      get: async (uuid, signal) =>
        this.#get(`/v1/nodes/${segment(uuid)}?fields=${await this.#stateFields(signal)}`, { signal }, POLL),
      list: async (signal) => {
        const fields = await this.#stateFields(signal);
        const { items, requests } = await this.#listNodes<NodeState>({ fields }, { signal }, POLL);
        return { nodes: items, requests };
      },
    };
    const watcher = new NodeWatcher(source, options.retryFor ?? DEFAULT_RETRY_FOR);
    this.#provisioning = new Provisioning(
      watcher,
      (node, verb, options) => this.provision(node, verb, options),
      (error, uuid, options) => explainProvisionError(this, error, uuid, options),
    );
    this.#connection = new SharedPromise((signal) => this.#open(signal));
  }

  /**
   * The negotiated microversion, such as `1.96`. `GET /`, with the first call of any method.
   * @throws {MicroversionError | MicroversionTooOldError}
   */
  async microversion(options: CallOptions = {}): Promise<string> {
    return (await this.#connection.get(options.signal)).microversion;
  }

  /**
   * Checks, before other requests, that Ironic supports what a later one needs.
   * @throws {MicroversionTooOldError}
   */
  async require(need: MicroversionNeed, options: CallOptions = {}): Promise<void> {
    const { range } = await this.#connection.get(options.signal);
    if (!hasFeature(range.maximum, need.microversion)) throw tooOld(range.maximum, need, range);
  }

  /** Whether Ironic supports a microversion, and so has what came with its release. */
  async supports(microversion: string, options: CallOptions = {}): Promise<boolean> {
    const { range } = await this.#connection.get(options.signal);
    return hasFeature(range.maximum, microversion);
  }

  async #stateFields(signal: AbortSignal): Promise<string> {
    const { microversion } = await this.#connection.get(signal);
    return hasFeature(microversion, SINCE.serviceSteps) ? `${STATE_FIELDS},service_step` : STATE_FIELDS;
  }

  /**
   * `POST /v1/nodes`. Created once, also where the response is lost: see {@link createOnce}.
   * @param fields of the API's node: `driver` is required
   * @throws {ConflictError} when the name or UUID is in use
   */
  async createNode(fields: JsonObject, options: CallOptions = {}): Promise<IronicNode> {
    try {
      return await this.#create("/v1/nodes", fields, options);
    } catch (error) {
      if (!(error instanceof IronicApiError) || error.reason !== "owner") throw error;
      return await this.#createOwned(fields, options, error);
    }
  }

  /**
   * Creates a node and sets its owner afterwards. Ironic 39 with `noauth` takes each client for a project's, which may not name
   * another owner in a creation (`NodesController.post`); its policy permits the PATCH.
   * @throws `refusal`, and leaves no node, where the PATCH is not permitted either
   */
  async #createOwned({ owner, ...fields }: JsonObject, options: CallOptions, refusal: IronicApiError) {
    const { uuid } = await this.#create<IronicNode>("/v1/nodes", fields, options);
    try {
      return await this.patchNode(uuid, [{ op: "add", path: "/owner", value: owner as string }], options);
    } catch (error) {
      await this.deleteNode(uuid).catch(() => undefined);
      throw error instanceof ForbiddenError ? refusal : error;
    }
  }

  /**
   * `GET /v1/nodes/{node}`.
   * @throws {NotFoundError}
   */
  getNode(node: string, options: CallOptions = {}): Promise<IronicNode> {
    return this.#get(`/v1/nodes/${segment(node)}`, options);
  }

  /**
   * A node as it was within the last 15 seconds and after this client's last change: reads that come together are served from pages
   * of the list ({@link SharedReads}).
   * @param uuid not a name
   */
  readNode(uuid: string, options: CallOptions = {}): Promise<IronicNode> {
    return this.#nodeReads.read(uuid, options.signal);
  }

  /**
   * `GET /v1/nodes?detail=true`, all pages; child nodes included.
   * @param query further query parameters, such as `{ resource_class: "large" }` or `{ limit: "100" }` for the size of a page
   */
  async listNodes(query: Readonly<Record<string, string>> = {}, options: CallOptions = {}): Promise<IronicNode[]> {
    return (await this.#listNodes<IronicNode>({ detail: "true", ...query }, options, DETAILS)).items;
  }

  /**
   * `GET /v1/nodes?fields=…`, all pages: nodes by filters that Ironic applies, with the fields that the API has. Calls with the same
   * filters share a list while it is read. Child nodes are included.
   * @throws {MicroversionTooOldError} when this Ironic does not have one of the filters
   */
  async findNodes(filters: NodeFilters, { signal }: CallOptions = {}): Promise<readonly ListedNode[]> {
    const { microversion, range } = await this.#connection.get(signal);
    const needed = neededByFilters(filters);
    if (!hasFeature(range.maximum, needed.microversion)) throw tooOld(range.maximum, needed, range);
    const knowsChildren = hasFeature(range.maximum, SINCE.children);
    const least = knowsChildren ? SINCE.children : SINCE.states;
    const since = hasFeature(needed.microversion, least) ? needed.microversion : least;
    const query = nodeListQuery(filters, hasFeature(microversion, since) ? microversion : since);
    // With it, Ironic ignores parent_node.
    if (knowsChildren && filters.parent_node === undefined) query.set("include_children", "true");
    const path = `/v1/nodes?${query}`;
    return this.#lists.run(path, signal, async (shared) => {
      return (await this.#list<ListedNode>(path, "nodes", { signal: shared }, { since })).items;
    });
  }

  /**
   * `PATCH /v1/nodes/{node}`; `GET` where the patch is empty.
   * @param options.resetInterfaces with a change of driver: interfaces that the patch leaves out become the new driver's defaults
   *   (microversion 1.45)
   * @returns the node after the patch
   * @throws {ConflictError} when the new name is in use, or the node's state does not allow the change
   */
  async patchNode(
    node: string,
    patch: readonly PatchOperation[],
    options: CallOptions & { readonly resetInterfaces?: boolean } = {},
  ): Promise<IronicNode> {
    if (patch.length === 0) return this.getNode(node, options);
    const query = options.resetInterfaces ? "?reset_interfaces=True" : "";
    const patched = await this.#send<IronicNode>("PATCH", `/v1/nodes/${segment(node)}${query}`, patch, options, {
      since: options.resetInterfaces ? SINCE.resetInterfaces : undefined,
    });
    return this.#ensureDedicatedPower(patched, options);
  }

  /**
   * Works around nodes that Ironic makes their own parents. Debian's Ironic 29.0.5-0+deb13u3 does so with every PATCH, and a PATCH
   * of `parent_node` does not help: null is refused, and `remove` has no effect (`NodesController.patch`). The conductor then does
   * not cut the power of a node that it has locked, because it takes the node for its own locked child (ChildNodeLocked), and each
   * deployment and cleaning with an agent fails. A child with `driver_info.has_dedicated_power_supply` is exempt, and the flag is
   * true of such a node: its power depends on no other node. Deploy interfaces that do not switch power do not need it.
   */
  async #ensureDedicatedPower(node: IronicNode, options: CallOptions): Promise<IronicNode> {
    const deployInterface = node.instance_info.deploy_interface ?? node.deploy_interface;
    if (deployInterface === "fake" || deployInterface === "noop") return node;
    const parent = node.parent_node === undefined ? await this.#parentOf(node.uuid, options) : node.parent_node;
    if (parent !== node.uuid || Object.hasOwn(node.driver_info, DEDICATED_POWER)) return node;
    const patch = [{ op: "add", path: `/driver_info/${DEDICATED_POWER}`, value: true }];
    try {
      return await this.#send("PATCH", `/v1/nodes/${segment(node.uuid)}`, patch, options);
    } catch (error) {
      // A role that may change instance_info may lack the permission for driver_info; the requested change has been made.
      if (error instanceof ForbiddenError) return node;
      throw error;
    }
  }

  /**
   * Whether a PATCH leaves a node's parent as it is, without which the node can't be allocated: Ironic 29 may make it its own one (see
   * `#ensureDedicatedPower`), unless it is that already.
   */
  async patchKeepsParent({ uuid, parent_node: parent }: IronicNode, options: CallOptions = {}): Promise<boolean> {
    const { range } = await this.#connection.get(options.signal);
    const mayMakeOwnParent = hasFeature(range.maximum, SINCE.children) && !hasFeature(range.maximum, AFTER_OWN_PARENTS);
    return !mayMakeOwnParent || this.#makesOwnParents === false || parent === uuid;
  }

  /** The parent, where the microversion does not show it; undefined where Ironic has no parents, or sets none by itself. */
  async #parentOf(uuid: string, options: CallOptions): Promise<unknown> {
    const { range } = await this.#connection.get(options.signal);
    if (this.#makesOwnParents === false || !hasFeature(range.maximum, SINCE.children)) return undefined;
    const path = `/v1/nodes/${segment(uuid)}?fields=parent_node`;
    const { parent_node } = await this.#get<Pick<IronicNode, "parent_node">>(path, options, { since: SINCE.children });
    this.#makesOwnParents = parent_node === uuid;
    return parent_node;
  }

  /**
   * `DELETE /v1/nodes/{node}`: the node and its ports.
   * @throws {ConflictError} when the node's state does not allow it
   */
  async deleteNode(node: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/nodes/${segment(node)}`, undefined, options);
  }

  /** `PUT /v1/nodes/{node}/traits` (microversion 1.37): replaces all traits. */
  async setTraits(node: string, traits: readonly string[], options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/traits`, { traits }, options, {
      since: SINCE.traits,
      idempotent: true,
    });
  }

  /**
   * `PUT /v1/nodes/{node}/maintenance`, or `DELETE` to end the maintenance.
   * @param reason undefined ends the maintenance
   */
  async setMaintenance(node: string, reason: string | undefined, options: CallOptions = {}): Promise<void> {
    const path = `/v1/nodes/${segment(node)}/maintenance`;
    const needs = { idempotent: true };
    if (reason === undefined) await this.#send("DELETE", path, undefined, options, needs);
    else await this.#send("PUT", path, { reason }, options, needs);
  }

  /** `PUT /v1/nodes/{node}/states/raid` (microversion 1.12): sets `target_raid_config`, for the next manual cleaning. */
  async setRaidConfig(node: string, config: JsonObject, options: CallOptions = {}): Promise<void> {
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/raid`, config, options, {
      since: SINCE.raid,
      idempotent: true,
    });
  }

  /**
   * `PUT /v1/nodes/{node}/states/power`: starts a power action and does not wait for it.
   * @param target `power on`, `power off`, `rebooting`, `soft power off` or `soft rebooting` (soft: microversion 1.27)
   * @param options.timeout seconds, for a soft action (microversion 1.27)
   */
  async setPower(
    node: string,
    target: string,
    options: CallOptions & { readonly timeout?: number | undefined } = {},
  ): Promise<void> {
    const body = { target, ...(options.timeout !== undefined && { timeout: options.timeout }) };
    await this.#send("PUT", `/v1/nodes/${segment(node)}/states/power`, body, options, {
      since: options.timeout !== undefined || target.startsWith("soft ") ? SINCE.softPower : undefined,
      idempotent: target === "power on" || target === "power off",
    });
  }

  /**
   * `PUT /v1/nodes/{node}/states/boot_mode` and `…/secure_boot` (microversion 1.76): starts the change and does not wait for it; the node
   * is locked until it has ended.
   * @param target `uefi` or `bios`; whether secure boot is on
   */
  async setBootMode(
    node: string,
    field: "boot_mode" | "secure_boot",
    target: string | boolean,
    options: CallOptions = {},
  ): Promise<void> {
    const path = `/v1/nodes/${segment(node)}/states/${field}`;
    await this.#send("PUT", path, { target }, options, { since: SINCE.bootMode, idempotent: true });
  }

  /**
   * `PUT /v1/nodes/{node}/states/provision`: starts a transition and does not wait for it; see {@link IronicClient.moveTo}.
   * @throws {IronicApiError} 400, when the node's state does not allow the verb
   */
  async provision(node: string, verb: ProvisionVerb, options: ProvisionOptions = {}): Promise<void> {
    const { configdrive, deploySteps, cleanSteps, serviceSteps, runbook, disableRamdisk } = options;
    const body = {
      target: verb,
      ...(configdrive !== undefined && { configdrive }),
      ...(deploySteps && { deploy_steps: deploySteps }),
      ...(cleanSteps && { clean_steps: cleanSteps }),
      ...(serviceSteps && { service_steps: serviceSteps }),
      ...(runbook !== undefined && { runbook }),
      ...(disableRamdisk && { disable_ramdisk: true }),
    };
    const since = neededToProvision(verb, options);
    try {
      await this.#send("PUT", `/v1/nodes/${segment(node)}/states/provision`, body, options, { since });
    } catch (error) {
      if (!(error instanceof IronicApiError) || error.reason !== "maintenance") throw error;
      throw await explainMaintenance(this, error, node, options);
    }
  }

  /** `GET /v1/nodes/{node}/validate`: whether each interface has its configuration, `{ deploy: { result, reason } }`. */
  validate(
    node: string,
    options: CallOptions = {},
  ): Promise<Readonly<Record<string, { readonly result: boolean | null; readonly reason?: string }>>> {
    return this.#get(`/v1/nodes/${segment(node)}/validate`, options);
  }

  /**
   * `GET /v1/nodes/{node}/inventory` (microversion 1.81): the findings of inspection; undefined when the node was not inspected.
   * @throws {NotFoundError} when the node does not exist
   */
  async getInventory(node: string, options: CallOptions = {}): Promise<IronicInventory | undefined> {
    try {
      return await this.#get(`/v1/nodes/${segment(node)}/inventory`, options, { since: SINCE.inventory });
    } catch (error) {
      if (error instanceof NotFoundError) {
        // The response is the same for a node that does not exist: that is an error for the caller.
        await this.getNode(node, options);
        return undefined;
      }
      throw error;
    }
  }

  /**
   * `GET /v1/nodes/{node}/history?detail=True` (microversion 1.78): the events of a node, the newest first. Ironic keeps the last 300
   * by default.
   * @param options.limit of the number of events; Ironic sends 1,000 at most. Default: as many as it sends
   * @throws {NotFoundError}
   */
  async getHistory(
    node: string,
    { limit, ...options }: CallOptions & { readonly limit?: number } = {},
  ): Promise<readonly NodeEvent[]> {
    const bound = limit === undefined ? "" : `&limit=${limit}`;
    const path = `/v1/nodes/${segment(node)}/history?detail=True&sort_dir=desc${bound}`;
    return (await this.#get<{ history: NodeEvent[] }>(path, options, { since: SINCE.history })).history;
  }

  /**
   * `GET /v1/nodes/{node}/firmware` (microversion 1.86): the firmware components of a node; none where its firmware interface has not found
   * any, or the node has been neither inspected nor verified.
   * @throws {NotFoundError}
   */
  async getFirmware(node: string, options: CallOptions = {}): Promise<readonly FirmwareComponent[]> {
    const path = `/v1/nodes/${segment(node)}/firmware`;
    return (await this.#get<{ firmware: FirmwareComponent[] }>(path, options, { since: SINCE.firmware })).firmware;
  }

  /**
   * `GET /v1/nodes/{node}/bios` (microversion 1.40), with details where the API has them (1.74): the BIOS settings that Ironic has cached;
   * none where the node's BIOS interface has not.
   * @throws {NotFoundError}
   */
  async getBiosSettings(node: string, options: CallOptions = {}): Promise<readonly BiosSetting[]> {
    const { range } = await this.#connection.get(options.signal);
    const hasDetails = hasFeature(range.maximum, SINCE.biosDetails);
    const path = `/v1/nodes/${segment(node)}/bios${hasDetails ? "?detail=True" : ""}`;
    const needs = { since: hasDetails ? SINCE.biosDetails : SINCE.bios };
    return (await this.#get<{ bios: BiosSetting[] }>(path, options, needs)).bios;
  }

  /**
   * `POST /v1/ports`. Created once, as a node is.
   * @param fields of the API's port: `node_uuid` and `address` are required
   * @throws {ConflictError} when the MAC address is in use
   */
  createPort(fields: JsonObject, options: CallOptions = {}): Promise<IronicPort> {
    return this.#create("/v1/ports", fields, options);
  }

  /**
   * `GET /v1/ports/{port}`, or `GET /v1/ports?address=…`.
   * @param port UUID or MAC address, with `:` or `-`
   * @throws {NotFoundError}
   */
  async getPort(port: string, options: CallOptions = {}): Promise<IronicPort> {
    if (!MAC_ADDRESS.test(port)) return this.#get(`/v1/ports/${segment(port)}`, options);
    const [found] = (
      await this.#list<IronicPort>(
        `/v1/ports?detail=true&address=${encodeURIComponent(port.toLowerCase().replaceAll("-", ":"))}`,
        "ports",
        options,
        DETAILS,
      )
    ).items;
    if (!found) throw new NotFoundError({ method: "GET", path: "/v1/ports" }, 404, `Port ${port} could not be found.`);
    return found;
  }

  /** A port as {@link readNode} reads nodes. */
  readPort(uuid: string, options: CallOptions = {}): Promise<IronicPort> {
    return this.#portReads.read(uuid, options.signal);
  }

  /**
   * The ports of a node as {@link readNode} reads nodes.
   * @param node its UUID
   */
  readPorts(node: string, options: CallOptions = {}): Promise<readonly IronicPort[]> {
    return this.#nodePortReads.read(node, options.signal);
  }

  #portPage(next: string | undefined, signal: AbortSignal): Promise<Page<IronicPort>> {
    return readPage(next ?? `/v1/ports?detail=true&limit=${PAGE_SIZE}`, "ports", (page) =>
      this.#exchange("GET", page, undefined, { signal }, DETAILS),
    );
  }

  /**
   * `GET /v1/ports?detail=true`, all pages.
   * @param node undefined lists the ports of all nodes
   */
  async listPorts(node: string | undefined, options: CallOptions = {}): Promise<IronicPort[]> {
    const ofNode = node === undefined ? "" : `&node=${encodeURIComponent(node)}`;
    return (await this.#list<IronicPort>(`/v1/ports?detail=true${ofNode}`, "ports", options, DETAILS)).items;
  }

  /**
   * `PATCH /v1/ports/{port}`; `GET` where the patch is empty.
   * @throws {ConflictError} when the MAC address is in use, or the node's state does not allow the change
   */
  patchPort(port: string, patch: readonly PatchOperation[], options: CallOptions = {}): Promise<IronicPort> {
    if (patch.length === 0) return this.getPort(port, options);
    return this.#send("PATCH", `/v1/ports/${segment(port)}`, patch, options);
  }

  /** `DELETE /v1/ports/{port}`. */
  async deletePort(port: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/ports/${segment(port)}`, undefined, options);
  }

  /** `POST /v1/portgroups` (microversion 1.23). Created once, as a node is. */
  createPortGroup(fields: JsonObject, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#create("/v1/portgroups", fields, options, PORT_GROUPS);
  }

  /** `GET /v1/portgroups/{portgroup}` (microversion 1.23). */
  getPortGroup(portGroup: string, options: CallOptions = {}): Promise<IronicPortGroup> {
    return this.#get(`/v1/portgroups/${segment(portGroup)}`, options, PORT_GROUPS);
  }

  /** `GET /v1/portgroups?detail=true` (microversion 1.23), all pages. */
  async listPortGroups(options: CallOptions = {}): Promise<IronicPortGroup[]> {
    return (await this.#list<IronicPortGroup>("/v1/portgroups?detail=true", "portgroups", options, DETAILS)).items;
  }

  /** `PATCH /v1/portgroups/{portgroup}` (microversion 1.23); `GET` where the patch is empty. */
  patchPortGroup(
    portGroup: string,
    patch: readonly PatchOperation[],
    options: CallOptions = {},
  ): Promise<IronicPortGroup> {
    if (patch.length === 0) return this.getPortGroup(portGroup, options);
    return this.#send("PATCH", `/v1/portgroups/${segment(portGroup)}`, patch, options, PORT_GROUPS);
  }

  /** `DELETE /v1/portgroups/{portgroup}` (microversion 1.23). */
  async deletePortGroup(portGroup: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/portgroups/${segment(portGroup)}`, undefined, options, PORT_GROUPS);
  }

  /**
   * `POST /v1/allocations` (microversion 1.52). Ironic chooses a node afterwards: the allocation's `state` leaves
   * `allocating`. Created once, as a node is.
   * @throws {ConflictError} when the name is in use
   */
  createAllocation(fields: JsonObject, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#create("/v1/allocations", fields, options, ALLOCATIONS);
  }

  /**
   * `GET /v1/allocations/{allocation}` (microversion 1.52).
   * @throws {NotFoundError}
   */
  getAllocation(allocation: string, options: CallOptions = {}): Promise<IronicAllocation> {
    return this.#get(`/v1/allocations/${segment(allocation)}`, options, ALLOCATIONS);
  }

  /** `GET /v1/allocations` (microversion 1.52), all pages. */
  async listAllocations(options: CallOptions = {}): Promise<IronicAllocation[]> {
    return (await this.#list<IronicAllocation>("/v1/allocations", "allocations", options, ALLOCATIONS)).items;
  }

  /**
   * `PATCH /v1/allocations/{allocation}` (microversion 1.57): its name and `extra`; `GET` where the patch is empty.
   * @throws {ConflictError} when the new name is in use
   */
  async patchAllocation(
    allocation: string,
    patch: readonly PatchOperation[],
    options: CallOptions = {},
  ): Promise<IronicAllocation> {
    if (patch.length === 0) return this.getAllocation(allocation, options);
    const needs = { since: SINCE.allocationPatches };
    return this.#send("PATCH", `/v1/allocations/${segment(allocation)}`, patch, options, needs);
  }

  /**
   * `DELETE /v1/allocations/{allocation}` (microversion 1.52).
   * @throws {ConflictError} when the node is deployed
   */
  async deleteAllocation(allocation: string, options: CallOptions = {}): Promise<void> {
    await this.#send("DELETE", `/v1/allocations/${segment(allocation)}`, undefined, options, ALLOCATIONS);
  }

  /** `PUT /v1/runbooks/{runbook}/traits` (microversion 1.112): replaces all traits. */
  async setRunbookTraits(runbook: string, traits: readonly string[], options: CallOptions = {}): Promise<void> {
    const needs = { since: SINCE.runbookTraits, idempotent: true };
    await this.#send("PUT", `/v1/runbooks/${segment(runbook)}/traits`, { traits }, options, needs);
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
   * Moves a node to a goal, through as many states as it needs: one `PUT states/provision` each, and a wait.
   * @returns the node's state there
   * @throws {ProvisionError} when a step ends in a failed state, or no verb leads there from the node's state
   * @throws {NotFoundError} when the node was deleted
   */
  moveTo(uuid: string, goal: Goal, options: MoveOptions = {}): Promise<NodeState> {
    return this.#provisioning.moveTo(uuid, goal, options);
  }

  /**
   * Polls a node until no operation is under way on it, in the expected state.
   * @param action ends the message of the error: `after clean`
   * @throws {ProvisionError} when it ends in another state
   * @throws {NotFoundError} when the node was deleted
   */
  waitForState(uuid: string, goal: string, action: string, options: WaitOptions = {}): Promise<NodeState> {
    return this.#provisioning.waitForState(uuid, goal, action, options);
  }

  /** Closes the connections. Calls that are under way reject. */
  async close(): Promise<void> {
    await this.#connection.value?.http.close();
  }

  /** The list of all nodes, child nodes included: Ironic 29.0.5 makes every patched node a child of itself. */
  async #nodeList(query: Readonly<Record<string, string>>, options: CallOptions, needs: Needs) {
    const { range } = await this.#connection.get(options.signal);
    if (!hasFeature(range.maximum, SINCE.children)) return { path: `/v1/nodes?${new URLSearchParams(query)}`, needs };
    const search = new URLSearchParams({ ...query, include_children: "true" });
    return { path: `/v1/nodes?${search}`, needs: { ...needs, since: SINCE.children } };
  }

  async #listNodes<T>(query: Readonly<Record<string, string>>, options: CallOptions, needs: Needs) {
    const list = await this.#nodeList(query, options, needs);
    return this.#list<T>(list.path, "nodes", options, list.needs);
  }

  #list<T>(
    path: string,
    key: string,
    options: CallOptions,
    needs: Needs = {},
  ): Promise<{ readonly items: T[]; readonly requests: number }> {
    return readPages(path, key, (page) => this.#exchange("GET", page, undefined, options, needs));
  }

  #collection<T>(name: string, since: string): Collection<T> {
    const needs = { since };
    return new Collection<T>(`/v1/${name}`, {
      create: (path, fields, options) => this.#create(path, fields, options, needs),
      get: (path, options) => this.#get(path, options, needs),
      list: async (path, key, options) => (await this.#list<T>(path, key, options, needs)).items,
      patch: (path, patch, options) => this.#send("PATCH", path, patch, options, needs),
      delete: (path, options) => this.#send("DELETE", path, undefined, options, needs),
    });
  }

  /** Creates a resource in a collection, with a UUID of this client's unless the fields have one. */
  #create<T>(path: string, fields: JsonObject, { signal }: CallOptions, needs: Needs = {}): Promise<T> {
    const uuid = typeof fields.uuid === "string" ? fields.uuid : randomUUID();
    return createOnce<T>(
      {
        post: () => this.#send("POST", path, { ...fields, uuid }, { signal }, needs),
        get: (limited) => this.#get(`${path}/${segment(uuid)}`, { signal: limited }, needs),
      },
      signal,
    );
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
    { since, retryOnOutage = false, idempotent = isIdempotent(method, body) }: Needs,
  ): Promise<ApiResponse> {
    const [route = ""] = path.split("?");
    for (const part of route.slice(1).split("/")) checkIdentifier(decodeURIComponent(part));
    // No later request could name the object.
    if (method === "POST" || method === "PATCH") checkIdentifier(nameIn(body));
    const { http, microversion, range } = await this.#connection.get(signal);
    const version = since !== undefined && compareVersions(microversion, since) < 0 ? since : microversion;
    if (compareVersions(version, range.maximum) > 0) {
      throw new MicroversionError(version, range.minimum, range.maximum, { method, path: route });
    }
    const needed = neededByFields(path, body, (other) => compareVersions(version, other) < 0);
    if (needed) throw tooOld(version, needed, range);
    // Every POST here creates a resource.
    const ignoreAbortOnceSent = method === "POST";
    const headers = { [VERSION_HEADER]: version };
    try {
      const behaviour = { retryOnOutage, idempotent, ignoreAbortOnceSent };
      const response = await http.send({ method, path, body, headers, signal, ...behaviour });
      return { ...response, content: checkBody(method, path, response.content, (text) => this.#show(text)) };
    } finally {
      if (method !== "GET") this.#forgetReads();
    }
  }

  #show(text: string): string {
    return printableLines(this.#secrets.mask(withoutStepArgs(text)));
  }

  #forgetReads(): void {
    this.#nodeReads.forget();
    this.#portReads.forget();
    this.#nodePortReads.forget();
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const deadline = Date.now() + (this.#options.waitForApi ?? 0);
    for (;;) {
      try {
        return await this.#negotiate(signal);
      } catch (error) {
        if (!(error instanceof IronicUnavailableError) || Date.now() + STARTUP_RETRY_MS > deadline) throw error;
        await sleep(STARTUP_RETRY_MS, signal);
      }
    }
  }

  /** Finds the endpoint and negotiates the microversion. */
  async #negotiate(signal: AbortSignal): Promise<Connection> {
    const { auth = noAuth(), microversion, needs, url } = this.#options;
    const found = url ?? (await auth.endpoint?.(signal));
    if (found === undefined) {
      throw new SettingsError("an Ironic client needs a URL", {
        hint: "give it, or an authorization with a service catalog",
      });
    }
    const root = apiRoot(found, "Ironic's URL").replace(/\/v1$/, "");
    const http = new OpenStackHttp(root, auth, { ...this.#options, secrets: this.#secrets });
    try {
      // The root document needs no credentials; some proxies serve only /v1.
      const response = await http.send({ method: "GET", path: "/", signal }).catch((error: unknown) => {
        if (error instanceof IronicApiError && error.status === 404)
          return http.send({ method: "GET", path: "/v1", signal });
        throw error;
      });
      const range = readVersions(response.content, root);
      const negotiated = negotiate(microversion, range);
      if (needs && compareVersions(negotiated, needs.microversion) < 0) throw tooOld(negotiated, needs, range);
      return { http, microversion: negotiated, range };
    } catch (error) {
      await http.close();
      throw error;
    }
  }
}

/**
 * Whether a microversion is new enough for a feature.
 * @param since the microversion that introduced the feature
 */
export function hasFeature(microversion: string, since: string): boolean {
  return compareVersions(microversion, since) >= 0;
}

/** The microversion that a verb with its options needs. */
export function neededToProvision(verb: ProvisionVerb, options: ProvisionOptions): string | undefined {
  const { configdrive, deploySteps, runbook, disableRamdisk } = options;
  const isService = verb === "service";
  const needs = [
    VERBS_SINCE[verb],
    deploySteps && SINCE.deploySteps,
    typeof configdrive === "object" ? SINCE.configDriveObject : undefined,
    runbook !== undefined ? SINCE.runbooks : undefined,
    disableRamdisk && !isService ? SINCE.cleanWithoutRamdisk : undefined,
    // Ironic takes the runbook's disable_ramdisk for one of the request, and refuses it in earlier ones for any other verb than clean.
    isService && (disableRamdisk || runbook !== undefined) ? SINCE.serviceWithoutRamdisk : undefined,
  ];
  return needs
    .filter((need) => need !== undefined)
    .sort(compareVersions)
    .at(-1);
}

const MAC_ADDRESS = /^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i;

function segment(id: string): string {
  return encodeURIComponent(id);
}

function tooOld(version: string, needed: MicroversionNeed, { maximum }: VersionRange): MicroversionTooOldError {
  const isChosen = compareVersions(needed.microversion, maximum) <= 0;
  return new MicroversionTooOldError(version, needed, maximum, isChosen);
}

/** Whether a request may be carried out twice. Ironic refuses a patch that removes what is not there, and callers ignore a 404 of DELETE. */
function isIdempotent(method: Method, body: unknown): boolean {
  if (method === "PATCH") return (body as PatchOperation[]).every(({ op }) => op !== "remove");
  return method === "GET" || method === "DELETE";
}

/** The new name in the fields of a resource, or in a JSON patch. */
function nameIn(body: unknown): unknown {
  if (!Array.isArray(body)) return (body as JsonObject).name;
  return (body as PatchOperation[]).find(({ path }) => path === "/name")?.value;
}
