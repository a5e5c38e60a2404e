// Warnings before a deployment, common to the constructs and the Terraform provider.

/** A warning: a summary of one line, and details with the remedy. */
export interface DeployWarning {
  readonly summary: string;
  readonly detail: string;
}

/**
 * Warning for a pinned disk image with `image_download_source = "http"`, where that is configured (not where it is unset: see `NodeFacts`). The agent streams an image to the disk only where the conductor calls
 * it raw (`StandbyExtension.prepare_image`), and by digest the conductor does not: `image_disk_format` is `unknown`, or unset where
 * `raw` was sent (`build_instance_info_for_deploy` in ironic.drivers.modules.deploy_utils, Ironic 29 to 39). It is so for a raw file
 * too, and with `[conductor]conductor_always_validates_images`, which looks at the image and passes no format on.
 * @param size bytes of the file, where they are known
 */
export function throughMemory(size?: number): DeployWarning {
  const file = size === undefined ? "the whole file" : `the whole file (${readableSize(size)})`;
  return {
    summary: "The image goes through the agent's memory",
    detail:
      'With image_download_source = "http" the agent streams an image to the disk only where Ironic calls it raw, and by digest Ironic does not know ' +
      `an image's format: ${file} has to fit into the machine's memory beside the agent. With "local" the conductor converts the image, and ` +
      "the agent streams it.",
  };
}

/** The summary of `withoutPort`. */
export const NO_PORT = "The node has no port";

/**
 * Warning for a node without ports that an agent deploys.
 * @param node subject of the sentence: `Node node-0`
 * @param deployInterface if known
 * @param remedy how ports are configured on this surface
 */
export function withoutPort(node: string, deployInterface: string | undefined, remedy: string): DeployWarning {
  const by = deployInterface === undefined ? "" : ` (deploy interface "${deployInterface}")`;
  return {
    summary: NO_PORT,
    detail:
      `${node} is deployed by an agent${by}, which Ironic recognises by the machine's MAC addresses: without a port that has one of ` +
      `them, the deployment waits for the agent until its timeout. ${remedy}`,
  };
}

const UNITS = ["KiB", "MiB", "GiB", "TiB"] as const;

/** `40 bytes`, `1.4 GiB`. */
function readableSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length);
  return `${(bytes / 1024 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
