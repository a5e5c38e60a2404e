import { diff, type IronicClient, type IronicPort, type JsonObject } from "../../ironic";
import { type Diagnostics, isUnknown, type Unknown } from "../../tfplugin";
import { isMac } from "../shared/validators";
import { type TextMap, withoutNulls } from "../shared/values";

/** What a port in a node's `ports` may say, and the API's name for it. Terraform's map has only strings. */
const FIELDS = {
  pxe_enabled: "pxe_enabled",
  is_smart_nic: "is_smartnic",
  physical_network: "physical_network",
  port_group_uuid: "portgroup_uuid",
} as const;
type Field = keyof typeof FIELDS;
const names = Object.keys(FIELDS) as Field[];
const BOOLEANS = new Set<Field>(["pxe_enabled", "is_smart_nic"]);

const address = (port: { readonly address?: string }) => (port.address ?? "").toLowerCase().replaceAll("-", ":");

/** Says what is wrong with the ports as far as they are known. */
export function checkPorts(
  ports: readonly (Readonly<Record<string, string | Unknown>> | Unknown)[] | Unknown | null,
  diagnostics: Diagnostics,
): void {
  if (ports === null || isUnknown(ports)) return;
  const path = ["ports"];
  for (const port of ports) {
    if (isUnknown(port)) continue;
    const { address: mac, ...rest } = withoutNulls(port as Readonly<Record<string, string | Unknown>>);
    if (mac === undefined) diagnostics.error("A port without address", { path, detail: "Every port has an address." });
    else if (!isUnknown(mac) && isMac(mac) !== undefined) {
      diagnostics.error("Not a MAC address", {
        path,
        detail: `A port's address must be a MAC address, and ${mac} is none.`,
      });
    }
    for (const name of BOOLEANS) {
      const value = rest[name];
      if (value === undefined || isUnknown(value) || value === "true" || value === "false") continue;
      const detail = `A port's ${name} is "true" or "false": ${value} is taken for "false".`;
      diagnostics.warning("Not a boolean", { path, detail });
    }
    const stray = Object.keys(rest).filter((name) => !Object.hasOwn(FIELDS, name));
    if (stray.length > 0) {
      const detail = `${stray.join(", ")} will not reach Ironic: a port here has address, ${names.join(", ")}. Use ironic_port_v1 for more.`;
      diagnostics.warning("Unknown field of a port", { path, detail });
    }
  }
}

/**
 * Ports as state holds them: those it knows, with what Ironic has for what they say; without those that are gone.
 * @param appliedHere false where the old provider made them: it sent the address and `pxe_enabled`, and nothing else of what they say
 */
export function readPorts(
  prior: readonly TextMap[] | null,
  now: readonly IronicPort[],
  appliedHere: boolean,
): readonly TextMap[] | null {
  if (prior === null || prior.length === 0) return prior;
  return prior.flatMap((was) => {
    const port = now.find((each) => address(each) === address(was));
    if (!port) return [];
    const read = Object.entries(was).map(([name, value]): [string, string] => {
      if (!Object.hasOwn(FIELDS, name) || (!appliedHere && name !== "pxe_enabled")) return [name, value];
      const [said, is] = [toApi(name as Field, value), port[FIELDS[name as Field]] ?? null];
      return [name, said === is ? value : String(is ?? "")];
    });
    return [Object.fromEntries(read)];
  });
}

/**
 * Makes a node's ports what is planned: one that is there already is taken over, one that was planned before is removed, and one
 * that does not change is not looked at.
 * @param appliedHere false where the old provider made those before, and did not send all that they say
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
  const there = new Map((await client.listPorts(node, { signal })).map((port) => [address(port), port]));
  const wanted = new Map((planned ?? []).map((port) => [address(port), port]));
  for (const gone of (before ?? []).map(address)) {
    const port = there.get(gone);
    if (port && !wanted.has(gone)) await client.deletePort(port.uuid, { signal });
  }
  for (const [mac, port] of wanted) {
    if (unchanged.includes(canonical(port))) continue;
    const fields = toFields(port);
    const existing = there.get(mac);
    if (existing) await client.patchPort(existing.uuid, diff(existing as unknown as JsonObject, fields), { signal });
    else await client.createPort({ node_uuid: node, address: mac, ...fields }, { signal });
  }
}

/** The old provider sent `pxe_enabled = false` for a port that does not say; so do its users' ports stay as they are. */
function toFields(port: TextMap): JsonObject {
  const said = names.filter((name) => (port[name] ?? undefined) !== undefined);
  const fields = Object.fromEntries(said.map((name) => [FIELDS[name], toApi(name, port[name] ?? "")]));
  return { pxe_enabled: false, ...fields };
}

function toApi(name: Field, value: string): string | boolean | null {
  if (!BOOLEANS.has(name)) return value === "" ? null : value;
  return value === "true";
}

/** Whether both say the same ports: in whatever order, and an address in whatever letters. */
export function samePorts(some: readonly TextMap[], others: readonly TextMap[]): boolean {
  const known = others.map(canonical);
  return some.length === known.length && some.every((port) => known.includes(canonical(port)));
}

/** The same for the same port. */
function canonical(port: TextMap): string {
  const said = Object.entries({ ...withoutNulls(port), address: address(port) });
  return JSON.stringify(said.sort(([a], [b]) => (a < b ? -1 : 1)));
}
