import type { IronicRelease, Role } from "../../selection";
import type { ConductorSettings } from "./settings";

/** Deploy interfaces that the forecast covers. */
export const DEPLOY_INTERFACES = ["direct", "bootc", "autodetect"] as const;
export type DeployInterface = (typeof DEPLOY_INTERFACES)[number];

/** A conductor: its release, settings and secrets. */
export interface Conductor {
  readonly release: IronicRelease;
  readonly settings: ConductorSettings;
  /**
   * `instance_info.image_pull_secret`. Empty is not the same as unset: up to Ironic 33 an empty one hides the secret in driver_info.
   */
  readonly instanceSecret?: string | undefined;
  /** `driver_info.image_pull_secret`; empty is not the same as unset. */
  readonly driverSecret?: string | undefined;
  /** The content of the file that `[oci]authentication_config` names; unset when the option is not set. */
  readonly authenticationConfig?: string | undefined;
  /** The content (PEM) of the file that `[oci]verify_ca` or `webserver_verify_ca` names, where it can be read. */
  readonly certificateAuthorities?: string | undefined;
}

/** The node, and the artifact's role for it. */
export interface Target {
  readonly role: Role;
  /** `properties.cpu_arch`. */
  readonly architecture?: string | undefined;
  /** `image_download_source` of the node; the conductor's default where it has none. */
  readonly imageDownloadSource?: string | undefined;
  /** `properties.memory_mb`, in MiB; assumed to be the machine's memory. */
  readonly memoryMb?: number | undefined;
  /** `instance_info.image_disk_format`. */
  readonly imageDiskFormat?: string | undefined;
  readonly deployInterface: DeployInterface;
  readonly bootInterface: string;
}

/** The first release with `user:password` secrets, basic authentication, `image_server_user` for OCI, and bootc by class. */
const FIRST_WITH_USER_AND_PASSWORD = 34;

/** Whether the release supports `user:password` in a pull secret, and distinguishes containers from disk images. */
export function hasUserAndPassword({ major }: IronicRelease): boolean {
  return major >= FIRST_WITH_USER_AND_PASSWORD;
}

/**
 * Boot interfaces that fetch kernel and ramdisk with the secret of driver_info and `image_server_user`: the network
 * boot interfaces. Interfaces that build a boot image, such as virtual media, use neither.
 * Source: Ironic, `pxe_utils.cache_ramdisk_kernel` and `images.create_boot_iso` (29.0 to 39.0).
 */
const NETWORK_BOOT = /^(?:pxe|ipxe|http|http-ipxe|ilo-i?pxe|irmc-pxe)$/;
const IMAGE_BOOT = /(?:virtual-media|https)$/;

/** Whether kernel and ramdisk are fetched with driver_info's secret; undefined for an unknown boot interface. */
export function usesDriverSecret(bootInterface: string): boolean | undefined {
  if (NETWORK_BOOT.test(bootInterface)) return true;
  return IMAGE_BOOT.test(bootInterface) ? false : undefined;
}
