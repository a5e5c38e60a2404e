import { isBefore, isDeployed, type JsonObject, type NodeState as Progress } from "../../ironic";
import { type Diagnostics, ProviderError } from "../../tfplugin";
import { type NodeContext, progress, waitForState } from "../shared/provisioning";
import { isEmpty } from "../shared/values";
import { applyBootMode } from "./boot-mode";
import { cleaningFor } from "./clean-steps";
import { changePower } from "./power";
import type { NodePlanned, NodeState } from "./schema";

/**
 * Moves a node through the provision states that its flags request: `manage`, `clean`, `inspect`, `available`, then sets the power
 * state. Each flag takes effect once, when it becomes true; `available` and `manage` again after drift, when a read has found the node
 * in an earlier state. A node in use is past `available`: no flag undeploys it.
 * @throws {ProviderError} when a node in use is to be cleaned or inspected
 */
export async function reconcileProvisionState(
  context: NodeContext,
  planned: NodePlanned,
  prior: NodeState | undefined,
  diagnostics: Diagnostics,
): Promise<void> {
  const { client, uuid, signal } = context;
  const onState = progress(context);
  const isRequested = (flag: "manage" | "clean" | "inspect" | "available") =>
    planned[flag] === true && prior?.[flag] !== true;
  const idle = await client.waitUntilIdle(uuid, { signal, onState });
  let from: Progress = idle;
  const isUnmanaged = isBefore(idle, "manageable");
  const isWithdrawn = prior?.available === true && planned.available === false && idle.provision_state === "available";
  const acts = isRequested("clean") || isRequested("inspect");
  if (acts && isDeployed(idle)) throw inUse(idle, isRequested("clean") ? "clean" : "inspect");
  if (acts || (isRequested("manage") && isUnmanaged) || isWithdrawn) {
    from = await client.moveTo(uuid, "manageable", { signal, onState, from });
  }
  if (isRequested("clean")) from = (await clean(context, planned, diagnostics)) ?? from;
  if (isRequested("inspect")) from = await act(context, "inspect");
  await applyBootMode(context, planned, prior);
  if (planned.available === true && (isRequested("available") || acts) && !isDeployed(idle)) {
    const reached = await client.moveTo(uuid, "available", { signal, onState, from });
    // Another client has deployed it meanwhile: its machine is in use.
    if (isDeployed(reached)) return;
    // Verification reads the power state. A driver that can't (fake hardware) leaves it unknown, and Ironic does not allocate such a
    // node. A node that is idle in available may be off.
    if (reached.power_state === null && isEmpty(planned.target_power_state)) {
      await changePower(client, uuid, "power off", planned.power_state_timeout, signal);
    }
  }
  const target = planned.target_power_state;
  if (target && target !== prior?.target_power_state) {
    await changePower(client, uuid, target, planned.power_state_timeout, signal);
  }
}

function inUse({ uuid, name, provision_state }: Progress, action: "clean" | "inspect"): ProviderError {
  return new ProviderError(`A node in use can't be ${action === "clean" ? "cleaned" : "inspected"}`, {
    detail: `Node ${name ?? uuid} is in state "${provision_state}", and Ironic would have to undeploy it first, which this provider does only where its ironic_deployment is destroyed. Remove ${action} = true, or destroy the deployment and apply again.`,
    path: [action],
  });
}

/** @returns the node after its cleaning; undefined where there is nothing to clean */
async function clean(
  context: NodeContext,
  planned: NodePlanned,
  diagnostics: Diagnostics,
): Promise<Progress | undefined> {
  const { client, uuid, signal } = context;
  const hasRootDevice = Object.keys(planned.root_device ?? {}).length > 0;
  const { steps, targetRaidConfig } = cleaningFor(planned.raid_config, planned.bios_settings, hasRootDevice);
  if (steps.length === 0) {
    const detail = "clean = true runs the clean steps of raid_config and bios_settings, and there are none.";
    diagnostics.warning("Nothing to clean", { detail, path: ["clean"] });
    return undefined;
  }
  if (targetRaidConfig) await client.setRaidConfig(uuid, targetRaidConfig, { signal });
  return act(context, "clean", steps);
}

/** Runs an action that starts and ends in `manageable`. */
async function act(
  context: NodeContext,
  verb: "clean" | "inspect",
  cleanSteps?: readonly JsonObject[],
): Promise<Progress> {
  const { client, uuid, signal } = context;
  await client.provision(uuid, verb, { signal, ...(cleanSteps && { cleanSteps }) });
  return waitForState(context, "manageable", `after ${verb}`);
}
