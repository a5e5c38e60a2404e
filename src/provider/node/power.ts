import type { IronicClient } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import { within } from "../timeouts";

/** The power state that an action ends in. */
export function reached(target: string): "power on" | "power off" {
  return target === "power off" || target === "soft power off" ? "power off" : "power on";
}

/** Takes a node to a power state and waits for it. */
export async function changePower(
  client: IronicClient,
  uuid: string,
  target: string,
  timeout: number | null,
  signal: AbortSignal,
): Promise<void> {
  await within(signal, timeout ? `${timeout}s` : null, "5m", `The power action "${target}"`, async (limited) => {
    await client.setPower(uuid, target, { signal: limited, timeout: timeout ?? undefined });
    await client.waitUntil(
      uuid,
      ({ power_state, target_power_state, last_error }) =>
        target_power_state === null && (power_state === reached(target) || last_error !== null),
      { signal: limited },
    );
  });
  const { power_state, last_error, name } = await client.getNode(uuid, { signal });
  if (power_state === reached(target)) return;
  // Ironic 29.0.5 makes every node that is patched its own child, and does not cut the power of one whose child is locked: by
  // itself. Asked to shut down, it does not look at children.
  if (target === "power off" && last_error?.includes(`child_node ${uuid} `)) {
    return changePower(client, uuid, "soft power off", timeout, signal);
  }
  throw new ProviderError(`The node is not in power state "${reached(target)}"`, {
    detail: `Node ${name ?? uuid} is in power state "${power_state ?? "unknown"}". Ironic says: ${last_error ?? "nothing"}.`,
    path: ["target_power_state"],
  });
}
