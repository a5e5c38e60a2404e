import { IronicApiError, type IronicClient, type IronicNode, maintenanceAdvice, ProvisionError } from "../../ironic";
import type { Diagnostics } from "../../tfplugin";
import { sentence } from "../diagnostics";

/** A warning of a node in maintenance; undefined for any other node. */
export function maintenanceWarning(
  node: IronicNode,
): { readonly summary: string; readonly detail: string } | undefined {
  const advice = maintenanceAdvice(node);
  if (advice === undefined) return undefined;
  const { last_error: error } = node;
  const last = error && !advice.includes(error) ? ` Last error in Ironic: ${sentence(error)}` : "";
  return { summary: "The node is in maintenance", detail: `${sentence(advice)}${last}` };
}

/** Warns of a node in maintenance after an error that does not mention it: a timeout, or a power action that failed. */
export function warnAfter(error: unknown, node: IronicNode | undefined, diagnostics: Diagnostics): void {
  const isExplained =
    error instanceof ProvisionError || (error instanceof IronicApiError && error.reason === "maintenance");
  const warning = isExplained || node === undefined ? undefined : maintenanceWarning(node);
  if (warning !== undefined) diagnostics.warning(warning.summary, warning);
}

/** Runs steps of a node, and follows an error with the warning of {@link warnAfter}. */
export async function warningOfMaintenance<T>(
  { client, uuid }: { readonly client: IronicClient; readonly uuid: string },
  diagnostics: Diagnostics,
  steps: () => Promise<T>,
): Promise<T> {
  try {
    return await steps();
  } catch (error) {
    warnAfter(error, await tryGetNode(client, uuid), diagnostics);
    throw error;
  }
}

/** A read with a short timeout of its own, after an error: the run may be interrupted, or Ironic unavailable. */
export async function tryGetNode(client: IronicClient, uuid: string): Promise<IronicNode | undefined> {
  try {
    return await client.getNode(uuid, { signal: AbortSignal.timeout(5_000) });
  } catch {
    return undefined;
  }
}
