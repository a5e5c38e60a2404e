import { Fault, type Thing } from "./fault";

/** The minor versions of the filters of the list of nodes that have a check (ironic.api.controllers.v1.utils). */
const SINCE: Readonly<Record<string, number>> = {
  ...{ provision_state: 9, driver: 16, resource_class: 21, fault: 42, conductor_group: 46, owner: 50, lessee: 65 },
  ...{ shard: 82, sharded: 82, include_children: 83, parent_node: 83, instance_name: 104 },
};
/** The filters that compare a column (`_NODE_QUERY_FIELDS` of ironic.db.sqlalchemy.api). */
const COLUMNS = [
  ...["maintenance", "retired", "driver", "resource_class", "provision_state", "fault", "conductor_group", "owner"],
  ...["lessee", "instance_uuid", "instance_name", "chassis_uuid"],
];
/** The filters whether a column has a value (`_NODE_NON_NULL_FILTERS`). */
const NON_NULL: Readonly<Record<string, string>> = { associated: "instance_uuid", sharded: "shard" };
const OTHERS = ["shard", "description_contains", "include_children", "parent_node"];
/** Parameters that are no filters. */
const PLAIN = ["fields", "detail", "limit", "marker", "sort_key", "sort_dir"];
const FLAGS = ["maintenance", "retired", "associated", "sharded", "include_children"];
const FAULTS = ["power failure", "clean failure", "rescue abort failure", "service failure"];

/** The nodes of a list, by the filters of its query (`NodesController.get_all`). */
export function matchingNodes(nodes: readonly Thing[], query: URLSearchParams, minor: number): readonly Thing[] {
  for (const name of query.keys()) {
    if (![...COLUMNS, ...Object.keys(NON_NULL), ...OTHERS, ...PLAIN].includes(name)) {
      throw new Fault(400, `Unexpected arguments: ${name}`);
    }
    if (minor < (SINCE[name] ?? 0)) {
      const least = `The minimal required API version should be 1.${SINCE[name]}`;
      throw new Fault(406, `Request not acceptable. ${least}`);
    }
  }
  const state = query.get("provision_state");
  if (state !== null && !/^[a-z -]+$/.test(state)) throw new Fault(400, `Provision state "${state}" is not valid`);
  const fault = query.get("fault");
  if (fault !== null && !FAULTS.includes(fault)) throw new Fault(400, `Unrecognized fault "${fault}" is specified`);
  return nodes.filter((node) => matches(node, query));
}

function matches(node: Thing, query: URLSearchParams): boolean {
  const wanted = (name: string) => (FLAGS.includes(name) ? query.get(name)?.toLowerCase() === "true" : query.get(name));
  const given = (name: string) => query.has(name);
  const description = query.get("description_contains")?.toLowerCase();
  const parent = query.get("parent_node");
  return (
    COLUMNS.filter(given).every((name) => node[name] === wanted(name)) &&
    Object.entries(NON_NULL).every(([name, column]) => !given(name) || (node[column] !== null) === wanted(name)) &&
    (!given("shard") || shardsOf(query).includes(String(node.shard))) &&
    (description === undefined ||
      String(node.description ?? "")
        .toLowerCase()
        .includes(description)) &&
    // With include_children, the parent is ignored.
    (wanted("include_children") === true || node.parent_node === parent)
  );
}

/** `string_list` of ironic.common.args: a single value is a list with commas, in lower case. */
function shardsOf(query: URLSearchParams): readonly string[] {
  const [first = "", ...others] = query.getAll("shard");
  return others.length > 0 ? [first, ...others] : first.split(",").map((each) => each.trim().toLowerCase());
}
