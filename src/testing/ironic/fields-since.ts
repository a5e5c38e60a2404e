import { Fault, type Thing } from "./fault";

/** The minor version that introduced a field, of those that clients here read and set, by collection. */
const FIELDS_SINCE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  nodes: {
    ...{ traits: 37, rescue_interface: 38, bios_interface: 40, fault: 42, conductor_group: 46, automated_clean: 47 },
    ...{ protected: 48, protected_reason: 48, owner: 50, description: 51, retired: 61, retired_reason: 61, lessee: 65 },
    ...{
      network_data: 66,
      boot_mode: 75,
      secure_boot: 75,
      shard: 82,
      parent_node: 83,
      firmware_interface: 86,
      service_step: 87,
    },
    ...{ disable_power_off: 95, instance_name: 104, health: 109 },
  },
  ports: { name: 88, description: 97, category: 101 },
  portgroups: { physical_network: 102, category: 103 },
  runbooks: { description: 112, traits: 112 },
};

function isNewer(collection: string, minor: number): (field: string) => boolean {
  const since = FIELDS_SINCE[collection] ?? {};
  return (field) => minor < (since[field] ?? 0);
}

interface Response {
  readonly status: number;
  readonly content?: unknown;
}

/** A response without the fields that an older microversion does not have. */
export function withoutNewer(collection: string, minor: number, response: Response): Response {
  const content = response.content as (Thing & { readonly [list: string]: unknown }) | undefined;
  if (content === undefined) return response;
  const newer = isNewer(collection, minor);
  const older = (thing: Thing) => Object.fromEntries(Object.entries(thing).filter(([field]) => !newer(field)));
  const list = content[collection];
  return { ...response, content: Array.isArray(list) ? { ...content, [collection]: list.map(older) } : older(content) };
}

/** Ironic does not name the field. */
export function refuseNewer(collection: string, minor: number, body: unknown): void {
  const sent = Array.isArray(body)
    ? body.map(({ path }: { path: string }) => path.split("/")[1] ?? "")
    : Object.keys((body ?? {}) as Thing);
  if (sent.some(isNewer(collection, minor))) throw new Fault(406, "Request not acceptable.");
}

/** A response with selected fields, which Ironic does not name either. */
export function refuseNewerFields(collection: string, minor: number, fields: readonly string[]): void {
  if (fields.some(isNewer(collection, minor))) throw new Fault(406, "Request not acceptable.");
}
