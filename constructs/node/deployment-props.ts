import type { IResolvable } from "cdktf";
import type { OciImage } from "../oci-image";
import type { PullSecret } from "../secret";
import type { NodeTarget } from "../targets/target";
import type { FieldValue } from "./configuration";

/** A deploy step that runs besides those of the deploy interface (Ironic, "Deploy steps"). */
export interface DeployStep {
  /** Hardware interface of the step: `bios`, `deploy`, `firmware`, `management`, `power`, `raid` or `vendor`. */
  readonly interface: string;
  /** Name of the step, such as `apply_configuration`. */
  readonly step: string;
  /** Arguments of the step, with values of any type. Default: none. */
  readonly args?: Readonly<Record<string, FieldValue>>;
  /** Position among all steps, a whole number: a higher one runs earlier; 0 switches off a step that would run by itself. */
  readonly priority: number;
}

/** Props of what is deployed, for {@link BareMetalNode} and {@link BareMetalDeployment}. */
export interface DeploymentProps {
  /** `properties.cpu_arch` of the node: `x86_64`, `aarch64`, … Needed at synth time: it decides which image is chosen. */
  readonly cpuArch?: string;
  /**
   * Deploy interface (`deploy_interface`): `direct`, `autodetect`, `bootc`, … Default: `bootc` for an image that is expected to be a
   * bootc container, `ramdisk` for a boot ISO or an instance kernel without an image, else the node's.
   */
  readonly deployInterface?: string;
  /**
   * Disk image: an {@link OciImage}, or a reference (`oci://host/path:tag`, needed at synth time). Becomes the pinned
   * `instance_info.image_source`. A bootc container is an OciImage with `expect: "bootc"`.
   */
  readonly image?: OciImage | string;
  /**
   * `image_download_source`: `local` (the conductor converts the image, and the agent streams it from there) or `http` (the agent
   * fetches the file into its memory). Needed at synth time: it decides which image is chosen. Default: the conductor's setting,
   * and the choice is then that of `http`.
   */
  readonly imageDownloadSource?: "local" | "http";
  /**
   * Kernel of the instance, `oci://host/path:tag`. Becomes the pinned `instance_info.kernel`: with an image, that of a partition
   * image; without, what the deploy interface `ramdisk` boots. Needed at synth time, and with it {@link instanceRamdisk}.
   */
  readonly instanceKernel?: string;
  /** Ramdisk of the instance, `oci://host/path:tag`. Becomes the pinned `instance_info.ramdisk`. As {@link instanceKernel}. */
  readonly instanceRamdisk?: string;
  /**
   * ISO image that the machine boots instead of a disk image (deploy interface `ramdisk`), `oci://host/path:tag`. Becomes the pinned
   * `instance_info.boot_iso`. Needed at synth time.
   */
  readonly bootIso?: string;
  /**
   * User data of the config drive, such as cloud-init or Ignition: the text, or an object, which becomes JSON. Another text rebuilds the
   * node. In a text, Terraform takes `${…}` and `%{…}` for expressions: a script has `$${…}` and `%%{…}` instead. The values of an
   * object are taken as they are. Terraform keeps user data in plan and state, so that it is no place for secrets.
   */
  readonly userData?: string | Readonly<Record<string, FieldValue>>;
  /** Metadata of the config drive (`meta_data`), with values of any type. */
  readonly metadata?: Readonly<Record<string, FieldValue>>;
  /** Network data of the config drive: `links`, `networks` and `services` as in OpenStack's `network_data.json`. */
  readonly networkData?: Readonly<Record<string, FieldValue>>;
  /** Further deploy steps. A change rebuilds the node. */
  readonly deploySteps?: readonly DeployStep[];
  /** Whether Ironic refuses to undeploy, rebuild and delete the node once it is deployed. Set it to false, and apply, before any of these. */
  readonly protected?: boolean | IResolvable;
  /**
   * For a bootc container: public keys for root's `authorized_keys`, one a line or one an element. Becomes
   * `instance_info.bootc_authorized_keys`.
   */
  readonly bootcAuthorizedKeys?: string | readonly string[];
  /**
   * For a bootc container: whether the root file system is encrypted with a key in the TPM (LUKS). Becomes
   * `instance_info.bootc_tpm2_luks`. Needed at synth time, because the agent takes any text for true. Default false.
   */
  readonly bootcTpm2Luks?: boolean;
  /**
   * `instance_info.image_pull_secret`: for the image alone. Its form is `user:password` for Ironic 34 and later, and before that the
   * `auth` string of a Docker configuration; for a bootc container it is the `auth` string on every release.
   */
  readonly imagePullSecret?: PullSecret;
  /** Ironic release that deploys this node: `29.0.5`, `39.0`, `2025.1`, `epoxy`. Needed at synth time. Default: the context's. */
  readonly ironicRelease?: string;
  /**
   * Target: creates the Terraform resources. Default: by the context key `cdktf-ironic-oci:target`, else a {@link NullTarget}, which
   * holds the pinned configuration and deploys nothing.
   */
  readonly target?: NodeTarget;
}
