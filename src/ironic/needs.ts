import type { MicroversionNeed } from "./errors";
import { compareVersions } from "./microversion";

/**
 * The microversions that introduced fields of request bodies, by collection (Ironic, "REST API Version History", and
 * `ironic.api.controllers.v1.utils.VERSIONED_FIELDS`).
 */
const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nodes: {
    name: "1.5",
    network_interface: "1.20",
    resource_class: "1.21",
    boot_interface: "1.31",
    console_interface: "1.31",
    deploy_interface: "1.31",
    inspect_interface: "1.31",
    management_interface: "1.31",
    power_interface: "1.31",
    raid_interface: "1.31",
    vendor_interface: "1.31",
    storage_interface: "1.33",
    rescue_interface: "1.38",
    bios_interface: "1.40",
    conductor_group: "1.46",
    automated_clean: "1.47",
    protected: "1.48",
    owner: "1.50",
    description: "1.51",
    protected_reason: "1.48",
    retired: "1.61",
    retired_reason: "1.61",
    lessee: "1.65",
    network_data: "1.66",
    shard: "1.82",
    parent_node: "1.83",
    firmware_interface: "1.86",
    disable_power_off: "1.95",
    instance_name: "1.104",
  },
  ports: {
    pxe_enabled: "1.19",
    local_link_connection: "1.19",
    portgroup_uuid: "1.24",
    physical_network: "1.34",
    is_smartnic: "1.53",
    name: "1.88",
    description: "1.97",
    category: "1.101",
  },
  portgroups: { mode: "1.26", properties: "1.26", physical_network: "1.102", category: "1.103" },
  allocations: { owner: "1.60" },
  runbooks: { description: "1.112" },
};

/**
 * What a request's fields need, where that is newer than its microversion. Ironic would respond with 406, and not name the field.
 * @param isOlder whether the request's microversion is older than another
 */
export function neededByFields(
  path: string,
  body: unknown,
  isOlder: (microversion: string) => boolean,
): MicroversionNeed | undefined {
  const [route = ""] = path.split("?");
  const [, , collection = "", , below] = route.split("/");
  const known = below === undefined && Object.hasOwn(FIELDS, collection) ? (FIELDS[collection] ?? {}) : {};
  const newer = [...new Set(sentFields(body))].flatMap((field) => {
    const since = Object.hasOwn(known, field) ? known[field] : undefined;
    return since !== undefined && isOlder(since) ? [{ field, since }] : [];
  });
  const [newest, ...others] = newer.sort((a, b) => compareVersions(b.since, a.since));
  if (newest === undefined) return undefined;
  const more = others.map(({ field, since }) => `, ${since} for ${field}`).join("");
  return { microversion: newest.since, purpose: `${newest.field} of ${collection}${more}` };
}

/** The fields of a new resource, or of a JSON patch. */
function sentFields(body: unknown): string[] {
  if (!Array.isArray(body)) return Object.keys((body ?? {}) as object);
  return body.flatMap(({ path }: { path?: unknown }) => (typeof path === "string" ? [path.split("/")[1] ?? ""] : []));
}
