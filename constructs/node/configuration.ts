import { preparesImage } from "../../src/deploy-interface";
import type { PinnedArtifact } from "../pinned-artifact";
import type { PullSecret } from "../secret";

/** A value of Ironic's free-form fields; strings may be tokens. */
export type FieldValue = string | number | boolean | readonly FieldValue[] | { readonly [key: string]: FieldValue };

/** What decides over an image's fields in `instance_info`. */
export interface ImageFacts {
  /** The pinned URL; may be a token. */
  readonly url: string;
  /** What the pinned URL is to be deployed as. */
  readonly kind: "disk" | "bootc";
  readonly imageDownloadSource?: string | undefined;
  /** Unset: the driver's default. */
  readonly deployInterface?: string | undefined;
}

/**
 * A pinned image in `instance_info`. By digest Ironic does not know a disk image's format, and with `image_download_source = "local"`
 * it refuses what it downloaded; told that the format is raw, it detects it, whatever it is (Ironic 29 to 39). A bootc container has
 * no disk format.
 */
export function imageFields(image: ImageFacts): Readonly<Record<string, FieldValue>> {
  const { url, kind, imageDownloadSource, deployInterface } = image;
  return {
    image_source: url,
    ...(kind === "disk" && preparesImage(deployInterface) && { image_disk_format: "raw" }),
    ...(imageDownloadSource !== undefined && { image_download_source: imageDownloadSource }),
  };
}

/** A network port of a node (Ironic's ports API). */
export interface PortConfiguration {
  /** The MAC address. */
  readonly address: string;
  readonly pxe_enabled?: boolean;
  readonly physical_network?: string;
}

/**
 * A node in Ironic's own terms, as a target gets it: field names are the API's.
 *
 * Secrets are kept apart from everything else, so that a target has to decide what to do with them.
 */
export interface NodeConfiguration {
  readonly name: string | undefined;
  readonly driver: string;
  readonly driver_info: Readonly<Record<string, FieldValue>>;
  readonly driver_info_secrets: Readonly<Record<string, PullSecret>>;
  readonly properties: Readonly<Record<string, FieldValue>>;
  /** `boot_interface`, `deploy_interface`, … */
  readonly interfaces: Readonly<Record<string, string>>;
  readonly resource_class: string | undefined;
  readonly traits: readonly string[];
  readonly extra: Readonly<Record<string, FieldValue>>;
  readonly ports: readonly PortConfiguration[];
  readonly instance_info: Readonly<Record<string, FieldValue>>;
  readonly instance_info_secrets: Readonly<Record<string, PullSecret>>;
  /** The artifacts whose pinned URLs the fields above hold as tokens. */
  readonly artifacts: {
    readonly image: PinnedArtifact | undefined;
    readonly kernel: PinnedArtifact | undefined;
    readonly ramdisk: PinnedArtifact | undefined;
  };
}
