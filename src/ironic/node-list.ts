import type { MicroversionNeed } from "./errors";
import { compareVersions } from "./microversion";

/** Filters of the list of nodes that Ironic applies ("Bare Metal API", "List Nodes"), by their names in a query. */
export interface NodeFilters {
  readonly provision_state?: string;
  readonly driver?: string;
  readonly resource_class?: string;
  readonly conductor_group?: string;
  readonly owner?: string;
  readonly lessee?: string;
  readonly shard?: readonly string[];
  readonly sharded?: boolean;
  readonly associated?: boolean;
  readonly maintenance?: boolean;
  readonly retired?: boolean;
  readonly fault?: string;
  readonly description_contains?: string;
  readonly instance_uuid?: string;
  readonly instance_name?: string;
  readonly chassis_uuid?: string;
  /** The parent's UUID. */
  readonly parent_node?: string;
}

/** The microversions of the filters (`check_allow_filter_by_…` in ironic.api.controllers.v1.utils, "REST API Version History"). */
const FILTERS_SINCE: Readonly<Record<keyof NodeFilters, string>> = {
  provision_state: "1.11",
  driver: "1.16",
  resource_class: "1.21",
  conductor_group: "1.46",
  owner: "1.50",
  lessee: "1.65",
  shard: "1.82",
  sharded: "1.82",
  associated: "1.1",
  maintenance: "1.1",
  retired: "1.61",
  fault: "1.42",
  description_contains: "1.51",
  instance_uuid: "1.1",
  instance_name: "1.104",
  chassis_uuid: "1.1",
  parent_node: "1.83",
};

/** The fields of a listed node, which do not include `chassis_uuid` (Ironic 29 to 39 respond with 500 where it is selected), with the microversions that introduced them. */
const FIELDS_SINCE = {
  uuid: "1.1",
  name: "1.5",
  driver: "1.1",
  provision_state: "1.1",
  target_provision_state: "1.1",
  power_state: "1.1",
  maintenance: "1.1",
  maintenance_reason: "1.1",
  last_error: "1.1",
  instance_uuid: "1.1",
  properties: "1.1",
  extra: "1.1",
  resource_class: "1.21",
  traits: "1.37",
  fault: "1.42",
  conductor_group: "1.46",
  protected: "1.48",
  owner: "1.50",
  description: "1.51",
  retired: "1.61",
  lessee: "1.65",
  boot_mode: "1.75",
  secure_boot: "1.75",
  shard: "1.82",
  parent_node: "1.83",
  instance_name: "1.104",
  health: "1.109",
} as const;

/** What a list of nodes has to have for its filters: the newest of their microversions, and the filters by name. */
export function neededByFilters(filters: NodeFilters): MicroversionNeed {
  const names = (Object.keys(filters) as (keyof NodeFilters)[]).filter((name) => filters[name] !== undefined);
  const [newest, ...others] = names.sort((a, b) => compareVersions(FILTERS_SINCE[b], FILTERS_SINCE[a]));
  // Today's names of the provision states.
  if (newest === undefined) return { microversion: "1.11", purpose: "the provision states of nodes" };
  const more = others.map((name) => `, ${FILTERS_SINCE[name]} for ${name}`).join("");
  return { microversion: FILTERS_SINCE[newest], purpose: `the filter ${newest} of nodes${more}` };
}

/**
 * The query of a list with the fields of ListedNode that a microversion has: neither `driver_info` nor `instance_info`, which may hold
 * secrets. Ironic stores conductor groups in lower case, and compares them by case. It reads a single shard as a list with commas, in
 * lower case, and several as they are (`string_list` in ironic.common.args): one shard is sent twice.
 */
export function nodeListQuery(filters: NodeFilters, microversion: string): URLSearchParams {
  const fields = Object.entries(FIELDS_SINCE).flatMap(([name, since]) =>
    compareVersions(microversion, since) < 0 ? [] : [name],
  );
  const query = new URLSearchParams({ fields: fields.join(",") });
  for (const [name, value] of Object.entries(filters) as [keyof NodeFilters, NodeFilters[keyof NodeFilters]][]) {
    if (value === undefined) continue;
    const values = typeof value === "object" ? (value.length === 1 ? [...value, ...value] : value) : [value];
    for (const each of values)
      query.append(name, name === "conductor_group" ? String(each).toLowerCase() : String(each));
  }
  return query;
}

/** Whether a node has a parent. Ironic 29.0.5 makes each node that is patched its own parent: that is none. */
export function isChild({
  uuid,
  parent_node: parent,
}: {
  readonly uuid: string;
  readonly parent_node?: string | null;
}): boolean {
  return typeof parent === "string" && parent !== uuid;
}
