import type { IResolvable } from "cdktf";
import { preparesImage } from "../../src/deploy-interface";
import type { PinnedArtifact } from "../pinned-artifact";
import type { PullSecret } from "../secret";

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

/**
 * A node by the field names of Ironic's API, as a {@link NodeTarget} gets it. Values may be tokens.
 *
 * Secrets are kept apart from all other fields, so that a target has to decide where to put them.
 */
export interface NodeConfiguration {
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
  /** Whether a machine that runs already is adopted instead of deployed; may be a token. */
  readonly adopt: boolean | IResolvable | undefined;
  /** Whether Ironic refuses to undeploy, rebuild and delete the node once it is deployed; may be a token. */
  readonly protected: boolean | IResolvable | undefined;
  /** The parts of the config drive that are set; user data is a text, or an object, which is JSON. */
  readonly config_drive: {
    readonly user_data?: string | Readonly<Record<string, FieldValue>>;
    readonly meta_data?: Readonly<Record<string, FieldValue>>;
    readonly network_data?: Readonly<Record<string, FieldValue>>;
  };
  /** Network ports, in the order of the props. */
  readonly ports: readonly PortConfiguration[];
  /** `instance_info` without secrets; `image_source` is a token for the pinned URL. */
  readonly instance_info: Readonly<Record<string, FieldValue>>;
  /** Secret fields of `instance_info`: `image_pull_secret`. */
  readonly instance_info_secrets: Readonly<Record<string, PullSecret>>;
  /** The artifacts whose pinned URLs the fields above hold as tokens. */
  readonly artifacts: {
    readonly image: PinnedArtifact | undefined;
    readonly kernel: PinnedArtifact | undefined;
    readonly ramdisk: PinnedArtifact | undefined;
  };
}
