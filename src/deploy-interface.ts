/** The behaviour of an Ironic deploy interface: with an image, and with the agent. */
interface Behaviour {
  /** The node is booted into the agent, which finds its node by the MAC addresses of the machine (`GET /v1/lookup`). */
  readonly agent: boolean;
  /** The conductor prepares the image, and with it `image_disk_format` (`deploy_utils.build_instance_info_for_deploy`). */
  readonly preparesImage: boolean;
}

/** The deploy interfaces of Ironic 29 to 39 (entry points `ironic.hardware.interfaces.deploy`). */
const BEHAVIOURS: ReadonlyMap<string, Behaviour> = new Map([
  ["direct", { agent: true, preparesImage: true }],
  ["ansible", { agent: true, preparesImage: true }],
  // Becomes bootc, ramdisk or direct with each deployment; which one, it decides without image_disk_format.
  ["autodetect", { agent: true, preparesImage: true }],
  // The agent's podman pulls the container.
  ["bootc", { agent: true, preparesImage: false }],
  ["custom-agent", { agent: true, preparesImage: false }],
  // The installer that it boots knows the node by the kickstart file's URLs.
  ["anaconda", { agent: false, preparesImage: true }],
  ["ramdisk", { agent: false, preparesImage: false }],
  // Does nothing with an image, and stands in for any other.
  ["fake", { agent: false, preparesImage: true }],
  ["noop", { agent: false, preparesImage: false }],
]);

/**
 * Whether `image_disk_format` matters with a deploy interface: `bootc`, `custom-agent`, `ramdisk` and `noop` never read it. One
 * that is not Ironic's own is taken to be made from `direct`.
 */
export function preparesImage(deployInterface: string | undefined): boolean {
  return (deployInterface === undefined ? undefined : BEHAVIOURS.get(deployInterface))?.preparesImage ?? true;
}

/** Whether a deploy interface is known to wait for the agent: without a port on the node it waits until its timeout. */
export function waitsForAgent(deployInterface: string): boolean {
  return BEHAVIOURS.get(deployInterface)?.agent ?? false;
}
