import { UnexpectedAnswerError } from "./errors";
import { fields, flag, listOf, nullable, number, object, type Shape, text, valuesOf } from "./shape";

/** Of types.ts, as far as this client's callers rely on it (Ironic API reference). */
const NODE = {
  uuid: text,
  name: nullable(text),
  provision_state: text,
  target_provision_state: nullable(text),
  power_state: nullable(text),
  target_power_state: nullable(text),
  last_error: nullable(text),
  maintenance: flag,
  reservation: nullable(text),
  instance_uuid: nullable(text),
  driver: text,
  driver_info: object,
  properties: object,
  instance_info: object,
  extra: object,
  resource_class: nullable(text),
  traits: listOf(text),
  conductor_group: nullable(text),
  owner: nullable(text),
  raid_config: nullable(object),
  target_raid_config: nullable(object),
};
const PORT = {
  uuid: text,
  node_uuid: text,
  address: text,
  pxe_enabled: flag,
  portgroup_uuid: nullable(text),
  local_link_connection: object,
  physical_network: nullable(text),
  is_smartnic: flag,
  extra: object,
  name: nullable(text),
};
const PORT_GROUP = { uuid: text, node_uuid: text, address: nullable(text), name: nullable(text), extra: object };
const ALLOCATION = {
  uuid: text,
  name: nullable(text),
  node_uuid: nullable(text),
  resource_class: nullable(text),
  candidate_nodes: listOf(text),
  traits: listOf(text),
  state: text,
  last_error: nullable(text),
  extra: object,
};
/** Inspection leaves out, or leaves null, what it did not find. */
const INVENTORY = fields({
  cpu: nullable(fields({ architecture: nullable(text), count: nullable(number) })),
  memory: nullable(fields({ physical_mb: nullable(number) })),
  interfaces: nullable(listOf(object)),
});

interface Resource {
  /** With an article. */
  readonly name: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  /** Fields that a whole one always has, whatever the microversion. */
  readonly required: readonly string[];
}

/** By the part of the path after `/v1/`. */
const RESOURCES: ReadonlyMap<string, Resource> = new Map([
  [
    "nodes",
    {
      name: "a node",
      shapes: NODE,
      required: [
        "uuid",
        "provision_state",
        "power_state",
        "driver",
        "driver_info",
        "properties",
        "instance_info",
        "extra",
        "maintenance",
        "instance_uuid",
        "last_error",
      ],
    },
  ],
  ["ports", { name: "a port", shapes: PORT, required: ["uuid", "node_uuid", "address", "extra"] }],
  ["portgroups", { name: "a port group", shapes: PORT_GROUP, required: ["uuid", "node_uuid"] }],
  ["allocations", { name: "an allocation", shapes: ALLOCATION, required: Object.keys(ALLOCATION) }],
]);

interface Expected {
  readonly name: string;
  readonly shape: Shape;
}

/** By the part of the path after a node. */
const BELOW_NODES: ReadonlyMap<string, Expected> = new Map([
  [
    "validate",
    {
      name: "the validation of a node",
      shape: valuesOf(fields({ result: nullable(flag), reason: nullable(text) }, ["result"])),
    },
  ],
  ["inventory", { name: "an inventory", shape: fields({ inventory: INVENTORY }, ["inventory"]) }],
]);

/**
 * A response's body, checked, so that something else behind the URL is reported as that.
 * @param path with its query: `fields` may leave out some of what is otherwise there
 * @throws {UnexpectedAnswerError} which says what was expected
 */
export function checkBody(method: string, path: string, content: unknown): unknown {
  const expected = expectedOf(method, path);
  const fault = content === undefined ? "it is empty" : expected?.shape(content);
  if (expected === undefined || fault === undefined) return content;
  const [route = ""] = path.split("?");
  throw new UnexpectedAnswerError(`${method} ${route}: the response is not ${expected.name}: ${fault}`, {
    hint: "check the URL: something other than Ironic may be answering there",
  });
}

/** undefined where nothing is read of what comes: changes of a node's state are answered with nothing. */
function expectedOf(method: string, path: string): Expected | undefined {
  if (method === "PUT" || method === "DELETE") return undefined;
  const [route = "", query] = path.split("?");
  const [, , collection = "", id, below] = route.split("/");
  if (below !== undefined) return BELOW_NODES.get(below);
  const resource = RESOURCES.get(collection);
  if (resource === undefined) return undefined;
  const asked = new URLSearchParams(query).get("fields")?.split(",");
  const required = resource.required.filter((name) => asked === undefined || asked.includes(name));
  const shape = fields(resource.shapes, required);
  if (id !== undefined || method === "POST") return { name: resource.name, shape };
  return {
    name: `a list of ${collection}`,
    shape: fields({ [collection]: listOf(shape), next: nullable(text) }, [collection]),
  };
}
