import type { IronicNode } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import type { NodeContext } from "../shared/provisioning";
import { isEmpty } from "../shared/values";
import type { NodePlanned, NodeState, NodeStored } from "./schema";

type BootMode = Pick<NodePlanned, "boot_mode" | "secure_boot">;
const NAMES = ["boot_mode", "secure_boot"] as const;

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
    await client.waitUntil(uuid, ({ reservation }) => reservation === null, { signal });
    const { name: node, last_error, [name]: now } = await client.getNode(uuid, { signal });
    // Ironic leaves the field as it is where the firmware had the value already.
    if (last_error === null || now === target) continue;
    throw new ProviderError(`${name} could not be set to ${JSON.stringify(target)}`, {
      detail: `Error from Ironic for node ${node ?? uuid}: ${last_error}\n\nNot every driver and BMC supports it; the management interface decides (management_interface).`,
      path: [name],
    });
  }
}

/** The arguments for state: those in the prior state, with Ironic's values where it knows them. */
export function readBootMode(
  node: IronicNode,
  prior: Pick<NodeStored, keyof BootMode>,
): Pick<NodeState, keyof BootMode> {
  const read = (name: keyof BootMode) => {
    const [before, now] = [prior[name], node[name] ?? null];
    return (isEmpty(before) && before !== false) || now === null ? before : now;
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Pick<NodeState, keyof BootMode>;
}
