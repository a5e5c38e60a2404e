import {
  type IronicClient,
  isBefore,
  isBusy,
  type JsonObject,
  type NodeState as Progress,
  ProvisionError,
  undeployedGoal,
  verbToCancel,
} from "../../ironic";
import type { Diagnostics, Logger } from "../../tfplugin";
import { isEmpty } from "../values";
import { cleaningFor } from "./clean-steps";
import { changePower } from "./power";
import type { NodePlanned, NodeState } from "./schema";

export interface Machine {
  readonly client: IronicClient;
  readonly uuid: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** Writes a node's way through Ironic's state machine to the log, a line for each state. */
export function progress({ log }: Pick<Machine, "log">): (node: Progress) => void {
  let seen = "";
  return ({ uuid, name, provision_state, target_provision_state }) => {
    const now = `${provision_state} ${target_provision_state}`;
    if (now === seen) return;
    seen = now;
    log.info(`node ${name ?? uuid}: ${provision_state}`, { node: uuid, target: target_provision_state });
  };
}

/**
 * Takes a node as far as its flags say: `manage`, `clean`, `inspect`, `available`, then the power state. Each flag is an order
 * given once, when it is set; `available` and `manage` are given again when the node fell behind them.
 */
export async function obey(
  machine: Machine,
  planned: NodePlanned,
  before: NodeState | undefined,
  diagnostics: Diagnostics,
): Promise<void> {
  const { client, uuid, signal } = machine;
  const onState = progress(machine);
  const ordered = (flag: "manage" | "clean" | "inspect" | "available") =>
    planned[flag] === true && before?.[flag] !== true;
  const atRest = await client.waitUntilIdle(uuid, { signal, onState });
  let from: Progress | undefined = atRest;
  const fresh = isBefore(atRest, "manageable");
  if (ordered("clean") || ordered("inspect") || (ordered("manage") && fresh)) {
    from = await client.moveTo(uuid, "manageable", { signal, onState, from });
  } else if (before?.available === true && planned.available === false && atRest.provision_state === "available") {
    from = await client.moveTo(uuid, "manageable", { signal, onState, from });
  }
  if (ordered("clean")) await clean(machine, planned, diagnostics);
  if (ordered("inspect")) await run(machine, "inspect");
  const worked = ordered("clean") || ordered("inspect");
  if (worked) from = undefined;
  if (planned.available === true && (ordered("available") || worked)) {
    const { power_state } = await client.moveTo(uuid, "available", { signal, onState, ...(from && { from }) });
    // Verification reads the power state; a driver that could not say (fake hardware) leaves it unknown, and Ironic allocates
    // no such node. A node at rest in available is one that may be off.
    if (power_state === null && isEmpty(planned.target_power_state)) {
      await changePower(client, uuid, "power off", planned.power_state_timeout as number | null, signal);
    }
  }
  const target = planned.target_power_state as string | null;
  if (target && target !== before?.target_power_state) {
    await changePower(client, uuid, target, planned.power_state_timeout as number | null, signal);
  }
}

async function clean(machine: Machine, planned: NodePlanned, diagnostics: Diagnostics): Promise<void> {
  const { client, uuid, signal } = machine;
  const hasRootDevice = Object.keys(planned.root_device ?? {}).length > 0;
  const [raid, bios] = [planned.raid_config as string | null, planned.bios_settings as string | null];
  const { steps, targetRaidConfig } = cleaningFor(raid, bios, hasRootDevice);
  if (steps.length === 0) {
    const detail = "clean = true runs the steps of raid_config and bios_settings, and there are none.";
    return diagnostics.warning("Nothing to clean", { detail, path: ["clean"] });
  }
  if (targetRaidConfig) await client.setRaidConfig(uuid, targetRaidConfig, { signal });
  await run(machine, "clean", steps);
}

/** An action that starts from `manageable` and comes back to it. */
async function run(machine: Machine, verb: "clean" | "inspect", cleanSteps?: readonly JsonObject[]): Promise<void> {
  const { client, uuid, signal } = machine;
  await client.provision(uuid, verb, { signal, ...(cleanSteps && { cleanSteps }) });
  const node = await client.waitUntilIdle(uuid, { signal, onState: progress(machine) });
  if (node.provision_state === "manageable") return;
  throw new ProvisionError(
    node.name ?? uuid,
    node.provision_state,
    node.last_error ?? undefined,
    `manageable, after ${verb}`,
  );
}

/** Takes whatever is deployed off a node, so that it rests where it can be deployed again. */
export async function undeploy(machine: Machine): Promise<void> {
  const { client, uuid, signal } = machine;
  const onState = progress(machine);
  const now = await client.waitUntil(uuid, () => true, { signal });
  const exit = verbToCancel(now);
  if (exit) await client.provision(uuid, exit, { signal });
  const node = exit || isBusy(now) ? await client.waitUntilIdle(uuid, { signal, onState }) : now;
  const goal = undeployedGoal(node);
  if (goal) await client.moveTo(uuid, goal, { signal, onState, from: node });
}
