import type { PinnedArtifact } from "../pinned-artifact";
import type { PullSecret } from "../secret";

/** A value of Ironic's free-form fields; strings may be tokens. */
export type FieldValue = string | number | boolean | readonly FieldValue[] | { readonly [key: string]: FieldValue };

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
