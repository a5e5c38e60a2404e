import type { IronicClient, IronicNode } from "../../ironic";
import { sleep } from "../../net";
import { ProviderError } from "../../tfplugin";
import { isConfigured } from "../shared/managed";
import type { NodeContext } from "../shared/provisioning";
import type { NodePlanned, NodeState, NodeStored } from "./schema";

type BootMode = Pick<NodePlanned, "boot_mode" | "secure_boot">;
const NAMES = ["boot_mode", "secure_boot"] as const;
/** Poll interval in milliseconds of a change in the firmware. */
const POLL = 250;

/**
 * Sets the boot mode and secure boot in the machine's firmware where they change (microversion 1.76). Ironic does so in the background,
 * with the node locked, and reports a failure in `last_error`.
 * @throws {ProviderError} when Ironic could not set it
 */
export async function applyBootMode(
  { client, uuid, signal }: NodeContext,
  planned: BootMode,
  prior: BootMode | undefined,
): Promise<void> {
  for (const name of NAMES) {
    const target = planned[name];
    if (target === null || target === "" || target === prior?.[name]) continue;
    await client.setBootMode(uuid, name, target, { signal });
    const { name: node, last_error, [name]: now } = await whenUnlocked(client, uuid, signal);
    // Ironic leaves the field as it is where the firmware had the value already.
    if (last_error === null || now === target) continue;
    throw new ProviderError(`${name} could not be set to ${JSON.stringify(target)}`, {
      detail: `Error from Ironic for node ${node ?? uuid}: ${last_error}\n\nNot every driver and BMC supports it; the management interface decides (management_interface).`,
      path: [name],
    });
  }
}

/** The node after the change. It is read by itself: a poll of all nodes may be older than the request, and show no lock yet. */
async function whenUnlocked(client: IronicClient, uuid: string, signal: AbortSignal): Promise<IronicNode> {
  for (;;) {
    const node = await client.getNode(uuid, { signal });
    if (node.reservation === null) return node;
    await sleep(POLL, signal);
  }
}

/** The arguments for state: those in the prior state, with Ironic's values where it knows them. */
export function readBootMode(
  node: IronicNode,
  prior: Pick<NodeStored, keyof BootMode>,
): Pick<NodeState, keyof BootMode> {
  const read = (name: keyof BootMode) => {
    const [before, now] = [prior[name], node[name] ?? null];
    return isConfigured(before) && now !== null ? now : before;
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Pick<NodeState, keyof BootMode>;
}
