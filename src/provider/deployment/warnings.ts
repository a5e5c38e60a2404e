import { preparesImage, waitsForAgent } from "../../deploy-interface";
import { type DeployWarning, NO_PORT, throughMemory, withoutPort } from "../../deploy-warnings";
import type { IronicClient, IronicNode, IronicPort } from "../../ironic";
import { type Diagnostics, isUnknown, type Path } from "../../tfplugin";
import type { Session } from "../session";
import { maintenanceWarning } from "../shared/maintenance";
import { isUuid } from "../shared/node-reference";
import { isPinned } from "../shared/oci-references";

/** Timeout in milliseconds of the requests to Ironic that a plan sends for warnings only. */
const WARNING_TIMEOUT = 10_000;

/** `instance_info`; its values may be unknown. */
type Info = Readonly<Record<string, unknown>> | null;
type Connect = (signal: AbortSignal) => Promise<IronicClient>;

export interface Warning extends DeployWarning {
  readonly path: Path;
}

/** A deployment at plan. */
export interface PlannedDeployment {
  readonly info: Info;
  /** The node's UUID or name; undefined while unknown. */
  readonly node: string | undefined;
  /** What the apply does: the ports are not checked again for a rebuild, and an adoption deploys nothing. */
  readonly action: "deploy" | "rebuild" | "adopt";
}

/**
 * Warns in a plan of a deployment that would fail or be slow. There are no warnings that depend on an unknown deploy interface.
 * @param known what this process has planned before: `ironic_oci_image`, which is read before resources that refer to it, warns of an
 *   image that goes through the agent's memory with the image's size, and Terraform's apply starts another process, in which only the
 *   deployment warns. A node for which a port is planned has one by the time of the deployment.
 * @returns the node; undefined where it is not known or can't be read
 */
export async function warnAtPlan(
  { info, node, action }: PlannedDeployment,
  connect: Connect,
  { warnedOfMemory, plannedPorts, plannedNodes }: Pick<Session, "warnedOfMemory" | "plannedPorts" | "plannedNodes">,
  signal: AbortSignal,
  diagnostics: Diagnostics,
): Promise<IronicNode | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(WARNING_TIMEOUT)]);
  const found = node === undefined ? undefined : await read(node, info, action, connect, limited);
  if (action === "adopt") return found?.node;
  // One that the apply ends, or begins: see `warnOfMaintenance`.
  const isPlanned = found !== undefined && plannedNodes.find(found.node.uuid)?.maintenance !== undefined;
  if (found !== undefined && !isPlanned) warnOfBlocked(found.node, diagnostics);
  const alreadyWarned = typeof info?.image_source === "string" && warnedOfMemory.has(info.image_source);
  const memory = alreadyWarned ? [] : memoryWarnings(info, found?.node);
  const { uuid = "", name } = found?.node ?? {};
  const getsPort = plannedPorts.has(uuid) || plannedPorts.has(name ?? "");
  const others = (found?.warnings ?? []).filter(({ summary }) => !(getsPort && summary === NO_PORT));
  for (const warning of [...memory, ...others]) diagnostics.warning(warning.summary, warning);
  return found?.node;
}

/** Undefined when the node can't be read: a plan does not fail because of a warning. */
async function read(
  node: string,
  info: Info,
  action: PlannedDeployment["action"],
  connect: Connect,
  signal: AbortSignal,
) {
  try {
    const client = await connect(signal);
    // A plan of many deployments reads their nodes and ports together.
    const found = isUuid(node) ? await client.readNode(node, { signal }) : await client.getNode(node, { signal });
    const ports = () => client.readPorts(found.uuid, { signal });
    return { node: found, warnings: action === "deploy" ? await portWarnings(found, info, ports) : [] };
  } catch {
    return undefined;
  }
}

function warnOfBlocked(node: IronicNode, diagnostics: Diagnostics): void {
  const warning = maintenanceWarning(node);
  if (warning !== undefined) diagnostics.warning(warning.summary, { ...warning, path: ["node_uuid"] });
}

/**
 * The warning of a node whose agent Ironic can't recognise.
 * @param ports the node's ports; called only where an agent deploys
 */
export async function portWarnings(
  node: IronicNode,
  info: Info,
  ports: () => Promise<readonly IronicPort[]>,
): Promise<readonly Warning[]> {
  const deployInterface = interfaceOf(info, node);
  if (deployInterface === undefined || !waitsForAgent(deployInterface)) return [];
  if ((await ports()).length > 0) return [];
  const remedy =
    "Add an ironic_port_v1 that the deployment depends on, or ports to ironic_node_v1, or have the node inspected first.";
  return [{ ...withoutPort(`Node ${node.name ?? node.uuid}`, deployInterface, remedy), path: ["node_uuid"] }];
}

function memoryWarnings(info: Info, node: IronicNode | undefined): readonly Warning[] {
  const source = text(info?.image_download_source) ?? text(node?.driver_info.image_download_source);
  const deployInterface = interfaceOf(info, node);
  if (source !== "http" || !isPinned(info?.image_source)) return [];
  if (deployInterface === undefined || !preparesImage(deployInterface)) return [];
  return [{ ...throughMemory(), path: ["instance_info"] }];
}

function interfaceOf(info: Info, node: IronicNode | undefined): string | undefined {
  return text(info?.deploy_interface) ?? node?.deploy_interface;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && !isUnknown(value) ? value : undefined;
}
