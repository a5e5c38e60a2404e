import { Fn, type TerraformResource, Token } from "cdktf";
import { Construct } from "constructs";
import { releaseInContext } from "../pin-registry";
import type { PinnedArtifact } from "../pinned-artifact";
import { errorsOf, throwProblems } from "../prop-schema";
import { PullSecret } from "../secret";
import { defaultTarget, targetInContext } from "../targets/default";
import { asText, isToken, withEntries } from "../tokens";
import type { FieldValue, NodeArtifacts, NodeConfiguration, PortConfiguration } from "./configuration";
import { isDeployed, neededInterface } from "./deployment-schema";
import { artifactsOf, instanceConfiguration, pinnedFields, pullSecretFor } from "./instance";
import type { BareMetalNodeProps } from "./node-props";
import { INTERFACES, type ParsedNodeProps, parseNodeProps, rootDeviceHints } from "./props";
import { isSecretField } from "./values";
import { warnOfMemory, warnOfMissingPort } from "./warnings";

/** A bare-metal node that boots exactly the image, kernel and ramdisk that were pinned for it. */
export class BareMetalNode extends Construct {
  /** The disk image pinned for this node; undefined without an image. */
  readonly image: PinnedArtifact | undefined;
  /** The agent's kernel pinned for this node; undefined without `deployKernel`. */
  readonly kernel: PinnedArtifact | undefined;
  /** The agent's ramdisk pinned for this node; undefined without `deployRamdisk`. */
  readonly ramdisk: PinnedArtifact | undefined;
  /** All artifacts pinned for this node. */
  readonly artifacts: NodeArtifacts;
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
    this.artifacts = artifactsOf(this, parsed);
    this.image = this.artifacts.image;
    this.kernel = this.artifacts.kernel;
    this.ramdisk = this.artifacts.ramdisk;
    const target = parsed.target ?? defaultTarget(this, isDeployed(parsed));
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

  #configuration(props: ParsedNodeProps): NodeConfiguration {
    const { imagePullSecret, deployPullSecret } = props;
    const rootDevice = props.rootDevice && rootDeviceHints(props.rootDevice);
    const { plain, secrets } = splitSecrets(props.driverInfo ?? {});
    return {
      name: props.name,
      driver: props.driver,
      driver_info: withEntries<FieldValue>(plain, pinnedFields("driver_info", this.artifacts)),
      driver_info_secrets: {
        ...secrets,
        ...(deployPullSecret && {
          image_pull_secret: pullSecretFor(this, deployPullSecret, props, this.image !== undefined && !imagePullSecret),
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
      ports: (props.ports ?? []).map(portConfiguration),
      adopt: props.adopt,
      port_groups: (props.portGroups ?? []).map(
        ({ name, mode, address, standalonePortsSupported, properties, ports }) => ({
          ...(name !== undefined && { name }),
          ...(mode !== undefined && { mode }),
          ...(address !== undefined && { address }),
          ...(standalonePortsSupported !== undefined && { standalone_ports_supported: standalonePortsSupported }),
          ...(properties !== undefined && { properties }),
          ports: ports.map(portConfiguration),
        }),
      ),
      timeouts: props.timeouts ?? {},
      ...instanceConfiguration(this, props, this.artifacts),
    };
  }
}

type ParsedPort = NonNullable<ParsedNodeProps["ports"]>[number];

function portConfiguration({ address, pxeEnabled, physicalNetwork }: ParsedPort): PortConfiguration {
  return {
    address,
    ...(pxeEnabled !== undefined && { pxe_enabled: pxeEnabled }),
    ...(physicalNetwork !== undefined && { physical_network: physicalNetwork }),
  };
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
  const needed = neededInterface(props);
  const names = Object.keys(INTERFACES) as (keyof typeof INTERFACES)[];
  const chosen = Object.fromEntries(
    names.flatMap((name) => (props[name] === undefined ? [] : [[INTERFACES[name], props[name]]])),
  );
  // Ironic's default deploys disk images, on nearly every driver.
  return needed === undefined ? chosen : { deploy_interface: needed, ...chosen };
}
