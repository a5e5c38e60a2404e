import { Fn, type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { InvalidReferenceError } from "../../src/reference";
import type { Role } from "../../src/resolver";
import { InvalidPropsError } from "../errors";
import { OciImage } from "../oci-image";
import { Pinboard, releaseInContext } from "../pinboard";
import { PinnedArtifact } from "../pinned-artifact";
import { PullSecret } from "../secret";
import { defaultTarget } from "../targets/default";
import type { NodeTarget } from "../targets/target";
import { type FieldValue, imageFields, type NodeConfiguration } from "./configuration";
import { INTERFACES, isBootc, isSecretField, NodeProps, type ParsedNodeProps, rootDeviceHints } from "./props";
import { warnOfMemory, warnOfMissingPort } from "./warnings";

/** Hints by which Ironic finds the disk to write to; all that are given must match. */
export interface RootDeviceHints {
  readonly name?: string;
  readonly model?: string;
  readonly vendor?: string;
  readonly serial?: string;
  /** GiB, or Ironic's comparison such as `>= 100`. */
  readonly size?: number | string;
  readonly wwn?: string;
  readonly wwnWithExtension?: string;
  readonly wwnVendorExtension?: string;
  readonly rotational?: boolean;
  readonly hctl?: string;
  readonly byPath?: string;
}

export interface NodePort {
  /** The MAC address. */
  readonly address: string;
  readonly pxeEnabled?: boolean;
  readonly physicalNetwork?: string;
}

/** A bare-metal node. Strings may be tokens, save where something is decided at synth time. */
export interface BareMetalNodeProps extends Partial<Record<keyof typeof INTERFACES, string>> {
  /** The node's name in Ironic. */
  readonly name?: string;
  /** Ironic's hardware type: `redfish`, `ipmi`, … */
  readonly driver: string;
  /** Ironic's `driver_info`. Secrets in it are given as {@link PullSecret}. */
  readonly driverInfo?: Readonly<Record<string, FieldValue | PullSecret>>;
  /** Ironic's `properties`, save those that have an option of their own here. */
  readonly properties?: Readonly<Record<string, FieldValue>>;
  /** `properties.cpu_arch`: `x86_64`, `aarch64`, … Decides which image is chosen. */
  readonly cpuArch?: string;
  /** `properties.capabilities`, as pairs. */
  readonly capabilities?: Readonly<Record<string, string>>;
  /** `properties.root_device`. */
  readonly rootDevice?: RootDeviceHints;
  readonly resourceClass?: string;
  readonly traits?: readonly string[];
  readonly extra?: Readonly<Record<string, FieldValue>>;
  /**
   * The node's network ports, by which Ironic recognises the agent that deploys an image. An empty list says that they are made
   * elsewhere, such as by inspection.
   */
  readonly ports?: readonly NodePort[];
  /**
   * The disk image: becomes the pinned `instance_info.image_source`. A bootc container is an {@link OciImage} with `expect: "bootc"`;
   * the node's deploy interface then is `bootc`, unless another one is named.
   */
  readonly image?: OciImage | string;
  /**
   * `local` (the conductor converts, and the agent streams from it) or `http` (the agent fetches the file into its memory). Decides
   * which image is chosen.
   */
  readonly imageDownloadSource?: "local" | "http";
  /**
   * For a bootc container: what goes into root's `authorized_keys`, one key a line or an element. Becomes
   * `instance_info.bootc_authorized_keys`.
   */
  readonly bootcAuthorizedKeys?: string | readonly string[];
  /**
   * For a bootc container: whether its root file system is encrypted with a key that the TPM keeps (LUKS). Becomes
   * `instance_info.bootc_tpm2_luks`. Default false.
   */
  readonly bootcTpm2Luks?: boolean;
  /** The agent's kernel, `oci://host/path:tag`: becomes the pinned `driver_info.deploy_kernel`. */
  readonly deployKernel?: string;
  /** The agent's ramdisk, `oci://host/path:tag`: becomes the pinned `driver_info.deploy_ramdisk`. */
  readonly deployRamdisk?: string;
  /**
   * `instance_info.image_pull_secret`: for the image only. Its form is `user:password` for Ironic 34 and later, and the `auth` string of a
   * Docker configuration before; for a bootc container it is the `auth` string whatever the release.
   */
  readonly imagePullSecret?: PullSecret;
  /**
   * `driver_info.image_pull_secret`: for the image when it has no secret of its own, and for kernel and ramdisk if the node boots over
   * the network (PXE, iPXE, HTTP). With virtual media Ironic fetches these with its own `[oci]authentication_config` and nothing else.
   * Its form is that of {@link imagePullSecret}.
   */
  readonly deployPullSecret?: PullSecret;
  /** The Ironic release that deploys this node, where it differs from the context's. */
  readonly ironicRelease?: string;
  /**
   * What the node becomes in Terraform. Default: what the context key `cdktf-ironic-oci:target` says, else a `null_resource` that
   * holds its pinned configuration.
   */
  readonly target?: NodeTarget;
}

/** A bare-metal node that boots exactly the image, kernel and ramdisk that were pinned for it. */
export class BareMetalNode extends Construct {
  /** The disk image as this node gets it. */
  readonly image: PinnedArtifact | undefined;
  readonly kernel: PinnedArtifact | undefined;
  readonly ramdisk: PinnedArtifact | undefined;
  /**
   * The node's main resource, the last of them to be ready: what to depend on, and to put into `lifecycle.replaceTriggeredBy`.
   */
  readonly resource: TerraformResource;

  /** @throws {InvalidPropsError} which names this construct's path and every wrong field */
  constructor(scope: Construct, id: string, props: BareMetalNodeProps) {
    super(scope, id);
    const parsed = this.#check(props);
    this.image = this.#image(parsed);
    this.kernel = this.#bootFile(parsed, "kernel");
    this.ramdisk = this.#bootFile(parsed, "ramdisk");
    const bootFiles = [this.kernel, this.ramdisk].filter((artifact) => artifact !== undefined);
    if (bootFiles.length > 0)
      this.node.addValidation({ validate: () => bootFiles.flatMap((artifact) => artifact.problems()) });
    const target = parsed.target ?? defaultTarget(this);
    if (this.image) {
      if (target.deploys) warnOfMissingPort(this, parsed);
      warnOfMemory(this, parsed, this.image);
    }
    this.resource = target.create(this, this.#configuration(parsed));
  }

  #check(props: BareMetalNodeProps): ParsedNodeProps {
    const parsed = NodeProps.safeParse(props);
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "props"}: ${message}`);
    throw new InvalidPropsError(this.node.path, problems);
  }

  #image(props: ParsedNodeProps): PinnedArtifact | undefined {
    const { image, cpuArch: architecture, imageDownloadSource } = props;
    if (image === undefined) return undefined;
    // The image may stand elsewhere in the tree, where another release deploys.
    const ironicRelease = props.ironicRelease ?? releaseInContext(this);
    const construct =
      typeof image === "string" ? this.#named("image", () => new OciImage(this, "image", { source: image })) : image;
    const artifact = construct.forNode({ architecture, imageDownloadSource, ironicRelease });
    artifact.alsoFor(this);
    return artifact;
  }

  #bootFile(props: ParsedNodeProps, role: Exclude<Role, "image">): PinnedArtifact | undefined {
    const field = role === "kernel" ? "deployKernel" : "deployRamdisk";
    const source = props[field];
    if (source === undefined) return undefined;
    const { cpuArch: architecture } = props;
    const ironicRelease = props.ironicRelease ?? releaseInContext(this);
    const request = { source, role, expect: undefined, architecture, imageDownloadSource: undefined, ironicRelease };
    return this.#named(field, () => new PinnedArtifact(this, request));
  }

  /** Says which field of which construct holds a wrong reference. */
  #named<T>(field: string, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof InvalidReferenceError)) throw error;
      throw new InvalidPropsError(this.node.path, [`${field}: ${error.message}`], error.hint);
    }
  }

  /**
   * A pull secret in the form that who reads it takes: the conductor, or for a bootc container's image the agent's podman, to which Ironic
   * hands it on.
   */
  #pullSecret(secret: PullSecret, props: ParsedNodeProps, forImage: boolean): PullSecret {
    const forAgent = forImage && interfacesOf(props).deploy_interface === "bootc";
    return secret.inForm(() => (forAgent ? "auth" : Pinboard.of(this).pullSecretForm(this, props.ironicRelease)));
  }

  #configuration(props: ParsedNodeProps): NodeConfiguration {
    const { image, kernel, ramdisk } = this;
    const { imagePullSecret, deployPullSecret } = props;
    const { plain, secrets } = splitSecrets(props.driverInfo ?? {});
    return {
      name: props.name,
      driver: props.driver,
      driver_info: {
        ...plain,
        ...(kernel && { deploy_kernel: kernel.url }),
        ...(ramdisk && { deploy_ramdisk: ramdisk.url }),
      },
      driver_info_secrets: {
        ...secrets,
        ...(deployPullSecret && {
          image_pull_secret: this.#pullSecret(deployPullSecret, props, image !== undefined && !imagePullSecret),
        }),
      },
      properties: {
        ...props.properties,
        ...(props.cpuArch !== undefined && { cpu_arch: props.cpuArch }),
        ...(props.capabilities && { capabilities: joinCapabilities(props.capabilities) }),
        ...(props.rootDevice && { root_device: rootDeviceHints(props.rootDevice) }),
      },
      interfaces: interfacesOf(props),
      resource_class: props.resourceClass,
      traits: props.traits ?? [],
      extra: props.extra ?? {},
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
        // A target may send text, and the agent takes any text for true: false, which is its default, is left out.
        ...(props.bootcTpm2Luks && { bootc_tpm2_luks: true }),
      },
      instance_info_secrets: imagePullSecret
        ? { image_pull_secret: this.#pullSecret(imagePullSecret, props, true) }
        : {},
      artifacts: { image, kernel, ramdisk },
    };
  }
}

/** A token in a secret's place is a secret too: it is wrapped, so that no target mistakes it for a plain value. */
function splitSecrets(driverInfo: NonNullable<ParsedNodeProps["driverInfo"]>): {
  readonly plain: Record<string, FieldValue>;
  readonly secrets: Record<string, PullSecret>;
} {
  const plain: Record<string, FieldValue> = {};
  const secrets: Record<string, PullSecret> = {};
  for (const [field, value] of Object.entries(driverInfo)) {
    if (value instanceof PullSecret) secrets[field] = value;
    else if (isSecretField(field) && typeof value === "string") secrets[field] = PullSecret.fromToken(value);
    else plain[field] = value;
  }
  return { plain, secrets };
}

/** Ironic's form: `name:value,name:value`, in the order of names so that it is the same every time. */
function joinCapabilities(capabilities: Readonly<Record<string, string>>): string {
  const names = Object.keys(capabilities).sort();
  return names.map((name) => `${name}:${capabilities[name]}`).join(",");
}

function interfacesOf(props: ParsedNodeProps): Record<string, string> {
  const names = Object.keys(INTERFACES) as (keyof typeof INTERFACES)[];
  const chosen = Object.fromEntries(
    names.flatMap((name) => (props[name] === undefined ? [] : [[INTERFACES[name], props[name]]])),
  );
  // Ironic's own default is a disk image's interface nearly everywhere.
  return isBootc(props.image) ? { deploy_interface: "bootc", ...chosen } : chosen;
}

/** The lines of a file; a list that is a token is joined by Terraform. */
function joinLines(lines: string | readonly string[]): string {
  if (typeof lines === "string") return lines;
  return Token.isUnresolved(lines) ? Token.asString(Fn.join("\n", [...lines])) : lines.join("\n");
}
