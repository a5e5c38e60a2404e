import { type IronicInventory, isInspecting } from "../../ironic";
import { computed, required, schema, t } from "../../tfplugin";
import { dataSource } from "../plugin";
import { isIdentifier } from "../shared/validators";
import { text } from "./facts";

const introspectionSchema = schema({
  description:
    "State and summary of the last inspection of a node, also while there is none yet. All that it has found is in `ironic_node_inventory`.",
  attributes: {
    uuid: required(t.string, { description: "UUID or name of the node.", validate: isIdentifier }),
    id: computed(t.string, { description: "UUID of the node." }),
    finished: computed(t.bool, {
      description: "Whether an inspection has finished successfully and its results are available.",
    }),
    finished_at: computed(t.string, {
      description: "End of the last inspection, in UTC, such as `2026-01-31T12:00:00`.",
    }),
    started_at: computed(t.string, { description: "Start of the last inspection, in UTC." }),
    error: computed(t.string, { description: "Error of a failed inspection." }),
    state: computed(t.string, {
      description: "State of the inspection: `finished`, `error`, `waiting` or `starting`.",
    }),
    interfaces: computed(t.list(t.map(t.string)), {
      description: "Network interfaces, with the keys `name`, `mac` and `ip`.",
    }),
    cpu_arch: computed(t.string, { description: "CPU architecture, such as `x86_64`." }),
    cpu_count: computed(t.number, { description: "Number of CPUs." }),
    memory_mb: computed(t.number, { description: "Memory size in MiB." }),
  },
});

/**
 * `openshift-metal3/ironic` read from Ironic Inspector, which was retired. Since 2023.2 Ironic stores the inventory itself (API
 * microversion 1.81).
 */
export const introspection = dataSource(introspectionSchema, {
  async read({ config, client: session, signal }) {
    const client = await session.ironic(signal);
    const node = await client.getNode(config.uuid, { signal });
    const found = await client.getInventory(node.uuid, { signal });
    const busy = isInspecting(node);
    const failed = node.provision_state === "inspect failed";
    const finished = found !== undefined && !busy && !failed;
    return {
      uuid: config.uuid,
      id: node.uuid,
      finished,
      finished_at: time(node.inspection_finished_at),
      started_at: time(node.inspection_started_at),
      error: failed ? (node.last_error ?? "") : "",
      state: failed ? "error" : busy ? "waiting" : finished ? "finished" : "starting",
      interfaces: finished ? interfacesOf(found) : null,
      cpu_arch: finished ? (found.inventory.cpu?.architecture ?? null) : null,
      cpu_count: finished ? (found.inventory.cpu?.count ?? null) : null,
      memory_mb: finished ? (found.inventory.memory?.physical_mb ?? null) : null,
    };
  },
});

function interfacesOf({ inventory }: IronicInventory): Record<string, string>[] {
  return (inventory.interfaces ?? []).map(({ name, mac_address, ipv4_address }) => ({
    name: text(name) ?? "",
    mac: text(mac_address) ?? "",
    ip: text(ipv4_address) ?? "",
  }));
}

/** A time in the format of `openshift-metal3/ironic`: UTC, in seconds, without a time zone. */
function time(value: unknown): string | null {
  return text(value)?.replace(/(\.\d+)?(Z|\+00:00)$/, "") ?? null;
}
