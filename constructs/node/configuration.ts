import type { IResolvable } from "cdktf";
import { preparesImage } from "../../src/deploy-interface";
import type { PinnedArtifact } from "../pinned-artifact";
import type { PullSecret } from "../secret";
import type { OperationTimeouts } from "./timeouts";

/**
 * A value of one of Ironic's free-form fields (`driver_info`, `properties`, `extra`, …): JSON without null. Any part may be a token. The
 * target `ironic` sends numbers and booleans as text, lists and maps as JSON text; `IronicTarget.resourcesOf` gives access to the node's
 * `extraTyped`, `propertiesTyped` and `driverInfoTyped`, whose values it sends as they are.
 */
export type FieldValue =
  | string
  | number
  | boolean
  | IResolvable
  | readonly FieldValue[]
  | { readonly [key: string]: FieldValue };

/** Facts that decide the image's fields in `instance_info`. */
export interface ImageFacts {
  /** The pinned URL; may be a token. */
  readonly url: string;
  /** Class as which the pinned URL is to be deployed. */
  readonly kind: "disk" | "bootc";
  readonly imageDownloadSource?: string | undefined;
  /** Unset: the driver's default. */
  readonly deployInterface?: string | undefined;
}

/**
 * Fields of `instance_info` for a pinned image. By digest Ironic does not know a disk image's format, and with
 * `image_download_source = "local"` it refuses the downloaded file; with the format `raw` it detects the actual one (Ironic 29 to
 * 39). A bootc container has no disk format.
 */
export function imageFields(image: ImageFacts): Readonly<Record<string, FieldValue>> {
  const { url, kind, imageDownloadSource, deployInterface } = image;
  return {
    image_source: url,
    ...(kind === "disk" && preparesImage(deployInterface) && { image_disk_format: "raw" }),
    ...(imageDownloadSource !== undefined && { image_download_source: imageDownloadSource }),
  };
}

/** A network port of a node, by the field names of Ironic's ports API. */
export interface PortConfiguration {
  /** MAC address; may be a token. */
  readonly address: string;
  /** Whether the node may boot over the network from this port; unset: Ironic's default, true. */
  readonly pxe_enabled?: boolean | IResolvable;
  /** Physical network to which the port is connected. */
  readonly physical_network?: string;
}

/** A group of ports, by the field names of Ironic's port groups API. Values may be tokens. */
export interface PortGroupConfiguration {
  /** Name of the port group. */
  readonly name?: string;
  /** Mode of the bond; unset: Ironic's default. */
  readonly mode?: string;
  /** MAC address of the bond. */
  readonly address?: string;
  /** Whether the ports may be used apart from the bond; unset: Ironic's default, true. */
  readonly standalone_ports_supported?: boolean | IResolvable;
  /** Options of the bond. */
  readonly properties?: Readonly<Record<string, FieldValue>>;
  /** The ports of the bond. */
  readonly ports: readonly PortConfiguration[];
}

/** The artifacts that were pinned for a node; undefined where the prop is not set. */
export interface NodeArtifacts {
  /** The disk image. */
  readonly image: PinnedArtifact | undefined;
  /** The agent's kernel, `deployKernel`. */
  readonly kernel: PinnedArtifact | undefined;
  /** The agent's ramdisk, `deployRamdisk`. */
  readonly ramdisk: PinnedArtifact | undefined;
  /** The agent's ISO image. */
  readonly deployIso?: PinnedArtifact | undefined;
  /** The rescue agent's kernel. */
  readonly rescueKernel?: PinnedArtifact | undefined;
  /** The rescue agent's ramdisk. */
  readonly rescueRamdisk?: PinnedArtifact | undefined;
  /** The rescue agent's ISO image. */
  readonly rescueIso?: PinnedArtifact | undefined;
  /** The EFI system partition with a boot loader. */
  readonly bootloader?: PinnedArtifact | undefined;
  /** The instance's kernel. */
  readonly instanceKernel?: PinnedArtifact | undefined;
  /** The instance's ramdisk. */
  readonly instanceRamdisk?: PinnedArtifact | undefined;
  /** The ISO image that the machine boots. */
  readonly bootIso?: PinnedArtifact | undefined;
}

/** What is deployed, by the field names of Ironic's API. Values may be tokens. */
export interface InstanceConfiguration {
  /** `instance_info` without secrets; `image_source` and other references are tokens for the pinned URLs. */
  readonly instance_info: Readonly<Record<string, FieldValue>>;
  /** Secret fields of `instance_info`: `image_pull_secret`. */
  readonly instance_info_secrets: Readonly<Record<string, PullSecret>>;
  /** The parts of the config drive that are set; user data is a text, or an object, which is JSON. */
  readonly config_drive: {
    readonly user_data?: string | Readonly<Record<string, FieldValue>>;
    readonly meta_data?: Readonly<Record<string, FieldValue>>;
    readonly network_data?: Readonly<Record<string, FieldValue>>;
  };
  /** Deploy steps; may be a token for the whole list. Undefined without any. */
  readonly deploy_steps: readonly FieldValue[] | undefined;
  /** Whether Ironic refuses to undeploy, rebuild and delete the node once it is deployed; may be a token. */
  readonly protected: boolean | IResolvable | undefined;
  /** The artifacts whose pinned URLs the fields hold as tokens. */
  readonly artifacts: NodeArtifacts;
}

/** An allocation, by the field names of Ironic's API. Values may be tokens. */
export interface AllocationConfiguration {
  /** Name of the allocation. */
  readonly name?: string;
  /** Resource class of the node. */
  readonly resource_class: string;
  /** Traits that the node needs; may be a token for the whole list. */
  readonly traits?: readonly string[];
  /** Names or UUIDs of the nodes to choose from; may be a token for the whole list. */
  readonly candidate_nodes?: readonly string[];
}

/** A deployment on a node that exists already, or that an allocation chooses, as a {@link NodeTarget} gets it. */
export interface DeploymentConfiguration extends InstanceConfiguration {
  /** UUID or name of the node; undefined with an allocation. */
  readonly node: string | undefined;
  /** The allocation that chooses the node; undefined with a node. */
  readonly allocation: AllocationConfiguration | undefined;
  /** Timeouts of the resources. */
  readonly timeouts: {
    readonly allocation?: OperationTimeouts | undefined;
    readonly deployment?: OperationTimeouts | undefined;
  };
}

/**
 * A node by the field names of Ironic's API, as a {@link NodeTarget} gets it. Values may be tokens.
 *
 * Secrets are kept apart from all other fields, so that a target has to decide where to put them.
 */
export interface NodeConfiguration extends InstanceConfiguration {
  /** Name of the node; undefined: Ironic knows it by UUID alone. */
  readonly name: string | undefined;
  /** Hardware type: `redfish`, `ipmi`, … */
  readonly driver: string;
  /** `driver_info` without secrets; `deploy_kernel` and `deploy_ramdisk` are tokens for the pinned URLs. */
  readonly driver_info: Readonly<Record<string, FieldValue>>;
  /** Secret fields of `driver_info`, `image_pull_secret` included. */
  readonly driver_info_secrets: Readonly<Record<string, PullSecret>>;
  /** `properties`, with `cpu_arch`, `capabilities` (`name:value,name:value`) and `root_device`. */
  readonly properties: Readonly<Record<string, FieldValue>>;
  /** `properties.root_device` where `properties` is a token for the whole map, a map of texts, which can't hold it. */
  readonly root_device: Readonly<Record<string, FieldValue>> | undefined;
  /** `boot_interface`, `deploy_interface`, … that are set. */
  readonly interfaces: Readonly<Record<string, string>>;
  /** Resource class; allocations match it exactly. */
  readonly resource_class: string | undefined;
  /** Traits; may be a token for the whole list. */
  readonly traits: readonly string[];
  /** Free-form metadata. */
  readonly extra: Readonly<Record<string, FieldValue>>;
  /** Description of the node. */
  readonly description: string | undefined;
  /** Network ports outside of port groups, in the order of the props. */
  readonly ports: readonly PortConfiguration[];
  /** Whether a machine that runs already is adopted instead of deployed; may be a token. */
  readonly adopt: boolean | IResolvable | undefined;
  /** Port groups with their ports, in the order of the props. */
  readonly port_groups: readonly PortGroupConfiguration[];
  /** Timeouts of the resources. */
  readonly timeouts: {
    readonly node?: OperationTimeouts | undefined;
    readonly deployment?: OperationTimeouts | undefined;
  };
}
