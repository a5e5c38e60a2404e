import { type IronicClient, type IronicNode, mayBeAdopted } from "../../ironic";
import { type Config, type Diagnostics, type KnownConfig, ProviderError } from "../../tfplugin";
import { tryGetNode, warnAfter } from "../shared/maintenance";
import type { PlannedNode, PlannedNodes } from "../shared/planned-nodes";
import { type NodeContext, progress } from "../shared/provisioning";
import { patchInstanceInfo } from "./fields";
import { heldFromNowOn, priorOf, whenIdle } from "./first-deployment";
import { protecting } from "./protection";
import type { DeploymentPlanned, DeploymentSchema } from "./schema";
import { hasMark, removeMark } from "./unfinished";

// Adoption of a machine that runs already (`_do_adoption` of ironic.conductor.manager, the same in Ironic 29 and 39): from `manageable` or
// `adopt failed`, Ironic has the boot interface prepare what the node needs to boot, with the boot device and the boot mode left as they
// are (`node_set_boot_device` of ironic.conductor.utils), and makes it `active`. It does not fetch the image, unless the node boots over
// the network, and takes no config drive. No disk is written, and none may be by what this provider does around it: no way leads through
// `available`, because that is reached by a cleaning.

/** The mark of an unfinished adoption. A deployment that finds it deploys: nothing that it compares has been deployed. */
const MARK = "adoption";

/** Reports an adoption that a change would replace: the replacement undeploys the machine first. */
export function checkAdoption({ adopt, on_change }: Config<DeploymentSchema>, diagnostics: Diagnostics): void {
  if (adopt !== true || on_change !== "replace") return;
  const detail =
    'With on_change = "replace", a change undeploys the node, and the machine is then cleaned and no longer there to adopt. Remove one of the two: without on_change, a change rebuilds the node.';
  diagnostics.error("An adopted node can't be replaced", { detail, path: ["adopt"] });
}

/**
 * Refuses to plan an adoption that the plan of its node, or the node's state, does not allow.
 * @param node the node in Ironic; undefined where it does not exist yet, or could not be read
 * @param planned the plan of the node in this run
 * @throws {ProviderError}
 */
export function refuseAdoption(node: IronicNode | undefined, planned: PlannedNode | undefined): void {
  if (planned !== undefined && planned.cleanedBy.length > 0) throw cleanedFirst(planned);
  if (node !== undefined && !planned?.withdrawn) requireAdoptable(node);
}

/**
 * Refuses to adopt a node whose state does not allow it, before anything is changed.
 * @throws {ProviderError}
 */
function requireAdoptable(node: IronicNode): void {
  const { name, uuid, provision_state: state } = node;
  const subject = `Node ${name ?? uuid}`;
  if (state === "active" && !hasMark(node)) {
    throw new ProviderError("Something is deployed on this node already", {
      detail: `${subject} is active: Ironic manages the machine already, and there is nothing to adopt. Import it (terraform import ADDRESS ${uuid}, with the resource's address). Where the plan replaces this deployment, remove what replaces it: that would undeploy the machine first.`,
      path: ["adopt"],
    });
  }
  if (state === "active" || mayBeAdopted(node)) return;
  const detail =
    state === "available"
      ? `${subject} is available: an allocation or another service may take it at any time, and Ironic has cleaned it, if it is configured to. Ironic adopts nodes in state "manageable" only, and nothing was changed. If the machine does run what is configured, run \`baremetal node manage ${uuid}\`, or set available = false in its ironic_node_v1 and manage = true, and apply again. To deploy the image instead, remove adopt.`
      : `${subject} is in state "${state}", and Ironic adopts nodes in state "manageable" or "adopt failed" only. Nothing was changed. If the machine does run what is configured, move the node to manageable first (\`baremetal node manage ${uuid}\` where its state allows that). To deploy the image instead, remove adopt.`;
  throw new ProviderError("The node can't be adopted", { detail, path: ["adopt"] });
}

/**
 * Checks an adoption whose node is not known yet, where the apply cleans nodes that it creates. The adopted one is among the created nodes:
 * a node is planned before what refers to it. Which one it is can't be known at plan. Nothing is reported where as many nodes follow the
 * advice as are adopted: a rack with new machines beside adopted ones would be warned of with every plan.
 * @throws {ProviderError} when each of them is cleaned
 */
export function checkCreated(nodes: PlannedNodes, diagnostics: Diagnostics): void {
  const created = nodes.created();
  const [first, ...others] = created.filter(({ cleanedBy }) => cleanedBy.length > 0);
  const adoptions = nodes.adoptsUnknown();
  const ready = created.filter(({ managed, cleanedBy }) => managed && cleanedBy.length === 0);
  if (first === undefined || adoptions <= ready.length) return;
  if (others.length + 1 === created.length) throw cleanedFirst(first);
  const names = [first, ...others].map(({ name }) => (typeof name === "string" ? name : "one without a name")).sort();
  const shown = names.length > 5 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  const detail = `Ironic cleans a new node before it is available, which may erase the disks of a machine that runs. This apply makes new nodes available, or cleans them: ${shown.join(", ")}. If the adopted node is one of them, set manage = true in its ironic_node_v1, and neither available nor clean.`;
  diagnostics.warning("Is the adopted node cleaned first?", { detail, path: ["adopt"] });
}

function cleanedFirst({ name, uuid, cleanedBy }: PlannedNode): ProviderError {
  const detail = `This apply has node ${typeof name === "string" ? name : (uuid ?? "without a name")} cleaned, by ${cleanedBy.join(" and ")} = true in its ironic_node_v1: that may erase the disks of a machine that runs. Set manage = true there, and remove ${cleanedBy.join(" and ")}; an adopted node is in use and needs neither.`;
  return new ProviderError("The adopted node would be cleaned first", { detail, path: ["adopt"] });
}

/**
 * The node of an adoption.
 * @throws {ProviderError} when its state does not allow an adoption
 */
export async function adoptableNode(client: IronicClient, reference: string, signal: AbortSignal): Promise<IronicNode> {
  const node = await client.getNode(reference, { signal });
  requireAdoptable(node);
  return node;
}

/** An adoption. */
export interface Adoption {
  readonly context: NodeContext;
  readonly planned: DeploymentPlanned;
  readonly config: KnownConfig<DeploymentSchema>;
  readonly diagnostics: Diagnostics;
}

/**
 * Adopts a node, or continues with an unfinished adoption. An interruption is an error, and leaves no state: the next apply finds the
 * mark.
 * @returns the node after the adoption
 */
export async function adopt(adoption: Adoption, found: IronicNode): Promise<IronicNode> {
  const { context, planned, config, diagnostics } = adoption;
  const { client, uuid, signal } = context;
  try {
    const idle = await whenIdle(context);
    requireAdoptable(idle);
    const before = await heldFromNowOn(context, idle);
    const prior = hasMark(found) ? priorOf(before, planned) : null;
    const change = { redeploy: false, overrides: undefined, removeConfigDrive: false, mark: MARK };
    const from = await patchInstanceInfo(context, before, planned, prior, config, change);
    await client.moveTo(uuid, "adopted", { signal, onState: progress(context), from });
    return await removeMark(context, protecting(found, planned));
  } catch (error) {
    const last = await tryGetNode(client, uuid);
    warnAfter(error, last, diagnostics);
    if (last !== undefined && hasMark(last)) warnOfUnfinished(last, diagnostics);
    throw error;
  }
}

function warnOfUnfinished({ name, uuid, provision_state: state }: IronicNode, diagnostics: Diagnostics): void {
  const detail = `Node ${name ?? uuid} is in state "${state}"; its machine runs on as before. The next apply continues from there: Ironic adopts again from "adopt failed", once instance_info and driver_info have what it misses. To give it up, remove the deployment from the configuration and run \`baremetal node manage ${uuid}\`.`;
  diagnostics.warning("The adoption has not finished", { detail });
}
