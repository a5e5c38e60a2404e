import type { IronicClient } from "../../ironic";
import type { Kind } from "./kind";
import type { Mode } from "./work";

/**
 * Since Ironic 35, the API answers the lookup of an agent whose node is in "service wait". Earlier releases do so only with
 * `[deploy]fast_track` or without `[api]restrict_lookup`, which no API shows (states.LOOKUP_ALLOWED_STATES; bug 2136818).
 */
const LOOKUP_SINCE = "1.111";

/** What has to be set in an Ironic whose API may refuse the agent of a servicing. */
export const LOOKUP_ADVICE =
  "Ironic before 35 refuses the lookup of the agent of a node that is serviced (bug 2136818), and no step begins, unless ironic.conf has `[api]restrict_lookup = False` or `[deploy]fast_track = True`. Set one of them, or upgrade Ironic";

/** Whether the steps need an agent that this Ironic may refuse. A runbook has its own setting, which is not read for this. */
export async function mayRefuseAgent(
  { verb }: Kind,
  { disableRamdisk }: Pick<Mode, "disableRamdisk">,
  client: IronicClient,
  signal: AbortSignal,
): Promise<boolean> {
  return verb === "service" && !disableRamdisk && !(await client.supports(LOOKUP_SINCE, { signal }));
}
