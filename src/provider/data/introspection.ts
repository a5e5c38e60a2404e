import { type IronicInventory, isInspecting } from "../../ironic";
import { computed, required, schema, t } from "../../tfplugin";
import { isIdentifier } from "../identifier";
import { dataSource } from "../plugin";

const introspectionSchema = schema({
  description: "What inspection found out about a node.",
  attributes: {
    uuid: required(t.string, { description: "The node's UUID or name.", validate: isIdentifier }),
    id: computed(t.string, { description: "The node's UUID." }),
    finished: computed(t.bool, { description: "Whether an inspection has ended." }),
    finished_at: computed(t.string, { description: "When it ended, in UTC: `2026-01-31T12:00:00`." }),
    started_at: computed(t.string, { description: "When it began, in UTC." }),
    error: computed(t.string, { description: "Why it failed." }),
    state: computed(t.string, { description: "`finished`, `error`, `waiting` or `starting`." }),
    interfaces: computed(t.list(t.map(t.string)), { description: "Network interfaces: `name`, `mac`, `ip`." }),
    cpu_arch: computed(t.string, { description: "Such as `x86_64`." }),
    cpu_count: computed(t.number, { description: "How many CPUs." }),
    memory_mb: computed(t.number, { description: "Memory in MiB." }),
  },
});

/**
 * The old provider asked Ironic Inspector, which was retired; since 2023.2 Ironic itself keeps what inspection found (API
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

/** As the old provider wrote it: UTC, to the second, and without saying so. */
function time(value: unknown): string | null {
  return text(value)?.replace(/(\.\d+)?(Z|\+00:00)$/, "") ?? null;
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
