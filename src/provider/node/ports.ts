import { diff, type IronicClient, type IronicPort, type JsonObject } from "../../ironic";
import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { canonicalMac, isMac } from "../shared/mac";
import { ignoreNotFound } from "../shared/not-found";
import { createOrTakeOver } from "../shared/take-over";
import { atMost, isUuidOrUnset } from "../shared/validators";
import { type TextMap, withoutNulls } from "../shared/values";

/** The keys of a port in `ports` besides its address, and their names in the API. The values of Terraform's map are strings. */
const FIELDS = {
  pxe_enabled: "pxe_enabled",
  is_smart_nic: "is_smartnic",
  physical_network: "physical_network",
  port_group_uuid: "portgroup_uuid",
} as const;
type Field = keyof typeof FIELDS;
const names = Object.keys(FIELDS) as Field[];
const BOOLEANS = new Set<Field>(["pxe_enabled", "is_smart_nic"]);

const address = (port: { readonly address?: string }) => canonicalMac(port.address ?? "");

/** Reports problems of the ports; unknown values have none. */
export function checkPorts(
  ports: readonly (Readonly<Record<string, string | Unknown>> | Unknown)[] | Unknown | null,
  diagnostics: Diagnostics,
): void {
  if (ports === null || isUnknown(ports)) return;
  const path = ["ports"];
  for (const port of ports) {
    if (isUnknown(port)) continue;
    const { address: mac, ...rest } = withoutNulls(port as Readonly<Record<string, string | Unknown>>);
    if (mac === undefined)
      diagnostics.error("A port without address", { path, detail: "Every port needs an address." });
    else if (!isUnknown(mac) && isMac(mac) !== undefined) {
      diagnostics.error("Not a MAC address", {
        path,
        detail: `The address of a port must be a MAC address, and ${mac} is not one.`,
      });
    }
    for (const name of BOOLEANS) {
      const value = rest[name];
      if (value === undefined || isUnknown(value) || value === "true" || value === "false") continue;
      const detail = `${name} of a port is "true" or "false": ${value} is treated as "false".`;
      diagnostics.warning("Not a boolean", { path, detail });
    }
    for (const [name, check] of [
      ["port_group_uuid", isUuidOrUnset],
      ["physical_network", atMost(64)],
    ] as const) {
      const value = rest[name];
      const problem = value === undefined || isUnknown(value) ? undefined : check(value);
      if (problem) diagnostics.error(`Invalid ${name} of a port`, { path, detail: `${name} ${problem}.` });
    }
    const stray = Object.keys(rest).filter((name) => !Object.hasOwn(FIELDS, name));
    if (stray.length > 0) {
      const detail = `${stray.join(", ")} is not sent to Ironic. A port in ports has address, ${names.join(", ")}; for other fields use ironic_port_v1.`;
      diagnostics.warning("Unknown field of a port", { path, detail });
    }
  }
}

/**
 * The ports for state: the prior ones, each configured key refreshed from Ironic; ports that Ironic no longer has are dropped.
 * @param appliedHere false for ports that `openshift-metal3/ironic` created: it sent only `address` and `pxe_enabled`
 */
export function readPorts(
  prior: readonly TextMap[] | null,
  now: readonly IronicPort[],
  appliedHere: boolean,
): readonly TextMap[] | null {
  if (prior === null || prior.length === 0) return prior;
  return prior.flatMap((before) => {
    const port = now.find((each) => address(each) === address(before));
    if (!port) return [];
    const read = Object.entries(before).map(([name, value]): [string, string] => {
      if (!Object.hasOwn(FIELDS, name) || (!appliedHere && name !== "pxe_enabled")) return [name, value];
      const [configured, current] = [toApi(name as Field, value), port[FIELDS[name as Field]] ?? null];
      return [name, configured === current ? value : String(current ?? "")];
    });
    return [Object.fromEntries(read)];
  });
}

/**
 * Creates, patches and deletes the ports of a node: an existing port is taken over, one that is no longer planned is deleted, and an
 * unchanged one is left alone.
 * @param appliedHere false where `openshift-metal3/ironic` created the prior ports, and did not send all of their keys
 */
export async function applyPorts(
  client: IronicClient,
  node: string,
  planned: readonly TextMap[] | null,
  before: readonly TextMap[] | null,
  appliedHere: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (samePorts(planned ?? [], before ?? [])) return;
  const unchanged = appliedHere ? (before ?? []).map(canonical) : [];
  const existing = new Map((await client.listPorts(node, { signal })).map((port) => [address(port), port]));
  const wanted = new Map((planned ?? []).map((port) => [address(port), port]));
  for (const mac of (before ?? []).map(address)) {
    const port = existing.get(mac);
    if (port && !wanted.has(mac)) await ignoreNotFound(() => client.deletePort(port.uuid, { signal }));
  }
  for (const [mac, port] of wanted) {
    if (unchanged.includes(canonical(port))) continue;
    const fields = toFields(port);
    const current = existing.get(mac);
    const patch = (found: IronicPort) =>
      client.patchPort(found.uuid, diff(found as unknown as JsonObject, fields), { signal });
    const create = () => client.createPort({ node_uuid: node, address: mac, ...fields }, { signal });
    const find = () => client.getPort(mac, { signal });
    if (current) await patch(current);
    else await createOrTakeOver(client, node, { create, find, patch }, signal);
  }
}

/** The fields of a port. `pxe_enabled` defaults to false, as in `openshift-metal3/ironic`: ports of its users do not change. */
function toFields(port: TextMap): JsonObject {
  const configured = names.filter((name) => (port[name] ?? undefined) !== undefined);
  const fields = Object.fromEntries(configured.map((name) => [FIELDS[name], toApi(name, port[name] ?? "")]));
  return { pxe_enabled: false, ...fields };
}

function toApi(name: Field, value: string): string | boolean | null {
  if (!BOOLEANS.has(name)) return value === "" ? null : value;
  return value === "true";
}

/** Whether both are the same ports, in any order and with addresses in any notation. */
export function samePorts(some: readonly TextMap[], others: readonly TextMap[]): boolean {
  const known = others.map(canonical);
  return some.length === known.length && some.every((port) => known.includes(canonical(port)));
}

/** A text that is equal for equal ports. */
function canonical(port: TextMap): string {
  const entries = Object.entries({ ...withoutNulls(port), address: address(port) });
  return JSON.stringify(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
