import { CHECK_URL, UnexpectedAnswerError } from "./errors";
import { fields, flag, listOf, nullable, number, object, type Shape, text, valuesOf } from "./shape";

/** The fields of a resource of types.ts that callers rely on ("Bare Metal API"). */
interface Resource {
  /** With an article. */
  readonly name: string;
  /** Fields of every response with all fields. */
  readonly required: Readonly<Record<string, Shape>>;
  /** Fields that may be null; a field that an older microversion does not have becomes null. */
  readonly nullable: Readonly<Record<string, Shape>>;
  /** Fields that may be missing. */
  readonly optional: Readonly<Record<string, Shape>>;
  /** Fields in which Ironic reports in its own words or a driver's, which may quote what was sent to Ironic or to the machine. */
  readonly reports: readonly string[];
}

const NODE: Resource = {
  name: "a node",
  required: {
    uuid: text,
    provision_state: text,
    driver: text,
    driver_info: object,
    properties: object,
    instance_info: object,
    extra: object,
    maintenance: flag,
  },
  nullable: {
    name: text,
    target_provision_state: text,
    power_state: text,
    target_power_state: text,
    last_error: text,
    reservation: text,
    instance_uuid: text,
    resource_class: text,
  },
  optional: {
    traits: listOf(text),
    conductor_group: nullable(text),
    owner: nullable(text),
    deploy_interface: nullable(text),
    parent_node: nullable(text),
    raid_config: nullable(object),
    target_raid_config: nullable(object),
    maintenance_reason: nullable(text),
    fault: nullable(text),
    ...{ clean_step: nullable(object), service_step: nullable(object), driver_internal_info: nullable(object) },
    ...{ protected: nullable(flag), retired: nullable(flag), automated_clean: nullable(flag) },
    ...{ disable_power_off: nullable(flag), boot_mode: nullable(text), secure_boot: nullable(flag) },
    ...{ description: nullable(text), instance_name: nullable(text), lessee: nullable(text), shard: nullable(text) },
    ...{ chassis_uuid: nullable(text), network_data: nullable(object), health: nullable(text) },
    protected_reason: nullable(text),
    retired_reason: nullable(text),
  },
  reports: ["last_error", "maintenance_reason", "fault", "protected_reason", "retired_reason"],
};
const PORT: Resource = {
  name: "a port",
  required: { uuid: text, node_uuid: text, address: text, extra: object },
  nullable: { portgroup_uuid: text, physical_network: text },
  optional: {
    pxe_enabled: flag,
    local_link_connection: object,
    is_smartnic: flag,
    ...{ name: nullable(text), description: nullable(text), category: nullable(text) },
  },
  reports: [],
};
const PORT_GROUP: Resource = {
  name: "a port group",
  required: { uuid: text, node_uuid: text },
  nullable: { address: text, name: text },
  optional: {
    extra: object,
    mode: nullable(text),
    standalone_ports_supported: nullable(flag),
    properties: nullable(object),
    physical_network: nullable(text),
    category: nullable(text),
  },
  reports: [],
};
const ALLOCATION: Resource = {
  name: "an allocation",
  required: { uuid: text, state: text, candidate_nodes: listOf(text), traits: listOf(text), extra: object },
  nullable: { name: text, node_uuid: text, resource_class: text, last_error: text },
  optional: {},
  reports: ["last_error"],
};
const DEPLOY_TEMPLATE: Resource = {
  name: "a deploy template",
  required: { uuid: text, name: text, steps: listOf(object) },
  nullable: { extra: object },
  optional: {},
  reports: [],
};
const RUNBOOK: Resource = {
  name: "a runbook",
  required: { uuid: text, name: text, steps: listOf(object), public: flag },
  nullable: { extra: object, owner: text, disable_ramdisk: flag },
  optional: { description: nullable(text), traits: listOf(text) },
  reports: [],
};
const INSPECTION_RULE: Resource = {
  name: "an inspection rule",
  required: { uuid: text, priority: number, sensitive: flag },
  nullable: { description: text, phase: text, conditions: listOf(object), actions: listOf(object) },
  optional: {},
  reports: [],
};
const VOLUME_CONNECTOR: Resource = {
  name: "a volume connector",
  required: { uuid: text, node_uuid: text, type: text, connector_id: text },
  nullable: { extra: object },
  optional: {},
  reports: [],
};
const VOLUME_TARGET: Resource = {
  name: "a volume target",
  required: { uuid: text, node_uuid: text, volume_type: text, volume_id: text, boot_index: number },
  nullable: { properties: object, extra: object },
  optional: {},
  reports: [],
};
/** Facts that inspection did not find are missing or null. */
const INVENTORY = fields({
  cpu: nullable(fields({ architecture: nullable(text), count: nullable(number) })),
  memory: nullable(fields({ physical_mb: nullable(number) })),
  interfaces: nullable(listOf(object)),
  disks: nullable(listOf(object)),
  system_vendor: nullable(fields({ firmware: nullable(object) })),
  boot: nullable(object),
});
const texts = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, nullable(text)]));
const numbers = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, nullable(number)]));
const flags = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, nullable(flag)]));
const EVENT = fields(
  { uuid: text, created_at: text, ...texts("severity", "event", "event_type", "conductor", "user") },
  ["event"],
);
const COMPONENT = fields(
  {
    component: text,
    ...texts(
      "initial_version",
      "current_version",
      "last_version_flashed",
      "vendor",
      "model",
      "serial_number",
      "updated_at",
    ),
  },
  ["component"],
);
const BIOS_SETTING = fields(
  {
    name: text,
    ...texts("value", "attribute_type"),
    allowable_values: nullable(listOf(text)),
    ...numbers("lower_bound", "upper_bound", "min_length", "max_length"),
    ...flags("read_only", "reset_required", "unique"),
  },
  ["name", "value"],
);

/** By the part of the path after `/v1/`, or after `/v1/volume/`. */
const RESOURCES: ReadonlyMap<string, Resource> = new Map([
  ["nodes", NODE],
  ["ports", PORT],
  ["portgroups", PORT_GROUP],
  ["allocations", ALLOCATION],
  ["deploy_templates", DEPLOY_TEMPLATE],
  ["runbooks", RUNBOOK],
  ["inspection_rules", INSPECTION_RULE],
  ["connectors", VOLUME_CONNECTOR],
  ["targets", VOLUME_TARGET],
]);

/** Makes a text of Ironic's safe to show. */
type Show = (text: string) => string;
type Fields = Readonly<Record<string, unknown>>;

interface Expected {
  readonly name: string;
  readonly shape: Shape;
  /** Adds null for missing fields, and makes reports safe to show. */
  readonly complete?: (content: Fields, show: Show) => unknown;
}

/** By the part of the path after a node. */
const BELOW_NODES: ReadonlyMap<string, Expected> = new Map<string, Expected>([
  [
    "validate",
    {
      name: "the validation of a node",
      shape: valuesOf(fields({ result: nullable(flag), reason: nullable(text) }, ["result"])),
      complete: (content, show) =>
        Object.fromEntries(
          Object.entries(content).map(([name, each]) => [name, withReports(each as Fields, ["reason"], show)]),
        ),
    },
  ],
  [
    "history",
    {
      name: "the history of a node",
      shape: fields({ history: listOf(EVENT) }, ["history"]),
      complete: ({ history }, show) => ({
        history: (history as readonly Fields[]).map((event) => withReports(event, ["event"], show)),
      }),
    },
  ],
  ["firmware", { name: "the firmware of a node", shape: fields({ firmware: listOf(COMPONENT) }, ["firmware"]) }],
  ["bios", { name: "the BIOS settings of a node", shape: fields({ bios: listOf(BIOS_SETTING) }, ["bios"]) }],
  ["inventory", { name: "an inventory", shape: fields({ inventory: INVENTORY }, ["inventory"]) }],
]);

/**
 * Checks a response's body, so that another server behind the URL is reported as such. Nullable fields that are missing become
 * null, and Ironic's reports safe to show.
 * @param path with its query: `fields` may leave out fields that are otherwise required
 * @param show makes a report safe to show
 * @throws {UnexpectedAnswerError} with the expected shape
 */
export function checkBody(method: string, path: string, content: unknown, show: Show): unknown {
  const [route = ""] = path.split("?");
  const refused = (fault: string) => new UnexpectedAnswerError(`${method} ${route}: ${fault}`, { hint: CHECK_URL });
  if (method === "PUT" || method === "DELETE") {
    if (content === undefined || content === null) return undefined;
    throw refused("the response has content, where Ironic responds without any");
  }
  const expected = expectedOf(method, path);
  if (expected === undefined) return content;
  const fault = content === undefined ? "it is empty" : expected.shape(content);
  if (fault === undefined) return expected.complete ? expected.complete(content as Fields, show) : content;
  throw refused(`the response is not ${expected.name}: ${fault}`);
}

/** undefined for an endpoint that this module does not know. */
function expectedOf(method: string, path: string): Expected | undefined {
  const [route = "", query] = path.split("?");
  const [collection = "", id, below] = route.replace("/volume/", "/").split("/").slice(2);
  if (below !== undefined) return BELOW_NODES.get(below);
  const resource = RESOURCES.get(collection);
  if (resource === undefined) return undefined;
  const one = wholeOrPart(resource, new URLSearchParams(query).get("fields")?.split(","));
  if (id !== undefined || method === "POST") return one;
  const { shape, complete = (item: Fields) => item } = one;
  return {
    name: `a list of ${collection}`,
    shape: fields({ [collection]: listOf(shape), next: nullable(text) }, [collection]),
    complete: (content, show) => ({
      ...content,
      [collection]: (content[collection] as readonly Fields[]).map((item) => complete(item, show)),
    }),
  };
}

/** @param selected the fields that were selected; undefined: all */
function wholeOrPart(
  { name, required, nullable: mayBeNull, optional, reports }: Resource,
  selected?: readonly string[],
): Expected {
  const isSelected = (field: string) => selected === undefined || selected.includes(field);
  const nullables = Object.fromEntries(Object.entries(mayBeNull).map(([field, shape]) => [field, nullable(shape)]));
  const completed = Object.keys(mayBeNull).filter(isSelected);
  return {
    name,
    shape: fields({ ...required, ...nullables, ...optional }, Object.keys(required).filter(isSelected)),
    complete: (content, show) => withReports(withNulls(content, completed), reports, show),
  };
}

/** The content itself where nothing is missing: a poll has a thousand nodes, and an apply hundreds of polls. */
function withNulls(content: Fields, names: readonly string[]): Fields {
  const missing = names.filter((name) => !Object.hasOwn(content, name));
  return missing.length === 0 ? content : { ...Object.fromEntries(missing.map((name) => [name, null])), ...content };
}

function withReports(content: Fields, reports: readonly string[], show: Show): Fields {
  const texts = reports.filter((name) => typeof content[name] === "string");
  if (texts.length === 0) return content;
  return { ...content, ...Object.fromEntries(texts.map((name) => [name, show(content[name] as string)])) };
}
