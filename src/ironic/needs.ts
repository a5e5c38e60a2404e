/**
 * The microversions that introduced fields of request bodies, by collection (Ironic, "REST API Version History", and
 * `ironic.api.controllers.v1.utils.VERSIONED_FIELDS`). With an older one Ironic responds with 406 and does not name the field.
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
    retired: "1.61",
    lessee: "1.65",
    network_data: "1.66",
    parent_node: "1.83",
    firmware_interface: "1.86",
    disable_power_off: "1.95",
  },
  ports: {
    pxe_enabled: "1.19",
    local_link_connection: "1.19",
    portgroup_uuid: "1.24",
    physical_network: "1.34",
    is_smartnic: "1.53",
    name: "1.88",
  },
};

/** The fields of a request that need a newer microversion than the request has: `owner needs 1.50`. */
export function newerFields(path: string, body: unknown, isOlder: (microversion: string) => boolean): string[] {
  const [route = ""] = path.split("?");
  const [, , collection = "", , below] = route.split("/");
  const known = below === undefined && Object.hasOwn(FIELDS, collection) ? FIELDS[collection] : undefined;
  return [...new Set(sentFields(body))].flatMap((field) => {
    const needed = known && Object.hasOwn(known, field) ? known[field] : undefined;
    return needed !== undefined && isOlder(needed) ? [`${field} needs ${needed}`] : [];
  });
}

/** The fields of a new resource, or of a JSON patch. */
function sentFields(body: unknown): string[] {
  if (!Array.isArray(body)) return Object.keys((body ?? {}) as object);
  return body.flatMap(({ path }: { path?: unknown }) => (typeof path === "string" ? [path.split("/")[1] ?? ""] : []));
}
