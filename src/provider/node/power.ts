import type { IronicClient } from "../../ironic";
import { ProviderError } from "../../tfplugin";
import { withTimeout } from "../shared/timeouts";
import { POWER_TIMEOUT } from "./schema";

/** The power state in which an action ends. */
export function reached(target: string): "power on" | "power off" {
  return target === "power off" || target === "soft power off" ? "power off" : "power on";
}

/** Changes the power state of a node, and waits for it. */
export async function changePower(
  client: IronicClient,
  uuid: string,
  target: string,
  timeout: number | null,
  signal: AbortSignal,
): Promise<void> {
  await withTimeout(
    signal,
    timeout ? `${timeout}s` : null,
    `${POWER_TIMEOUT}s`,
    `The power action "${target}"`,
    async (limited) => {
      await client.setPower(uuid, target, { signal: limited, timeout: timeout ?? undefined });
      await client.waitUntil(
        uuid,
        ({ power_state, target_power_state, last_error }) =>
          target_power_state === null && (power_state === reached(target) || last_error !== null),
        { signal: limited },
      );
    },
  );
  const { power_state, last_error, name } = await client.getNode(uuid, { signal });
  if (power_state === reached(target)) return;
  // Ironic 29.0.5 makes every patched node its own child, and does not power off a node whose child is locked, here by the node
  // itself. A soft power off does not check children.
  if (target === "power off" && last_error?.includes(`child_node ${uuid} `)) {
    return changePower(client, uuid, "soft power off", timeout, signal);
  }
  throw new ProviderError(`The node is not in power state "${reached(target)}"`, {
    detail: `Node ${name ?? uuid} is in power state "${power_state ?? "unknown"}". Last error in Ironic: ${last_error ?? "none"}.`,
    path: ["target_power_state"],
  });
}
