import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Collections } from "./collections";
import { refuseProtected } from "./details";
import { Fault, type Thing } from "./fault";
import { refuseNewer, refuseNewerFields, withoutNewer } from "./fields-since";
import { prepareImage, refuseAdoption } from "./image";
import { DELETABLE, type Transition, transition } from "./machine";
import { nodeFacts } from "./node-facts";
import { matchingNodes } from "./node-list";
import { completed, python, RUNS, stepFault, stepsOf, unsupported } from "./steps";
import { IronicStore, normalizeLink } from "./store";

export interface InProcessIronicOptions {
  /** Basic authentication. Default: none. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Milliseconds before each response. Default 0. */
  readonly latency?: number;
  /** Milliseconds of each operation. Default 20. */
  readonly work?: number;
  /** Default: a free port. */
  readonly port?: number;
  /**
   * Machines boot the agent, which calls back if its node has a port. Default: no machines, as with fake hardware, and deploy
   * interfaces other than `fake` wait for the agent.
   */
  readonly agent?: boolean;
  /** The minor version of the newest microversion. Default 96, as Ironic 29; Ironic 39 has 115. */
  readonly newest?: number;
  /** Nodes per page of a list. Default 1000, as in Ironic. */
  readonly pageSize?: number;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly body: unknown;
}

/** Sends a response instead of Ironic's; false lets Ironic respond. For faults. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean | undefined;

const OLDEST = "1.1";
/** Fields that oslo and Ironic mask in responses. */
const SECRET = /password|passphrase|secret|token|image_pull_secret|configdrive/i;

/**
 * The verbs that raise NodeInMaintenance, and what it calls them (ironic.conductor.manager and deployments). `provide` does so only without
 * the default `[conductor]allow_provisioning_in_maintenance`.
 */
const REFUSED_IN_MAINTENANCE: Readonly<Record<string, string>> = {
  active: "provisioning",
  rebuild: "provisioning",
  clean: "cleaning",
  service: "service",
};

/** Moves a node to another provision state. */
function enter(node: Thing, fields: { readonly provision_state: string } & Thing): void {
  Object.assign(node, fields, { provision_updated_at: new Date().toISOString().replace("Z", "+00:00") });
}

/**
 * Ironic's API in this process with fake hardware, for tests and the demo. The same contract suite runs against it and
 * against a real Ironic 29.
 */
export class InProcessIronic {
  readonly store: IronicStore;
  /** Deploy templates, runbooks, inspection rules and volumes. */
  readonly collections = new Collections();
  readonly requests: SeenRequest[] = [];
  intercept: Interceptor | undefined;
  /** Milliseconds for each change of state. */
  work: number;
  /** Called when an operation ends: a returned text makes it fail with this `last_error`. */
  fail: ((node: Thing, verb: string) => string | undefined) | undefined;
  /**
   * Called when a step of a cleaning or a servicing ends: a returned text is why it has failed, which sets the node to maintenance. A
   * promise delays the end.
   */
  failStep: ((node: Thing, step: Thing) => string | undefined | Promise<string | undefined>) | undefined;
  /** Called when an operation has succeeded, for the changes that real hardware makes to a node. */
  succeeded: ((node: Thing, verb: string) => void) | undefined;
  /** As Ironic 39 does when an agent fails a deployment: the reason is in the node's history only. */
  clearsLastError = false;
  /** Whether boot mode and secure boot can be set, which fake hardware can't. */
  setsFirmware = false;
  latency: number;
  readonly #options: InProcessIronicOptions;
  readonly #server: Server;
  /** The ends of the operations under way. */
  readonly #timers = new Map<NodeJS.Timeout, () => void>();

  private constructor(options: InProcessIronicOptions) {
    this.#options = options;
    this.store = new IronicStore({ makesOwnParents: this.#newest < 97 });
    this.work = options.work ?? 20;
    this.latency = options.latency ?? 0;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.keepAliveTimeout = 60_000;
  }

  static async start(options: InProcessIronicOptions = {}): Promise<InProcessIronic> {
    const ironic = new InProcessIronic(options);
    await new Promise<void>((resolve) => ironic.#server.listen(options.port ?? 0, "127.0.0.1", resolve));
    return ironic;
  }

  get #newest(): number {
    return this.#options.newest ?? 96;
  }

  get #version() {
    return { id: "v1", status: "CURRENT", min_version: OLDEST, version: `1.${this.#newest}` };
  }

  /** The API's root. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.keys()) clearTimeout(timer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    this.requests.push({ method: request.method ?? "", url: request.url ?? "", body });
    if (this.latency > 0) await delay(this.latency);
    response.setHeader("x-openstack-ironic-api-minimum-version", OLDEST);
    response.setHeader("x-openstack-ironic-api-maximum-version", this.#version.version);
    if (this.intercept?.(request, response)) return;
    try {
      const { status, content } = this.#respond(request, body);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(content === undefined ? undefined : JSON.stringify(content));
    } catch (error) {
      const status = error instanceof Fault ? error.status : 500;
      sendFault(response, status, error instanceof Error ? error.message : String(error));
    }
  }

  #respond(request: IncomingMessage, body: unknown): { readonly status: number; readonly content?: unknown } {
    const url = new URL(request.url ?? "/", this.url);
    if (url.pathname === "/")
      return {
        status: 200,
        content: { name: "OpenStack Ironic API", default_version: this.#version, versions: [this.#version] },
      };
    this.#authorize(request);
    const requested = String(request.headers["x-openstack-ironic-api-version"] ?? "1.1");
    const minor = Number(requested.split(".")[1]);
    if (!/^1\.\d+$/.test(requested) || minor < 1 || minor > this.#newest) {
      throw new Fault(
        406,
        `Version ${requested} was requested but is not supported by this service. The supported version range is: [1.1, ${this.#version.version}].`,
      );
    }
    const [, version, collection, id, ...rest] = url.pathname.split("/").map(decodeURIComponent);
    if (version !== "v1") throw new Fault(404, "The resource could not be found.");
    const method = request.method ?? "GET";
    if (collection === undefined || collection === "")
      return { status: 200, content: { id: "v1", version: this.#version } };
    if (rest.length === 0) refuseNewer(collection, minor, body);
    const inVolume = collection === "volume";
    const plain = this.collections.respond(inVolume ? `volume/${id}` : collection, {
      ...{ method, body, url, minor },
      id: inVolume ? rest[0] : id,
      rest: inVolume ? "" : rest.join("/"),
      nodeOf: ({ node_uuid }) => this.store.nodeByUuid(node_uuid),
    });
    if (plain) return withoutNewer(collection, minor, plain);
    return withoutNewer(collection, minor, this.#collection(collection, method, id, rest.join("/"), body, url, minor));
  }

  #collection(
    collection: string,
    method: string,
    id: string | undefined,
    rest: string,
    body: unknown,
    url: URL,
    minor: number,
  ): { readonly status: number; readonly content?: unknown } {
    switch (collection) {
      case "drivers":
        return {
          status: 200,
          content: { drivers: [{ name: "fake-hardware", hosts: ["127.0.0.1"], type: "dynamic" }] },
        };
      case "nodes":
        return id === undefined
          ? this.#nodes(method, url, body, minor)
          : this.#node(method, id, rest, body, url, minor);
      case "ports":
        return this.#ports(method, id, url, body);
      case "portgroups":
        return this.#portGroups(method, id, body, url);
      case "allocations":
        return this.#allocations(method, id, body, url);
      default:
        throw new Fault(404, "The resource could not be found.");
    }
  }

  #authorize(request: IncomingMessage): void {
    const { credentials } = this.#options;
    if (!credentials) return;
    const expected = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
    if (request.headers.authorization !== `Basic ${expected}`) throw new Fault(401, "Authorization required");
  }

  #nodes(method: string, url: URL, body: unknown, minor: number) {
    if (method === "POST") return { status: 201, content: shown(this.store.createNode(body as Thing)) };
    const fields = url.searchParams.get("fields")?.split(",");
    if (fields && url.searchParams.has("detail")) {
      throw new Fault(400, "Can not specify ?detail=True and fields in the same request.");
    }
    if (fields) refuseNewerFields("nodes", minor, fields);
    if (fields?.includes("chassis_uuid")) throw new Fault(500, "type object 'Node' has no attribute 'chassis_uuid'");
    const all = matchingNodes([...this.store.nodes.values()], url.searchParams, minor);
    const { page, next } = this.#page(all, url);
    return { status: 200, content: { nodes: page.map((node) => pick(shown(node), fields)), ...next } };
  }

  /** One page of a list. A page that is full has a link to a next one, which may be empty (`collection.has_next` in Ironic). */
  #page(
    all: readonly Thing[],
    url: URL,
  ): { readonly page: readonly Thing[]; readonly next: { readonly next?: string } } {
    const size = Math.min(Number(url.searchParams.get("limit") ?? 1000), this.#options.pageSize ?? 1000);
    const marker = url.searchParams.get("marker");
    const start = marker === null ? 0 : all.findIndex(({ uuid }) => uuid === marker) + 1;
    const page = all.slice(start, start + size);
    if (page.length < size) return { page, next: {} };
    const next = new URL(url);
    // As in Ironic, whose links lack it.
    next.searchParams.delete("include_children");
    next.searchParams.set("marker", String(page.at(-1)?.uuid));
    return { page, next: { next: next.href } };
  }

  #node(
    method: string,
    id: string,
    rest: string,
    body: unknown,
    url: URL,
    minor: number,
  ): { status: number; content?: unknown } {
    const node = this.store.node(id);
    if (method === "GET" && rest === "") {
      return { status: 200, content: pick(shown(node), url.searchParams.get("fields")?.split(",")) };
    }
    if (method === "GET" && rest === "validate") {
      return {
        status: 200,
        content: Object.fromEntries(["boot", "deploy", "management", "power"].map((each) => [each, { result: true }])),
      };
    }
    const facts = method === "GET" ? nodeFacts(this.store, node, rest, url.searchParams, minor) : undefined;
    if (facts !== undefined) return { status: 200, content: facts };
    this.#refuseLocked(node);
    const input = (body ?? {}) as Thing;
    switch (`${method} ${rest}`) {
      case "PATCH ":
        refuseBadPaths(body as { path: string }[]);
        this.store.patchNode(node, body);
        return { status: 200, content: shown(node) };
      case "DELETE ":
        this.#deleteNode(node);
        return { status: 204 };
      case "PUT traits": {
        const stray = (input.traits as string[]).find(
          (trait) => !/^(CUSTOM_[A-Z0-9_]+|HW_[A-Z0-9_]+|COMPUTE_[A-Z0-9_]+)$/.test(trait),
        );
        if (stray !== undefined)
          throw new Fault(400, `Schema error for body: '${stray}' is not valid under any of the given schemas.`);
        node.traits = input.traits;
        return { status: 204 };
      }
      case "PUT maintenance":
        Object.assign(node, { maintenance: true, maintenance_reason: input.reason ?? null });
        return { status: 202 };
      case "DELETE maintenance":
        Object.assign(node, { maintenance: false, maintenance_reason: null, fault: null });
        return { status: 202 };
      case "PUT states/raid":
        node.target_raid_config = input;
        return { status: 204 };
      case "PUT states/boot_mode":
      case "PUT states/secure_boot":
        return this.#setFirmware(node, rest.slice("states/".length), input.target);
      case "PUT states/power":
        return this.#power(node, String(input.target));
      case "PUT states/provision":
        return this.#provision(node, input, minor);
      default:
        throw new Fault(404, "The resource could not be found.");
    }
  }

  #deleteNode(node: Thing): void {
    refuseProtected(node);
    if (node.instance_uuid !== null && !node.maintenance) {
      throw new Fault(409, `Node ${String(node.uuid)} is associated with instance ${String(node.instance_uuid)}.`);
    }
    if (!DELETABLE.has(String(node.provision_state)) && !node.maintenance) {
      throw new Fault(
        409,
        `Can not delete node "${String(node.uuid)}" while it is in provision state "${String(node.provision_state)}".`,
      );
    }
    this.store.nodes.delete(String(node.uuid));
    const volumes = [this.collections.of("volume/connectors"), this.collections.of("volume/targets")];
    for (const members of [this.store.ports, ...volumes]) {
      for (const [uuid, member] of members) if (member.node_uuid === node.uuid) members.delete(uuid);
    }
  }

  #setFirmware(node: Thing, field: string, target: unknown) {
    Object.assign(node, { last_error: null, reservation: "127.0.0.1" });
    this.#later(() => {
      node.reservation = null;
      if (this.setsFirmware) node[field] = target;
      else
        node.last_error = `Failed to change ${field.replace("_", " ")} to '${String(target)}: Driver fake-hardware does not support set_${field} (disabled or not implemented).`;
    });
    return { status: 202 };
  }

  #power(node: Thing, target: string) {
    if (!POWER_TARGETS.has(target)) {
      throw new Fault(
        400,
        `The requested action "${target}" can not be performed on node "${String(node.uuid)}" while it is in state "${String(node.power_state)}".`,
      );
    }
    const reached = target === "power off" || target === "soft power off" ? "power off" : "power on";
    node.target_power_state = reached;
    node.last_error = null;
    // As Ironic 29.0.5, which locks a node and then finds its child locked: itself.
    const locked = target === "power off" ? childLocked(node) : undefined;
    if (locked !== undefined) {
      const last_error = `Failed to change power state to 'power off' by 'power off': ${locked}`;
      this.#later(() => Object.assign(node, { target_power_state: null, last_error }));
      return { status: 202 };
    }
    this.#later(() => Object.assign(node, { power_state: reached, target_power_state: null }));
    return { status: 202 };
  }

  #provision(node: Thing, input: Thing, minor: number) {
    const verb = String(input.target);
    const from = String(node.provision_state);
    const change = transition(verb, from);
    if (!change) {
      throw new Fault(
        400,
        `The requested action "${verb}" can not be performed on node "${String(node.uuid)}" while it is in state "${from}".`,
      );
    }
    const refused = REFUSED_IN_MAINTENANCE[verb];
    if (node.maintenance && refused !== undefined) {
      throw new Fault(
        400,
        `The ${refused} operation can't be performed on node ${String(node.uuid)} because it's in maintenance mode.`,
      );
    }
    if (verb === "deleted" || verb === "rebuild") refuseProtected(node);
    const steps =
      verb in RUNS ? stepsOf(verb, input, node, minor, (id) => this.collections.find("runbooks", id)) : undefined;
    if (input.configdrive !== undefined) (node.instance_info as Thing).configdrive = input.configdrive;
    enter(node, {
      provision_state: change.busy,
      target_provision_state: change.busy === change.goal ? null : change.goal,
      last_error: null,
    });
    if (change.busy === change.goal) return { status: 202 };
    if (steps) this.#runSteps(node, verb, change, steps.map(completed));
    else this.#later(() => this.#end(node, verb, change));
    return { status: 202 };
  }

  /** `do_node_clean` and `do_node_service`: each step takes the time of an operation. */
  #runSteps(node: Thing, verb: string, change: Transition, steps: readonly Thing[]): void {
    const { current = "", all = "", index = "" } = RUNS[verb] ?? {};
    const end = (last_error: string, isStep: boolean) => {
      this.store.recordError(node, last_error);
      const maintenance = { maintenance: true, maintenance_reason: last_error, fault: `${verb} failure` };
      node.driver_internal_info = { [all]: steps };
      const fields = { [current]: {}, last_error, target_provision_state: null, ...(isStep && maintenance) };
      enter(node, { provision_state: change.failed, ...fields });
    };
    node.driver_internal_info = { [all]: steps };
    const begin = (at: number) => {
      const step = steps[at];
      // Aborted, or undeployed.
      if (node.provision_state !== change.busy) return;
      if (step === undefined) {
        Object.assign(node, { [current]: {}, driver_internal_info: {} });
        this.#end(node, verb, change);
        return;
      }
      Object.assign(node, { [current]: step, driver_internal_info: { [all]: steps, [index]: at } });
      // As the fake vendor interface, which waits for a call that never comes.
      if (step.step === "trigger_servicewait") enter(node, { provision_state: "service wait" });
      this.#later(async () => {
        const problem = (await this.failStep?.(node, step)) ?? stepFault(step);
        if (problem === undefined) begin(at + 1);
        else end(`Node ${String(node.uuid)} failed step ${python(step)}: ${problem}`, true);
      });
    };
    this.#later(() => {
      const problem = unsupported(verb, steps);
      if (problem === undefined) begin(0);
      else end(`Cannot ${verb} node ${String(node.uuid)}: ${problem}`, false);
    });
  }

  /** Ends an operation; a deployment first waits for the agent. */
  #end(node: Thing, verb: string, change: Transition): void {
    const fail = (event: string) => {
      this.store.recordError(node, event);
      const last_error = this.clearsLastError ? null : event;
      enter(node, { provision_state: change.failed, target_provision_state: null, last_error });
    };
    const problem = this.fail?.(node, verb) ?? (verb === "adopt" ? refuseAdoption(node) : undefined);
    if (problem !== undefined) {
      fail(problem);
      return;
    }
    const byAgent = change.busy === "deploying" && node.deploy_interface !== "fake";
    if (byAgent && node.provision_state === "deploying") {
      const refusal = (node.power_state === "power off" ? undefined : childLocked(node)) ?? prepareImage(node);
      if (refusal !== undefined) {
        fail(`Failed to prepare to deploy: ${refusal}`);
        return;
      }
      enter(node, { provision_state: "wait call-back", power_state: "power on" });
      const recognised = [...this.store.ports.values()].some((port) => port.node_uuid === node.uuid);
      if (this.#options.agent && recognised) this.#later(() => this.#end(node, verb, change));
      return;
    }
    // The node may have been undeployed in the meantime.
    if (byAgent && node.provision_state !== "wait call-back") return;
    if (byAgent && childLocked(node) !== undefined) {
      fail(`Failed to tear down the agent: ${childLocked(node)}`);
      return;
    }
    enter(node, { provision_state: change.goal, target_provision_state: null });
    if (verb === "deleted") node.instance_info = {};
    if (verb === "active") node.power_state = "power on";
    if (verb === "deleted") node.power_state = "power off";
    // Verification reads the power state.
    if (verb === "manage") node.power_state ??= "power off";
    if (verb === "inspect") this.store.inventories.set(String(node.uuid), INVENTORY);
    this.succeeded?.(node, verb);
  }

  #refuseLocked(node: Thing): void {
    if (node.reservation === null) return;
    throw new Fault(
      409,
      `Node ${String(node.uuid)} is locked by host ${String(node.reservation)}, please retry after the current operation is completed.`,
    );
  }

  #ports(method: string, id: string | undefined, url: URL, body: unknown) {
    if (id === undefined && method === "POST") return { status: 201, content: this.store.createPort(body as Thing) };
    if (id === undefined) {
      const node = url.searchParams.get("node");
      const uuid = node === null ? undefined : this.store.node(node).uuid;
      const address = url.searchParams.get("address");
      const ports = [...this.store.ports.values()].filter(
        (port) =>
          (uuid === undefined || port.node_uuid === uuid) &&
          (address === null || port.address === address.toLowerCase()),
      );
      const { page, next } = this.#page(ports, url);
      return { status: 200, content: { ports: page, ...next } };
    }
    const port = this.store.ports.get(id);
    if (!port) throw new Fault(404, `Port ${id} could not be found.`);
    if (method === "DELETE") {
      this.store.ports.delete(id);
      return { status: 204 };
    }
    if (method === "PATCH") {
      refuseBadPaths(body as { path: string }[]);
      this.#refuseConnected(port, body as { path: string }[]);
      for (const { op, path, value } of body as { op: string; path: string; value?: unknown }[]) {
        const [, field = "", inner] = path.split("/");
        if (inner === undefined)
          port[field] = op === "remove" ? null : field === "address" ? String(value).toLowerCase() : value;
        else if (op === "remove") delete (port[field] as Thing)[inner];
        else (port[field] as Thing)[inner] = value;
      }
      normalizeLink(port);
    }
    return { status: 200, content: port };
  }

  /** Connectivity attributes of a port can't change while its node is deployed. */
  #refuseConnected(port: Thing, operations: readonly { readonly path: string }[]): void {
    const node = this.store.node(String(port.node_uuid));
    const isFree = ["enroll", "inspecting", "inspect wait", "manageable"].includes(String(node.provision_state));
    const connected = operations.some(({ path }) =>
      /^\/(physical_network|portgroup_uuid|local_link_connection|pxe_enabled)\b/.test(path),
    );
    if (isFree || node.maintenance || !connected) return;
    throw new Fault(
      409,
      `Port ${String(port.uuid)} can not have any connectivity attributes (physical_network, portgroup_id, local_link_connection, pxe_enabled) updated unless node ${String(node.uuid)} is in a enroll, inspecting, inspect wait, manageable state or in maintenance mode. The current state is ${String(node.provision_state)}.`,
    );
  }

  #portGroups(method: string, id: string | undefined, body: unknown, url: URL) {
    if (id === undefined && method === "GET") {
      const { page, next } = this.#page([...this.store.portGroups.values()], url);
      return { status: 200, content: { portgroups: page, ...next } };
    }
    if (id === undefined) return { status: 201, content: this.store.createPortGroup(body as Thing) };
    const group = this.store.portGroup(id);
    if (!group) throw new Fault(404, `Portgroup ${id} could not be found.`);
    if (method === "DELETE") {
      if ([...this.store.ports.values()].some(({ portgroup_uuid }) => portgroup_uuid === group.uuid)) {
        throw new Fault(400, `Cannot complete the requested action because portgroup ${id} contains ports.`);
      }
      this.store.portGroups.delete(String(group.uuid));
      return { status: 204 };
    }
    if (method === "PATCH") this.store.patchPortGroup(group, body);
    return { status: 200, content: group };
  }

  #allocations(method: string, id: string | undefined, body: unknown, url: URL) {
    if (id === undefined && method === "GET") {
      const { page, next } = this.#page([...this.store.allocations.values()], url);
      return { status: 200, content: { allocations: page, ...next } };
    }
    if (id === undefined) return { status: 201, content: this.store.createAllocation(body as Thing) };
    if (method === "DELETE") {
      this.store.deleteAllocation(id);
      return { status: 204 };
    }
    const allocation = this.store.allocation(id);
    if (method === "PATCH") this.store.patchAllocation(allocation, body);
    return { status: 200, content: allocation };
  }

  /** Ends the operations under way, whatever their `work` is. */
  endWork(): void {
    for (const [timer, change] of [...this.#timers]) {
      clearTimeout(timer);
      this.#timers.delete(timer);
      change();
    }
  }

  #later(change: () => unknown): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      change();
    }, this.work);
    this.#timers.set(timer, change);
  }
}

const POWER_TARGETS = new Set(["power on", "power off", "rebooting", "soft power off", "soft rebooting"]);

const INVENTORY: Thing = {
  inventory: {
    cpu: { architecture: "x86_64", count: 4 },
    memory: { physical_mb: 4096 },
    interfaces: [{ name: "eth0", mac_address: "52:54:00:aa:bb:01", lldp: null, has_carrier: true, ipv4_address: null }],
  },
  plugin_data: {},
};

/**
 * The reason for which Ironic 29.0.5 does not cut a node's power: it locks the node and then finds its child, the same node,
 * locked. A child with a dedicated power supply is left alone (`_handle_child_power_off` in ironic.conductor.utils).
 */
function childLocked(node: Thing): string | undefined {
  if (node.parent_node !== node.uuid || (node.driver_info as Thing).has_dedicated_power_supply) return undefined;
  return `Node ${String(node.uuid)} child_node ${String(node.uuid)} is presently locked and we are unable to perform any action on it at this time. Please retry after the current operation is completed.`;
}

/** A node in a response: secrets masked. */
function shown(node: Thing): Thing {
  return { ...node, driver_info: masked(node.driver_info), instance_info: masked(node.instance_info) };
}

/** Maps are masked inside, lists are not (`mask_dict_password` in oslo_utils.strutils); a config drive is masked as a whole. */
function masked(fields: unknown): Thing {
  const entries = Object.entries(fields as Thing).map(([key, value]) => {
    if (key !== "configdrive" && typeof value === "object" && value !== null && !Array.isArray(value))
      return [key, masked(value)];
    return [key, SECRET.test(key) ? "******" : value];
  });
  return Object.fromEntries(entries);
}

function pick(thing: Thing, fields: readonly string[] | undefined): Thing {
  return fields ? Object.fromEntries(fields.map((field) => [field, thing[field]])) : thing;
}

/** Ironic's JSON schema of a patch, which refuses paths with some keys. */
function refuseBadPaths(operations: readonly { readonly path: string }[]): void {
  const bad = operations.find(({ path }) => !/^(\/[\p{L}\p{N}_-]+)+$/u.test(path));
  if (bad) throw new Fault(400, `Schema error for patch: '${bad.path}' does not match '^(/[\\\\w-]+)+$'`);
}

function sendFault(response: ServerResponse, status: number, faultstring: string): void {
  const error_message = JSON.stringify({ faultcode: status < 500 ? "Client" : "Server", faultstring, debuginfo: null });
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ error_message }));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
}
