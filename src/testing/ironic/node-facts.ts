import { Fault, type Thing } from "./fault";
import type { IronicStore } from "./store";

const IDENTITY_SINCE = 114;
const BIOS_DETAILS_SINCE = 74;
const SINCE: Readonly<Record<string, number>> = { inventory: 81, history: 78, firmware: 86, bios: 40 };

/** What Ironic knows of a node's hardware and past: the endpoints below a node that only read; undefined for any other. */
export function nodeFacts(store: IronicStore, node: Thing, what: string, query: URLSearchParams, minor: number) {
  const since = SINCE[what];
  if (since === undefined) return undefined;
  if (minor < since) throw new Fault(404, "The resource could not be found.");
  const uuid = String(node.uuid);
  switch (what) {
    case "inventory": {
      const inventory = store.inventories.get(uuid);
      if (!inventory) throw new Fault(404, `No inspection data found for node ${uuid}.`);
      return inventory;
    }
    case "firmware":
      return { firmware: (store.firmware.get(uuid) ?? []).map((component) => firmware(component, minor)) };
    case "bios":
      return { bios: (store.bios.get(uuid) ?? []).map((setting) => bios(setting, isDetailed(query), minor)) };
    default:
      return { history: history(store.histories.get(uuid) ?? [], query) };
  }
}

function firmware({ vendor = null, model = null, serial_number = null, ...component }: Thing, minor: number): Thing {
  return {
    ...{
      initial_version: null,
      current_version: null,
      last_version_flashed: null,
      created_at: CREATED,
      updated_at: null,
    },
    ...component,
    ...(minor >= IDENTITY_SINCE && { vendor, model, serial_number }),
  };
}

function bios({ name, value, ...details }: Thing, detailed: boolean, minor: number): Thing {
  if (detailed && minor < BIOS_DETAILS_SINCE) throw new Fault(406, "Request not acceptable.");
  const none = {
    ...{ attribute_type: null, allowable_values: [], lower_bound: null, upper_bound: null, min_length: null },
    ...{ max_length: null, read_only: null, reset_required: null, unique: null },
  };
  return { name, value, ...(detailed && { ...none, ...details }), created_at: CREATED, updated_at: null, links: [] };
}

/** Texts are whole only with `detail`. */
function history(events: readonly Thing[], query: URLSearchParams): Thing[] {
  const detailed = isDetailed(query);
  const shown = events.map(({ uuid, created_at, severity, event, ...rest }) => {
    const text = String(event);
    const short = text.length > 255 ? `${text.slice(0, 251)}...` : text;
    return { uuid, created_at, severity, event: detailed ? text : short, ...(detailed && rest), links: [] };
  });
  if (query.get("sort_dir") === "desc") shown.reverse();
  return shown.slice(0, Number(query.get("limit") ?? 1000));
}

const CREATED = "2026-01-31T12:00:00+00:00";

function isDetailed(query: URLSearchParams): boolean {
  return query.get("detail")?.toLowerCase() === "true";
}
