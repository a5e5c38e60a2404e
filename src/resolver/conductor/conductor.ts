import type { IronicRelease, Role } from "../../selection";
import type { ConductorSettings } from "./settings";

/** Deploy interfaces whose outcome can be predicted. */
export const DEPLOY_INTERFACES = ["direct", "bootc", "autodetect"] as const;
export type DeployInterface = (typeof DEPLOY_INTERFACES)[number];

/** A conductor: what it is, how it is configured, and the secrets it works with. */
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

/** The node that an artifact is for, and what it is for it. */
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

/** Whether the release understands `user:password` in a pull secret, and tells containers from disk images. */
export function hasUserAndPassword({ major }: IronicRelease): boolean {
  return major >= FIRST_WITH_USER_AND_PASSWORD;
}

/**
 * Boot interfaces whose fetching of kernel and ramdisk is shown the secret of driver_info and `image_server_user`: those
 * that boot over the network. The ones that build an image, such as virtual media, are shown neither.
 * Source: Ironic, `pxe_utils.cache_ramdisk_kernel` and `images.create_boot_iso` (29.0 to 39.0).
 */
const NETWORK_BOOT = /^(?:pxe|ipxe|http|http-ipxe|ilo-i?pxe|irmc-pxe)$/;
const IMAGE_BOOT = /(?:virtual-media|https)$/;

/** Whether kernel and ramdisk are fetched with driver_info's secret; undefined for a boot interface that is not known. */
export function usesDriverSecret(bootInterface: string): boolean | undefined {
  if (NETWORK_BOOT.test(bootInterface)) return true;
  return IMAGE_BOOT.test(bootInterface) ? false : undefined;
}
