import { Fn, type IResolvable, type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import type { Role } from "../../src/resolver";
import { OciImage } from "../oci-image";
import { PinRegistry, releaseInContext } from "../pin-registry";
import { PinnedArtifact } from "../pinned-artifact";
import { errorsOf, throwProblems } from "../prop-schema";
import { PullSecret } from "../secret";
import { defaultTarget, targetInContext } from "../targets/default";
import type { NodeTarget } from "../targets/target";
import { asText, isToken, withEntries } from "../tokens";
import { type FieldValue, imageFields, type NodeConfiguration } from "./configuration";
import { INTERFACES, isBootc, isSecretField, type ParsedNodeProps, parseNodeProps, rootDeviceHints } from "./props";
import { warnOfMemory, warnOfMissingPort } from "./warnings";

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

/**
 * Props of {@link BareMetalNode}. Strings, numbers, booleans, lists and maps may be CDKTF tokens, except where the docstring says
 * that the value is needed at synth time.
 */
export interface BareMetalNodeProps {
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
  /** `properties.cpu_arch`: `x86_64`, `aarch64`, … Needed at synth time: it decides which image is chosen. */
  readonly cpuArch?: string;
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
  /**
   * Deploy interface (`deploy_interface`): `direct`, `autodetect`, `bootc`, … Default: `bootc` for an image that is expected to be a
   * bootc container, else the driver's.
   */
  readonly deployInterface?: string;
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
   * User data of the config drive, such as cloud-init or Ignition: the text, or an object, which becomes JSON. Another text rebuilds the
   * node. In a text, Terraform takes `${…}` and `%{…}` for expressions: a script has `$${…}` and `%%{…}` instead. The values of an
   * object are taken as they are. Terraform keeps user data in plan and state, so that it is no place for secrets.
   */
  readonly userData?: string | Readonly<Record<string, FieldValue>>;
  /** Metadata of the config drive (`meta_data`), with values of any type. */
  readonly metadata?: Readonly<Record<string, FieldValue>>;
  /** Network data of the config drive: `links`, `networks` and `services` as in OpenStack's `network_data.json`. */
  readonly networkData?: Readonly<Record<string, FieldValue>>;
  /**
   * Whether the machine runs already, and is taken over as it is: Ironic makes the node `active` and neither writes its disk nor restarts
   * it. `image` says what it runs; a later change of it rebuilds the node. Default false: the image is deployed.
   */
  readonly adopt?: boolean | IResolvable;
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
   * Kernel of the agent, `oci://host/path:tag`. Becomes the pinned `driver_info.deploy_kernel`. Needed at synth time; a kernel at
   * another kind of URL goes into `driverInfo`.
   */
  readonly deployKernel?: string;
  /** Ramdisk of the agent, `oci://host/path:tag`. Becomes the pinned `driver_info.deploy_ramdisk`. As {@link deployKernel}. */
  readonly deployRamdisk?: string;
  /**
   * `instance_info.image_pull_secret`: for the image alone. Its form is `user:password` for Ironic 34 and later, and before that the
   * `auth` string of a Docker configuration; for a bootc container it is the `auth` string on every release.
   */
  readonly imagePullSecret?: PullSecret;
  /**
   * `driver_info.image_pull_secret`: for the image if `imagePullSecret` is not set, and for kernel and ramdisk if the node boots
   * over the network (PXE, iPXE, HTTP). With virtual media Ironic fetches these with its `[oci]authentication_config` alone.
   * Its form is that of {@link imagePullSecret}.
   */
  readonly deployPullSecret?: PullSecret;
  /** Ironic release that deploys this node: `29.0.5`, `39.0`, `2025.1`, `epoxy`. Needed at synth time. Default: the context's. */
  readonly ironicRelease?: string;
  /**
   * Target: creates the Terraform resources of the node. Default: by the context key `cdktf-ironic-oci:target`, else a {@link NullTarget}, which holds
   * the pinned configuration and deploys nothing.
   */
  readonly target?: NodeTarget;
}

/** A bare-metal node that boots exactly the image, kernel and ramdisk that were pinned for it. */
export class BareMetalNode extends Construct {
  /** The disk image pinned for this node; undefined without an image. */
  readonly image: PinnedArtifact | undefined;
  /** The agent's kernel pinned for this node; undefined without `deployKernel`. */
  readonly kernel: PinnedArtifact | undefined;
  /** The agent's ramdisk pinned for this node; undefined without `deployRamdisk`. */
  readonly ramdisk: PinnedArtifact | undefined;
  /**
   * Main resource of the node, the last of its resources to be ready: for `dependsOn` and `lifecycle.replaceTriggeredBy`.
   */
  readonly resource: TerraformResource;

  /**
   * Checks all props, and creates the resources of the target. References are resolved by `synthesize`, not here.
   * @throws {InvalidPropsError} which names this construct's path and every wrong field
   */
  constructor(scope: Construct, id: string, props: BareMetalNodeProps) {
    super(scope, id);
    const parsed = this.#check(props);
    this.image = this.#image(parsed);
    this.kernel = this.#bootFile(parsed, "kernel");
    this.ramdisk = this.#bootFile(parsed, "ramdisk");
    const bootFiles = [this.kernel, this.ramdisk].filter((artifact) => artifact !== undefined);
    if (bootFiles.length > 0)
      this.node.addValidation({ validate: () => bootFiles.flatMap((artifact) => artifact.problems()) });
    const target = parsed.target ?? defaultTarget(this, this.image !== undefined);
    if (this.image) {
      if (target.deploys) warnOfMissingPort(this, parsed);
      warnOfMemory(this, parsed, this.image);
    }
    this.resource = target.create(this, this.#configuration(parsed));
  }

  /** @throws {InvalidPropsError} */
  #check(props: BareMetalNodeProps): ParsedNodeProps {
    const { valid, problems } = parseNodeProps(props);
    const { ironicRelease, target } = props ?? {};
    throwProblems(this.node.path, [
      ...problems,
      ...(ironicRelease === undefined ? errorsOf(() => releaseInContext(this)) : []),
      ...(target === undefined ? errorsOf(() => targetInContext(this)) : []),
    ]);
    return valid as ParsedNodeProps;
  }

  #image(props: ParsedNodeProps): PinnedArtifact | undefined {
    const { image, cpuArch: architecture, imageDownloadSource } = props;
    if (image === undefined) return undefined;
    // The image may be in another part of the tree, whose context has another release.
    const ironicRelease = props.ironicRelease ?? releaseInContext(this);
    const construct = typeof image === "string" ? new OciImage(this, "image", { source: image }) : image;
    const artifact = construct.forNode({ architecture, imageDownloadSource, ironicRelease });
    artifact.addRequester(this);
    return artifact;
  }

  #bootFile(props: ParsedNodeProps, role: Exclude<Role, "image">): PinnedArtifact | undefined {
    const source = role === "kernel" ? props.deployKernel : props.deployRamdisk;
    if (source === undefined) return undefined;
    const { cpuArch: architecture } = props;
    const ironicRelease = props.ironicRelease ?? releaseInContext(this);
    const request = { source, role, expect: undefined, architecture, imageDownloadSource: undefined, ironicRelease };
    return PinnedArtifact.create(this, request);
  }

  /**
   * A pull secret in the form of its reader: the conductor, or for a bootc container's image the agent's podman, to which Ironic passes
   * it on.
   */
  #pullSecret(secret: PullSecret, props: ParsedNodeProps, forImage: boolean): PullSecret {
    const forAgent = forImage && interfacesOf(props).deploy_interface === "bootc";
    return secret.inForm(() => (forAgent ? "auth" : PinRegistry.of(this).pullSecretForm(this, props.ironicRelease)));
  }

  #configuration(props: ParsedNodeProps): NodeConfiguration {
    const { image, kernel, ramdisk } = this;
    const { imagePullSecret, deployPullSecret } = props;
    const rootDevice = props.rootDevice && rootDeviceHints(props.rootDevice);
    const { plain, secrets } = splitSecrets(props.driverInfo ?? {});
    return {
      name: props.name,
      driver: props.driver,
      driver_info: withEntries<FieldValue>(plain, {
        ...(kernel && { deploy_kernel: kernel.url }),
        ...(ramdisk && { deploy_ramdisk: ramdisk.url }),
      }),
      driver_info_secrets: {
        ...secrets,
        ...(deployPullSecret && {
          image_pull_secret: this.#pullSecret(deployPullSecret, props, image !== undefined && !imagePullSecret),
        }),
      },
      properties: withEntries<FieldValue>(props.properties ?? {}, {
        ...(props.cpuArch !== undefined && { cpu_arch: props.cpuArch }),
        ...(props.capabilities && { capabilities: joinCapabilities(props.capabilities) }),
        ...(rootDevice && !isToken(props.properties) && { root_device: rootDevice }),
      }),
      root_device: isToken(props.properties) ? rootDevice : undefined,
      interfaces: interfacesOf(props),
      resource_class: props.resourceClass,
      traits: props.traits ?? [],
      extra: props.extra ?? {},
      description: props.description,
      adopt: props.adopt,
      protected: props.protected,
      config_drive: {
        ...(props.userData !== undefined && { user_data: props.userData }),
        ...(props.metadata !== undefined && { meta_data: props.metadata }),
        ...(props.networkData !== undefined && { network_data: props.networkData }),
      },
      ports: (props.ports ?? []).map(({ address, pxeEnabled, physicalNetwork }) => ({
        address,
        ...(pxeEnabled !== undefined && { pxe_enabled: pxeEnabled }),
        ...(physicalNetwork !== undefined && { physical_network: physicalNetwork }),
      })),
      instance_info: {
        ...(image && imageFields({ ...props, url: image.url, kind: isBootc(props.image) ? "bootc" : "disk" })),
        ...(props.bootcAuthorizedKeys !== undefined && {
          bootc_authorized_keys: joinLines(props.bootcAuthorizedKeys),
        }),
        // The provider sends text, and the agent takes any text for true: false, its default, is left out.
        ...(props.bootcTpm2Luks && { bootc_tpm2_luks: true }),
      },
      instance_info_secrets: imagePullSecret
        ? { image_pull_secret: this.#pullSecret(imagePullSecret, props, true) }
        : {},
      artifacts: { image, kernel, ramdisk },
    };
  }
}

/** A token in a secret field is a secret: it is wrapped, so that no target treats it as a plain value. */
function splitSecrets(driverInfo: NonNullable<ParsedNodeProps["driverInfo"]>): {
  readonly plain: Record<string, FieldValue>;
  readonly secrets: Record<string, PullSecret>;
} {
  if (isToken(driverInfo)) return { plain: driverInfo as Record<string, FieldValue>, secrets: {} };
  const plain: Record<string, FieldValue> = {};
  const secrets: Record<string, PullSecret> = {};
  for (const [field, value] of Object.entries(driverInfo)) {
    if (value instanceof PullSecret) secrets[field] = value;
    else if (isSecretField(field) && isToken(value)) secrets[field] = PullSecret.fromToken(asText(value));
    else plain[field] = value;
  }
  return { plain, secrets };
}

/** Ironic's form, `name:value,name:value`, sorted by name so that the text is stable. */
function joinCapabilities(capabilities: Readonly<Record<string, string>>): string {
  if (isToken(capabilities)) {
    const pairs: unknown = Fn.formatlist("%s:%s", [Fn.keys(capabilities), Fn.values(capabilities)]);
    return Fn.join(",", Token.asList(pairs));
  }
  const names = Object.keys(capabilities).sort();
  return names.map((name) => `${name}:${capabilities[name]}`).join(",");
}

function interfacesOf(props: ParsedNodeProps): Record<string, string> {
  const names = Object.keys(INTERFACES) as (keyof typeof INTERFACES)[];
  const chosen = Object.fromEntries(
    names.flatMap((name) => (props[name] === undefined ? [] : [[INTERFACES[name], props[name]]])),
  );
  // Ironic's default deploys disk images, on nearly every driver.
  return isBootc(props.image) ? { deploy_interface: "bootc", ...chosen } : chosen;
}

/** Lines of a file as one text; Terraform joins a list that is a token. */
function joinLines(lines: string | readonly string[]): string {
  if (typeof lines === "string") return lines;
  return isToken(lines) ? Token.asString(Fn.join("\n", [...lines])) : lines.join("\n");
}
