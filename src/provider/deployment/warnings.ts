import { preparesImage, waitsForAgent } from "../../deploy-interface";
import { type DeployWarning, throughMemory, withoutPort } from "../../deploy-warnings";
import type { IronicClient, IronicNode } from "../../ironic";
import { type Diagnostics, isUnknown, type Path } from "../../tfplugin";
import { isPinned } from "./image-source";

/** Milliseconds that a plan waits for Ironic to tell what there may be to warn of. */
const PATIENCE = 10_000;

/** `instance_info`, as far as it is known. */
type Info = Readonly<Record<string, unknown>> | null;
type Connect = (signal: AbortSignal) => Promise<IronicClient>;

export interface Warning extends DeployWarning {
  readonly path: Path;
}

/** What a plan knows of a deployment. */
export interface PlannedDeployment {
  readonly info: Info;
  /** The node's UUID or name; undefined where it is not known yet. */
  readonly node: string | undefined;
  /** Whether the node has this deployment already, which then is a rebuild: its ports are not looked at again. */
  readonly rebuild: boolean;
}

/**
 * Warns in a plan of what would go wrong with the deployment, or slowly. Nothing is warned of that depends on a deploy interface which is
 * not known.
 * @param warnedOf whether this process has warned of an image's way through the agent's memory: `ironic_oci_image`, which is read before
 *   what refers to it, does so with the image's size. Terraform's apply starts another process, where only the deployment is left to warn.
 */
export async function warnAtPlan(
  { info, node, rebuild }: PlannedDeployment,
  connect: Connect,
  warnedOf: (url: string) => boolean,
  signal: AbortSignal,
  diagnostics: Diagnostics,
): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  const toRead = rebuild && !mayNeedMemory(info) ? undefined : node;
  const found = toRead === undefined ? undefined : await read(toRead, info, rebuild, connect, limited);
  const isTold = typeof info?.image_source === "string" && warnedOf(info.image_source);
  const memory = isTold ? [] : memoryWarnings(info, found?.node);
  for (const warning of [...memory, ...(found?.warnings ?? [])]) diagnostics.warning(warning.summary, warning);
}

/** Whether the node's own fields decide. */
function mayNeedMemory(info: Info): boolean {
  return text(info?.image_download_source) === "http" && isPinned(info?.image_source);
}

/** Undefined when the node can't be read: a plan does not fail for what it would only have warned of. */
async function read(node: string, info: Info, rebuild: boolean, connect: Connect, signal: AbortSignal) {
  try {
    const client = await connect(signal);
    const found = await client.getNode(node, { signal });
    return { node: found, warnings: rebuild ? [] : await portWarnings(client, found, info, signal) };
  } catch {
    return undefined;
  }
}

/** Whether the node's agent can be recognised. Asks Ironic for the ports only where there is an agent. */
export async function portWarnings(
  client: IronicClient,
  node: IronicNode,
  info: Info,
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  const deployInterface = interfaceOf(info, node);
  if (deployInterface === undefined || !waitsForAgent(deployInterface)) return [];
  if ((await client.listPorts(node.uuid, { signal })).length > 0) return [];
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
