import type { Role } from "./selection";

/** A field of a node that names a file, which the conductor downloads for the machine to boot. */
export interface BootFile {
  /** The prop of `BareMetalNode`; undefined where it has none. */
  readonly prop: string | undefined;
  readonly field: "driver_info" | "instance_info";
  readonly key: string;
  readonly role: Exclude<Role, "image">;
}

/**
 * The files that Ironic 29 to 39 downloads from `oci://` besides the disk image (`ironic.common.images.fetch`, `ISOImageCache`,
 * `TFTPImageCache`), each as the one layer of a manifest. None may be a tag: `OciImageService._validate_url_is_specific` refuses it, and
 * only `image_source` is resolved before (`deploy_utils.build_instance_info_for_deploy`).
 */
export const BOOT_FILES = [
  { prop: "deployKernel", field: "driver_info", key: "deploy_kernel", role: "kernel" },
  { prop: "deployRamdisk", field: "driver_info", key: "deploy_ramdisk", role: "ramdisk" },
  { prop: "deployIso", field: "driver_info", key: "deploy_iso", role: "iso" },
  { prop: "rescueKernel", field: "driver_info", key: "rescue_kernel", role: "kernel" },
  { prop: "rescueRamdisk", field: "driver_info", key: "rescue_ramdisk", role: "ramdisk" },
  { prop: "rescueIso", field: "driver_info", key: "rescue_iso", role: "iso" },
  { prop: "bootloader", field: "driver_info", key: "bootloader", role: "bootloader" },
  { prop: "instanceKernel", field: "instance_info", key: "kernel", role: "kernel" },
  { prop: "instanceRamdisk", field: "instance_info", key: "ramdisk", role: "ramdisk" },
  { prop: "bootIso", field: "instance_info", key: "boot_iso", role: "iso" },
  // The installer of the deploy interface anaconda, which Ironic's own comments call a ramdisk.
  { prop: undefined, field: "instance_info", key: "stage2", role: "ramdisk" },
] as const satisfies readonly BootFile[];

/** The props of `BareMetalNode` for boot files. */
export type BootFileProp = NonNullable<(typeof BOOT_FILES)[number]["prop"]>;

/** Prefixes that earlier releases had for these keys, and that Ironic still reads (`driver_utils.get_field`). */
const PREFIX = /^(?:redfish|ilo|irmc)_/;

/** The boot file that a key of `driver_info` or `instance_info` names. */
export function bootFileOf(field: BootFile["field"], key: string): BootFile | undefined {
  const name = field === "driver_info" ? key.replace(PREFIX, "") : key;
  return BOOT_FILES.find((each) => each.field === field && each.key === name);
}
