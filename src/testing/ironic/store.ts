import { randomUUID } from "node:crypto";
import { checkDetails } from "./details";
import { Fault, type Thing } from "./fault";
import { UPDATE_ALLOWED } from "./machine";

const INTERFACES = [
  "bios",
  "boot",
  "console",
  "deploy",
  "firmware",
  "inspect",
  "management",
  "power",
  "raid",
  "rescue",
  "vendor",
];
const DRIVER_INTERFACES: Thing = {
  ...Object.fromEntries(INTERFACES.map((name) => [`${name}_interface`, "fake"])),
  network_interface: "noop",
  storage_interface: "noop",
};

/** The deploy interfaces with which fake hardware gets to `wait call-back`. */
const DEPLOY_INTERFACES = ["fake", "direct", "bootc", "autodetect"];

const SETTABLE = new Set([
  ...Object.keys(DRIVER_INTERFACES),
  ...[
    "uuid",
    "name",
    "driver",
    "driver_info",
    "properties",
    "extra",
    "instance_info",
    "instance_uuid",
    "resource_class",
  ],
  ...[
    "conductor_group",
    "owner",
    "lessee",
    "description",
    "automated_clean",
    "network_data",
    "retired",
    "retired_reason",
  ],
  ...["parent_node", "shard", "chassis_uuid", "instance_name", "disable_power_off"],
]);
/** Ironic takes these in a patch only. */
const PATCHABLE = new Set([...SETTABLE, "protected", "protected_reason"]);

/** The nodes, ports, port groups and allocations of the in-process Ironic, with Ironic's validation. */
export class IronicStore {
  readonly nodes = new Map<string, Thing>();
  readonly ports = new Map<string, Thing>();
  readonly portGroups = new Map<string, Thing>();
  readonly allocations = new Map<string, Thing>();
  /** By UUID. */
  /** Findings of inspection, by node. */
  readonly inventories = new Map<string, Thing>();
  /** Firmware components by node. */
  readonly firmware = new Map<string, readonly Thing[]>();
  /** BIOS settings by node. */
  readonly bios = new Map<string, readonly Thing[]>();
  /** Events by node, the oldest first. */
  readonly histories = new Map<string, Thing[]>();
  readonly #makesOwnParents: boolean;

  /** @param makesOwnParents as Ironic 29.0.5, which makes each patched node its own parent, unless the patch names another */
  constructor({ makesOwnParents }: { readonly makesOwnParents: boolean }) {
    this.#makesOwnParents = makesOwnParents;
  }

  createNode(fields: Thing): Thing {
    const stray = Object.keys(fields).find((field) => !SETTABLE.has(field));
    if (stray !== undefined) {
      throw new Fault(400, `Schema error for node: Additional properties are not allowed ('${stray}' was unexpected)`);
    }
    if (typeof fields.driver !== "string")
      throw new Fault(400, "Schema error for node: 'driver' is a required property");
    this.#checkDriver(fields.driver);
    if (typeof fields.name === "string") this.#checkName(fields.name);
    refuseDuplicate(this.nodes, fields, "node");
    this.#checkInterfaces(fields);
    const node: Thing = {
      uuid: randomUUID(),
      name: null,
      ...DRIVER_INTERFACES,
      driver_info: {},
      properties: {},
      extra: {},
      instance_info: {},
      instance_uuid: null,
      resource_class: null,
      conductor_group: "",
      owner: null,
      description: null,
      ...{ lessee: null, shard: null, chassis_uuid: null, instance_name: null },
      ...{ automated_clean: null, disable_power_off: false, boot_mode: null, secure_boot: null, health: null },
      ...{ protected: false, protected_reason: null, retired: false, retired_reason: null },
      network_data: {},
      maintenance: false,
      maintenance_reason: null,
      fault: null,
      provision_state: "enroll",
      target_provision_state: null,
      provision_updated_at: null,
      // A fresh node has none until the first sync, as with real fake hardware.
      power_state: null,
      target_power_state: null,
      last_error: null,
      reservation: null,
      raid_config: {},
      target_raid_config: {},
      traits: [],
      allocation_uuid: null,
      parent_node: null,
      ...{ clean_step: {}, service_step: {}, driver_internal_info: {} },
      ...fields,
    };
    node.conductor_group = String(node.conductor_group).toLowerCase();
    this.nodes.set(String(node.uuid), node);
    return node;
  }

  /** @param id UUID or name */
  node(id: string): Thing {
    const node = this.nodes.get(id) ?? [...this.nodes.values()].find(({ name }) => name === id);
    if (!node) throw new Fault(404, `Node ${id} could not be found.`);
    return node;
  }

  /** `node_history_record` of ironic.conductor.utils. */
  recordError(node: Thing, event: string): void {
    const uuid = String(node.uuid);
    const events = this.histories.get(uuid) ?? [];
    const created_at = new Date().toISOString().replace("Z", "+00:00");
    const rest = { event_type: "provisioning", conductor: "127.0.0.1", user: null };
    events.push({ uuid: randomUUID(), created_at, severity: "ERROR", event, ...rest });
    this.histories.set(uuid, events);
  }

  patchNode(node: Thing, operations: unknown): void {
    if (node.target_provision_state !== null && !UPDATE_ALLOWED.has(String(node.provision_state))) {
      throw new Fault(409, `Node ${String(node.uuid)} can not be updated while a state transition is in progress.`);
    }
    // As Ironic, which reads a value.
    if (
      (operations as { op: string; path: string }[]).some(
        ({ op, path }) => `${op} ${path}` === "remove /automated_clean",
      )
    ) {
      throw new Fault(500, "'value'");
    }
    // As Ironic 29.0.5, which reads null as the name of a node (authorize_node_link_patch in ironic.api.controllers.v1.utils).
    const parent = (operations as { op: string; path: string; value?: unknown }[]).find(
      ({ op, path }) => path === "/parent_node" && op !== "remove",
    );
    if (parent && !this.nodes.has(String(parent.value))) {
      const value = parent.value === null ? "None" : String(parent.value);
      throw new Fault(400, `Unable to apply the requested parent_node '${value}'. Requested value was invalid.`);
    }
    const patched: Thing = structuredClone(node);
    applyPatch(patched, operations);
    const changed = Object.keys(patched).filter(
      (field) => JSON.stringify(patched[field]) !== JSON.stringify(node[field]),
    );
    const stray = changed.find((field) => !PATCHABLE.has(field) || field === "uuid");
    if (stray !== undefined) throw new Fault(400, `Patching internal attributes /${stray} is not allowed.`);
    if (changed.includes("driver")) this.#checkDriver(String(patched.driver));
    if (changed.includes("name") && typeof patched.name === "string") this.#checkName(patched.name);
    this.#checkInterfaces(patched);
    checkDetails(node, patched);
    patched.conductor_group = String(patched.conductor_group).toLowerCase();
    Object.assign(node, patched, this.#makesOwnParents && { parent_node: parent?.value ?? node.uuid });
  }

  /** The node of a port or port group, which the API's schemas want by UUID. */
  nodeByUuid(uuid: unknown): Thing {
    if (!/^[0-9a-f-]{36}$/.test(String(uuid))) throw new Fault(400, `Expected UUID for node_uuid: ${String(uuid)}`);
    const node = this.nodes.get(String(uuid));
    if (!node) throw new Fault(400, `Node ${String(uuid)} could not be found.`);
    return node;
  }

  createPort(fields: Thing): Thing {
    const node = this.nodeByUuid(fields.node_uuid);
    if (typeof fields.address !== "string" || !/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(fields.address)) {
      throw new Fault(400, `Expected a MAC address but received ${String(fields.address)}.`);
    }
    const address = fields.address.toLowerCase();
    if ([...this.ports.values()].some((port) => port.address === address)) {
      throw new Fault(409, `A port with MAC address ${address} already exists.`);
    }
    refuseDuplicate(this.ports, fields, "port");
    const port: Thing = {
      uuid: randomUUID(),
      extra: {},
      pxe_enabled: true,
      portgroup_uuid: null,
      local_link_connection: {},
      physical_network: null,
      is_smartnic: false,
      ...{ name: null, description: null, category: null },
      ...fields,
      address,
      node_uuid: node.uuid,
    };
    normalizeLink(port);
    this.ports.set(String(port.uuid), port);
    return port;
  }

  createPortGroup(fields: Thing): Thing {
    const node = this.nodeByUuid(fields.node_uuid);
    refuseDuplicate(this.portGroups, fields, "portgroup");
    const group: Thing = {
      uuid: randomUUID(),
      address: null,
      name: null,
      mode: "active-backup",
      standalone_ports_supported: true,
      properties: {},
      extra: {},
      ...{ physical_network: null, category: null },
      ...fields,
      node_uuid: node.uuid,
    };
    this.#checkPortGroup(group);
    this.portGroups.set(String(group.uuid), group);
    return group;
  }

  /** @param id UUID or name */
  portGroup(id: string): Thing | undefined {
    return this.portGroups.get(id) ?? [...this.portGroups.values()].find(({ name }) => name === id);
  }

  patchPortGroup(group: Thing, operations: unknown): void {
    const patched: Thing = structuredClone(group);
    applyPatch(patched, operations);
    // A field that is removed has its default again.
    for (const [field, value] of Object.entries({ name: null, address: null, properties: {}, extra: {} })) {
      patched[field] ??= value;
    }
    this.#checkPortGroup(patched);
    Object.assign(group, patched);
  }

  /** Ironic stores addresses in lower case; names and addresses are unique. */
  #checkPortGroup(group: Thing): void {
    if (typeof group.address === "string") group.address = group.address.toLowerCase();
    const others = [...this.portGroups.values()].filter(({ uuid }) => uuid !== group.uuid);
    const taken = (field: "name" | "address") =>
      typeof group[field] === "string" && others.some((other) => other[field] === group[field]);
    if (taken("name")) throw new Fault(409, `A portgroup with name ${String(group.name)} already exists.`);
    if (taken("address")) {
      throw new Fault(409, `A portgroup with MAC address ${String(group.address)} already exists.`);
    }
  }

  /** As in Ironic, allocated immediately: `active`, or a permanent `error`. */
  createAllocation(fields: Thing): Thing {
    const { resource_class, name } = fields;
    if (typeof name === "string" && [...this.allocations.values()].some((each) => each.name === name)) {
      throw new Fault(409, `An allocation with name ${name} already exists.`);
    }
    refuseDuplicate(this.allocations, fields, "allocation");
    const candidates = ((fields.candidate_nodes ?? []) as string[]).map((id) => String(this.node(id).uuid));
    const wanted = (fields.traits ?? []) as string[];
    const free = [...this.nodes.values()].find(
      (node) =>
        node.resource_class === resource_class &&
        node.provision_state === "available" &&
        node.instance_uuid === null &&
        node.power_state !== null &&
        node.parent_node === null &&
        !node.maintenance &&
        (candidates.length === 0 || candidates.includes(String(node.uuid))) &&
        wanted.every((trait) => (node.traits as string[]).includes(trait)),
    );
    const uuid = typeof fields.uuid === "string" ? fields.uuid : randomUUID();
    const reason =
      candidates.length > 0
        ? "none of the requested nodes are available and match the resource class"
        : "no available nodes match the resource class";
    const problem = `Failed to process allocation ${uuid}: ${reason} ${String(resource_class)}.`;
    const allocation: Thing = {
      uuid,
      name: null,
      extra: {},
      traits: [],
      owner: null,
      ...fields,
      candidate_nodes: candidates,
      node_uuid: free?.uuid ?? null,
      state: free ? "active" : "error",
      last_error: free ? null : problem,
    };
    if (free) Object.assign(free, { instance_uuid: uuid, allocation_uuid: uuid });
    this.allocations.set(uuid, allocation);
    return allocation;
  }

  allocation(id: string): Thing {
    const found = this.allocations.get(id) ?? [...this.allocations.values()].find(({ name }) => name === id);
    if (!found) throw new Fault(404, `Allocation ${id} could not be found.`);
    return found;
  }

  /** Its name and `extra` alone; one that is removed has its default again. */
  patchAllocation(allocation: Thing, operations: unknown): void {
    const stray = (operations as { path: string }[]).find(({ path }) => !/^\/(name$|extra(\/|$))/.test(path));
    if (stray) throw new Fault(400, `Patching internal attributes ${stray.path} is not allowed.`);
    const patched: Thing = structuredClone(allocation);
    applyPatch(patched, operations);
    const { name = null, extra = {} } = patched;
    const isTaken = name !== allocation.name && [...this.allocations.values()].some((each) => each.name === name);
    if (name !== null && isTaken) throw new Fault(409, `An allocation with name ${String(name)} already exists.`);
    Object.assign(allocation, { name, extra });
  }

  deleteAllocation(id: string): void {
    const allocation = this.allocation(id);
    const node = typeof allocation.node_uuid === "string" ? this.nodes.get(allocation.node_uuid) : undefined;
    if (node && node.provision_state !== "available") {
      throw new Fault(409, `Node ${String(node.uuid)} is associated with instance ${String(allocation.uuid)}.`);
    }
    if (node) Object.assign(node, { instance_uuid: null, allocation_uuid: null });
    this.allocations.delete(String(allocation.uuid));
  }

  #checkDriver(driver: string): void {
    if (driver === "fake-hardware") return;
    const problem = `No conductor service registered which supports driver ${driver} for conductor group "".`;
    throw new Fault(400, `No valid host was found. Reason: ${problem} Ensure the driver is valid and enabled.`);
  }

  #checkName(name: string): void {
    if (!/^[A-Za-z0-9][A-Za-z0-9._~-]*$/.test(name))
      throw new Fault(400, `Cannot create node with invalid name '${name}'`);
    if ([...this.nodes.values()].some((node) => node.name === name)) {
      throw new Fault(409, `A node with name ${name} already exists.`);
    }
  }

  #checkInterfaces(fields: Thing): void {
    for (const [field, only] of Object.entries(DRIVER_INTERFACES)) {
      const value = fields[field];
      const valid = field === "deploy_interface" ? DEPLOY_INTERFACES : [only];
      if (value === null) fields[field] = only;
      else if (value !== undefined && !valid.includes(value)) {
        const kind = field.replace(/_interface$/, "");
        throw new Fault(
          400,
          `Could not find the following interface in the 'ironic.hardware.interfaces.${kind}' entrypoint: ${String(value)}. Valid interfaces are [${valid.map((each) => `'${String(each)}'`).join(", ")}].`,
        );
      }
    }
  }
}

/** @param operations a JSON patch */
export function applyPatch(target: Thing, operations: unknown): void {
  for (const operation of operations as { op: string; path: string; value?: unknown }[]) {
    applyOperation(target, operation);
  }
}

function applyOperation(target: Thing, { op, path, value }: { op: string; path: string; value?: unknown }): void {
  const keys = path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  let parent = target;
  for (const key of keys) {
    const inner = parent[key];
    if (typeof inner !== "object" || inner === null) throw new Fault(400, `Couldn't apply patch: '${path}'`);
    parent = inner as Thing;
  }
  if (op !== "add" && !Object.hasOwn(parent, last)) {
    throw new Fault(400, `Couldn't apply patch. Reason: can't ${op} a non-existent object '${last}'`);
  }
  if (op === "remove") {
    if (keys.length === 0) parent[last] = typeof target[last] === "object" && target[last] !== null ? {} : null;
    else delete parent[last];
  } else parent[last] = value;
}

/** `local_link_normalize` of ironic.api.controllers.v1.utils. */
export function normalizeLink(port: Thing): void {
  const { switch_id, ...rest } = port.local_link_connection as Thing;
  if (typeof switch_id === "string") port.local_link_connection = { ...rest, switch_id: switch_id.toLowerCase() };
}

/** NodeAlreadyExists, PortAlreadyExists and their like: the client may choose the UUID. */
function refuseDuplicate(existing: ReadonlyMap<string, Thing>, { uuid }: Thing, kind: string): void {
  if (typeof uuid === "string" && existing.has(uuid)) {
    throw new Fault(409, `${kind === "allocation" ? "An" : "A"} ${kind} with UUID ${uuid} already exists.`);
  }
}
