import type { IResolvable } from "cdktf";
import type { PullSecret } from "../secret";
import type { FieldValue } from "./configuration";
import type { DeploymentProps } from "./deployment-props";
import type { OperationTimeouts } from "./timeouts";

/**
 * Root device hints (`properties.root_device`): the disk to which Ironic writes the image. All given hints must match one disk.
 * Texts may start with an operator of Ironic's, such as `s==` or `<in>`. Source: Ironic, "Specifying the disk for deployment".
 */
export interface RootDeviceHints {
  /** Device name, such as `/dev/disk/by-id/…` or `/dev/sda`; names such as `sda` may change from boot to boot. */
  readonly name?: string;
  /** Model of the device. */
  readonly model?: string;
  /** Vendor of the device. */
  readonly vendor?: string;
  /** Serial number of the disk. */
  readonly serial?: string;
  /** Size in GiB, or a comparison such as `>= 100`. */
  readonly size?: number | string;
  /** World Wide Name of the storage, such as `0x4000cca77fc4dba1`. */
  readonly wwn?: string;
  /** World Wide Name with the vendor extension appended. */
  readonly wwnWithExtension?: string;
  /** Vendor extension of the World Wide Name. */
  readonly wwnVendorExtension?: string;
  /** True for hard disks, false for solid-state disks. */
  readonly rotational?: boolean | IResolvable;
  /** SCSI address: host, channel, target and LUN, such as `1:0:0:0`. */
  readonly hctl?: string;
  /** Path by which udev names the device, such as `/dev/disk/by-path/pci-…`. */
  readonly byPath?: string;
}

/** A network port of a node (Ironic's ports API). */
export interface NodePort {
  /** MAC address, six pairs of hex digits with colons: `52:54:00:aa:bb:01`. Two ports of a node can't have the same. */
  readonly address: string;
  /** Whether the node may boot over the network from this port. Default: Ironic's, true. */
  readonly pxeEnabled?: boolean | IResolvable;
  /** Physical network to which the port is connected; needed with Neutron's routed networks. */
  readonly physicalNetwork?: string;
}

/** A group of a node's ports (Ironic's port groups API): a bond of network interfaces. */
export interface NodePortGroup {
  /** Name of the port group, unique in Ironic. A bond with a name keeps its resource where another one is added before it. */
  readonly name?: string;
  /** Mode of the bond, such as `802.3ad` or `active-backup`. Default: Ironic's `[DEFAULT]default_portgroup_mode`. */
  readonly mode?: string;
  /** MAC address of the bond. */
  readonly address?: string;
  /** Whether the ports may be used apart from the bond. Default: Ironic's, true. With false, none of them may have `pxeEnabled`. */
  readonly standalonePortsSupported?: boolean | IResolvable;
  /** Options of the bond, such as `miimon`. */
  readonly properties?: Readonly<Record<string, FieldValue>>;
  /** The ports of the bond, at least one. */
  readonly ports: readonly NodePort[];
}

/**
 * Props of {@link BareMetalNode}. Strings, numbers, booleans, lists and maps may be CDKTF tokens, except where the docstring says
 * that the value is needed at synth time.
 */
export interface BareMetalNodeProps extends DeploymentProps {
  /** Name of the node in Ironic: a host name of at most 255 characters. */
  readonly name?: string;
  /** Hardware type: `redfish`, `ipmi`, … */
  readonly driver: string;
  /**
   * `driver_info`: address of the management controller and settings of the driver. Secrets, such as a password, are given as
   * {@link PullSecret}, or as a token, which is then treated as one. A token for the whole map is not: Terraform keeps all of it in
   * plan and state. Inside of a map or list, a secret is refused.
   */
  readonly driverInfo?: Readonly<Record<string, FieldValue | PullSecret>>;
  /** `properties`, except those with a separate prop: `cpuArch`, `capabilities`, `rootDevice`. */
  readonly properties?: Readonly<Record<string, FieldValue>>;
  /** `properties.capabilities` as a map: names have no colon, comma or space, values no colon or comma. */
  readonly capabilities?: Readonly<Record<string, string>>;
  /** `properties.root_device`: hints for the disk to which the image is written; at least one. A token for all of them has Ironic's names (`by_path`). */
  readonly rootDevice?: RootDeviceHints;
  /** BIOS interface (`bios_interface`). Default: the driver's. */
  readonly biosInterface?: string;
  /** Boot interface (`boot_interface`): `ipxe`, `redfish-virtual-media`, … Default: the driver's. */
  readonly bootInterface?: string;
  /** Console interface (`console_interface`). Default: the driver's. */
  readonly consoleInterface?: string;
  /** Firmware interface (`firmware_interface`). Default: the driver's. */
  readonly firmwareInterface?: string;
  /** Inspect interface (`inspect_interface`). Default: the driver's. */
  readonly inspectInterface?: string;
  /** Management interface (`management_interface`). Default: the driver's. */
  readonly managementInterface?: string;
  /** Network interface (`network_interface`): `noop`, `flat`, `neutron`. Default: the driver's. */
  readonly networkInterface?: string;
  /** Power interface (`power_interface`). Default: the driver's. */
  readonly powerInterface?: string;
  /** RAID interface (`raid_interface`). Default: the driver's. */
  readonly raidInterface?: string;
  /** Rescue interface (`rescue_interface`). Default: the driver's. */
  readonly rescueInterface?: string;
  /** Storage interface (`storage_interface`). Default: the driver's. */
  readonly storageInterface?: string;
  /** Vendor interface (`vendor_interface`). Default: the driver's. */
  readonly vendorInterface?: string;
  /** Resource class; allocations match it exactly. */
  readonly resourceClass?: string;
  /** Traits: standard ones or `CUSTOM_…`, in capitals, at most 255 characters each. */
  readonly traits?: readonly string[];
  /** Description of the node in Ironic, at most 4,096 characters. */
  readonly description?: string;
  /** Free-form metadata (`extra`). */
  readonly extra?: Readonly<Record<string, FieldValue>>;
  /**
   * Network ports of the node; the list is needed at synth time, because each port is a resource. Ironic recognises the agent that deploys an image by their MAC addresses. An empty list says that
   * they are made elsewhere, such as by inspection.
   */
  readonly ports?: readonly NodePort[];
  /** Port groups (bonds) of the node with their ports, which are not in `ports` as well; the list is needed at synth time. */
  readonly portGroups?: readonly NodePortGroup[];
  /**
   * Whether the machine runs already, and is taken over as it is: Ironic makes the node `active` and neither writes its disk nor restarts
   * it. `image` says what it runs; a later change of it rebuilds the node. Default false: the image is deployed.
   */
  readonly adopt?: boolean | IResolvable;
  /** Timeouts of the node's resource (enrolment, verification, cleaning) and of its deployment. */
  readonly timeouts?: Readonly<Partial<Record<"node" | "deployment", OperationTimeouts>>>;
  /**
   * Kernel of the agent, `oci://host/path:tag`. Becomes the pinned `driver_info.deploy_kernel`. Needed at synth time; a kernel at
   * another kind of URL goes into `driverInfo`.
   */
  readonly deployKernel?: string;
  /** Ramdisk of the agent, `oci://host/path:tag`. Becomes the pinned `driver_info.deploy_ramdisk`. As {@link deployKernel}. */
  readonly deployRamdisk?: string;
  /** ISO image of the agent, instead of kernel and ramdisk. Becomes the pinned `driver_info.deploy_iso`. As {@link deployKernel}. */
  readonly deployIso?: string;
  /** Kernel of the rescue agent. Becomes the pinned `driver_info.rescue_kernel`. As {@link deployKernel}; Ironic uses it with {@link rescueRamdisk} only. */
  readonly rescueKernel?: string;
  /** Ramdisk of the rescue agent. Becomes the pinned `driver_info.rescue_ramdisk`. As {@link rescueKernel}. */
  readonly rescueRamdisk?: string;
  /** ISO image of the rescue agent, instead of kernel and ramdisk. Becomes the pinned `driver_info.rescue_iso`. As {@link deployKernel}. */
  readonly rescueIso?: string;
  /**
   * EFI system partition with a boot loader, which Ironic puts beside kernel and ramdisk into an ISO image for virtual media and UEFI.
   * Becomes the pinned `driver_info.bootloader`. As {@link deployKernel}.
   */
  readonly bootloader?: string;
  /**
   * `driver_info.image_pull_secret`: for the image if `imagePullSecret` is not set, and for kernel and ramdisk if the node boots
   * over the network (PXE, iPXE, HTTP). With virtual media Ironic fetches these with its `[oci]authentication_config` alone.
   * Its form is that of {@link imagePullSecret}.
   */
  readonly deployPullSecret?: PullSecret;
}
