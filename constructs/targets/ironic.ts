import { createHash } from "node:crypto";
import { TerraformProvider, type TerraformResource, TerraformStack, Token } from "cdktf";
import type { Construct } from "constructs";
import * as z from "zod";
import { AllocationV1, Deployment, NodeV1, type NodeV1Config, PortGroupV1, PortV1 } from "../bindings";
import { installProviderInto } from "../bindings/provider";
import { InvalidPropsError } from "../errors";
import type {
  DeploymentConfiguration,
  FieldValue,
  InstanceConfiguration,
  NodeConfiguration,
  PortConfiguration,
  PortGroupConfiguration,
} from "../node/configuration";
import { INTERFACES } from "../node/props";
import type { OperationTimeouts } from "../node/timeouts";
import { parseProps, throwProblems } from "../prop-schema";
import type { PullSecret } from "../secret";
import { SynthValue } from "../synth-value";
import { isToken } from "../tokens";
import { ensureProvider } from "./ironic-provider";
import type { NodeTarget } from "./target";
import { networkDataTexts, texts, toText } from "./text";

/** Options of {@link IronicTarget}. */
export interface IronicTargetOptions {
  /**
   * Provider configuration, where a stack works with more than one Ironic: an `ironic.IronicProvider` of the same stack with an
   * alias. Default: the stack's provider without an alias, which is created if there is none and is then configured by the
   * environment (`IRONIC_ENDPOINT`, …).
   */
  readonly provider?: TerraformProvider;
  /**
   * Provision state of a node without an image. Default `manageable`: Ironic verifies that it reaches the management controller.
   * With `available` the node is cleaned, if Ironic is configured to, and can be allocated; its ports are then part of the node's
   * resource, because cleaning may boot from them.
   */
  readonly withoutImage?: "enroll" | "manageable" | "available";
}

/** The Terraform resources of a node with the target {@link IronicTarget}. */
export interface IronicResources {
  /** The node itself. */
  readonly node: NodeV1;
  /** One for each port, in the order of the props, those of port groups last; none for ports that are part of the node. */
  readonly ports: readonly PortV1[];
  /** One for each port group, in the order of the props. */
  readonly portGroups: readonly PortGroupV1[];
  /** The deployment of the image; undefined for a node without an image. */
  readonly deployment: Deployment | undefined;
}

/** The Terraform resources of a {@link BareMetalDeployment} with the target {@link IronicTarget}. */
export interface IronicDeploymentResources {
  /** The allocation; undefined for a deployment on a given node. */
  readonly allocation: AllocationV1 | undefined;
  /** The deployment of the image. */
  readonly deployment: Deployment;
}

/** Arguments of `ironic_node_v1` by provision state. */
const GOALS = { enroll: {}, manageable: { manage: true }, available: { available: true } } as const;

const OPTIONS = {
  provider: z
    .custom(TerraformProvider.isTerraformProvider, "must be a provider, such as an ironic.IronicProvider")
    .optional(),
  withoutImage: z
    .custom(
      (goal) => typeof goal === "string" && Object.hasOwn(GOALS, goal),
      `must be one of ${Object.keys(GOALS).join(", ")}`,
    )
    .optional(),
};

const resourcesByNode = new WeakMap<Construct, IronicResources>();
const resourcesByDeployment = new WeakMap<Construct, IronicDeploymentResources>();

/**
 * A node of a real Ironic: an `ironic_node_v1`, an `ironic_port_group_v1` for each port group, an `ironic_port_v1` for each port
 * and, if there is an image, an `ironic_deployment`. A new digest rebuilds the node in place. Secrets go into write-only arguments: no plan or state holds them.
 *
 * The deployment takes the node from `manageable` through `available`, so that the ports are there before anything boots.
 */
export class IronicTarget implements NodeTarget {
  readonly deploys = true;
  readonly #options: IronicTargetOptions;

  /**
   * One target may serve any number of nodes.
   * @throws {InvalidPropsError} which names every wrong option
   */
  constructor(options: IronicTargetOptions = {}) {
    throwProblems("IronicTarget", parseProps(OPTIONS, options).problems);
    this.#options = options;
  }

  /**
   * The resources of a node, for arguments that BareMetalNodeProps does not have: `extraTyped`, `onChange`, clean settings, … Undefined for a
   * node with another target.
   *
   * @example
   * const { node, deployment } = IronicTarget.resourcesOf(machine) ?? {};
   * if (node) node.extraTyped = { rack: { row: 3 } };
   */
  static resourcesOf(node: Construct): IronicResources | undefined {
    return resourcesByNode.get(node);
  }

  /** The resources of a deployment, for arguments that BareMetalDeploymentProps does not have. Undefined for one with another target. */
  static deploymentOf(deployment: Construct): IronicDeploymentResources | undefined {
    return resourcesByDeployment.get(deployment);
  }

  /** @returns the deployment, or the node where nothing is deployed; both have the node's UUID as `id` */
  create(construct: Construct, configuration: NodeConfiguration): TerraformResource {
    const provider = this.#provider(construct);
    const { ports, port_groups: groups, instance_info: info } = configuration;
    const deployed = [info.image_source, info.boot_iso, info.kernel].some((each) => each !== undefined);
    const goal = deployed ? "manageable" : (this.#options.withoutImage ?? "manageable");
    // The default child: its address is that of the construct, ironic_node_v1.node-0.
    const node = new NodeV1(construct, "Default", {
      ...{ ...provider, ...nodeArguments(configuration), ...GOALS[goal] },
      ...(goal === "available" && ports.length > 0 && { ports: ports.map(inlinePort) }),
    });
    const of = { construct, node, provider };
    const standalone = goal === "available" ? [] : ports.map((port, index) => portOf(of, port, String(index)));
    const names = groupNames(groups);
    const grouped = groups.map((group, index) => portGroupOf(of, group, names[index] ?? ""));
    const portGroups = grouped.map(({ portGroup }) => portGroup);
    const portResources = [...standalone, ...grouped.flatMap((group) => group.ports)];
    const deployment = deployed ? this.#deploymentOf(of, portResources, configuration) : undefined;
    resourcesByNode.set(construct, { node, ports: portResources, portGroups, deployment });
    return deployment ?? node;
  }

  /** A deployment at the node's address, `ironic_deployment.node-0`. */
  #deploymentOf({ construct, node, provider }: OfNode, ports: readonly PortV1[], configuration: NodeConfiguration) {
    const deployment = new Deployment(construct, "deployment", {
      ...{ ...provider, nodeUuid: node.id },
      ...instanceArguments(configuration),
      adopt: configuration.adopt,
      ...timeoutsOf(configuration.timeouts.deployment),
      // Cleaning and deployment boot from these ports.
      ...(ports.length > 0 && { dependsOn: [...ports] }),
    });
    deployment.overrideLogicalId(node.friendlyUniqueId);
    return deployment;
  }

  /** @returns the deployment, whose `id` is the node's UUID */
  createDeployment(construct: Construct, configuration: DeploymentConfiguration): TerraformResource {
    const provider = this.#provider(construct);
    const { node = "", allocation: wanted, timeouts } = configuration;
    // The default child, the first of the two: its address is that of the construct.
    const allocation =
      wanted &&
      new AllocationV1(construct, "Default", {
        ...provider,
        ...{ name: wanted.name, resourceClass: wanted.resource_class },
        traits: wanted.traits && [...wanted.traits],
        candidateNodes: wanted.candidate_nodes && [...wanted.candidate_nodes],
        ...timeoutsOf(timeouts.allocation),
      });
    const deployment = new Deployment(construct, allocation ? "deployment" : "Default", {
      ...{ ...provider, nodeUuid: allocation?.nodeUuid ?? node },
      ...instanceArguments(configuration),
      ...timeoutsOf(timeouts.deployment),
    });
    if (allocation) deployment.overrideLogicalId(allocation.friendlyUniqueId);
    resourcesByDeployment.set(construct, { allocation, deployment });
    return deployment;
  }

  #provider(construct: Construct): ProviderArgument {
    const { provider } = this.#options;
    if (provider === undefined) {
      ensureProvider(construct);
      return {};
    }
    const [stack, other] = [TerraformStack.of(construct), TerraformStack.of(provider)];
    if (stack !== other) {
      const problem = `the provider is in stack ${other.node.path}, and the node in ${stack.node.path}: give a provider of the node's stack`;
      throw new InvalidPropsError(construct.node.path, [`target: ${problem}`]);
    }
    installProviderInto(stack);
    return { provider };
  }
}

type ProviderArgument = { readonly provider?: TerraformProvider };

function nodeArguments(configuration: NodeConfiguration): NodeV1Config {
  const { name, driver, driver_info, driver_info_secrets, properties, interfaces } = configuration;
  const { deploy_kernel: kernel, deploy_ramdisk: ramdisk, ...driverInfo } = driver_info;
  const { image_pull_secret: pullSecret, ...secrets } = driver_info_secrets;
  const { root_device: rootDevice = configuration.root_device, ...otherProperties } = properties;
  return {
    ...{ name, driver, resourceClass: configuration.resource_class },
    deployKernel: kernel === undefined ? undefined : toText(kernel),
    deployRamdisk: ramdisk === undefined ? undefined : toText(ramdisk),
    driverInfo: texts(driverInfo),
    ...secretMap(secrets),
    ...pullSecretArguments(pullSecret),
    properties: texts(otherProperties),
    rootDevice: rootDevice === undefined ? undefined : texts(rootDevice as Readonly<Record<string, FieldValue>>),
    ...Object.fromEntries(Object.entries(INTERFACES).map(([property, field]) => [property, interfaces[field]])),
    traits: configuration.traits.length > 0 ? [...configuration.traits] : undefined,
    description: configuration.description,
    extra: texts(configuration.extra),
    ...timeoutsOf(configuration.timeouts.node),
  };
}

/** The arguments of a deployment that say what is deployed. */
function instanceArguments(configuration: InstanceConfiguration) {
  const { instance_info, instance_info_secrets, config_drive, deploy_steps: steps } = configuration;
  const { user_data: userData, meta_data: metadata, network_data: networkData = {} } = config_drive;
  // The provider reads the node, and adds image_disk_format itself where Ironic needs it.
  const { image_disk_format: _, ...instanceInfo } = instance_info;
  return {
    instanceInfo: texts(instanceInfo) ?? {},
    ...pullSecretArguments(instance_info_secrets.image_pull_secret),
    deploySteps: steps === undefined ? undefined : toText(steps),
    userData: userData === undefined ? undefined : toText(userData),
    // A token for the whole map is a map of texts.
    ...(metadata && (isToken(metadata) ? { metadata: texts(metadata) } : { metadataTyped: metadata })),
    networkData: networkDataTexts(networkData),
    protected: configuration.protected,
  };
}

function timeoutsOf(timeouts: OperationTimeouts | undefined) {
  const isSet = timeouts !== undefined && Object.values(timeouts).some((each) => each !== undefined);
  return isSet ? { timeouts } : {};
}

/** The node to which further resources belong. */
interface OfNode {
  readonly construct: Construct;
  readonly node: NodeV1;
  readonly provider: ProviderArgument;
}

/** The names of port groups in Terraform, after their names in Ironic, which may have `.` and `~`; unique. */
function groupNames(groups: readonly PortGroupConfiguration[]): readonly string[] {
  const names: string[] = [];
  for (const [index, { name }] of groups.entries()) {
    const wanted = name === undefined || isToken(name) ? `group-${index}` : name.replace(/[^A-Za-z0-9_-]/g, "_");
    names.push(names.includes(wanted) ? `${wanted}_${index}` : wanted);
  }
  return names;
}

/** A port group, and the ports in it. */
function portGroupOf(of: OfNode, { ports, ...group }: PortGroupConfiguration, name: string) {
  const { construct, node, provider } = of;
  const portGroup = new PortGroupV1(construct, `port-group-${name}`, {
    ...{ ...provider, nodeUuid: node.id, name: group.name, mode: group.mode, address: group.address },
    standalonePortsSupported: group.standalone_ports_supported,
    properties: group.properties && texts(group.properties),
  });
  portGroup.overrideLogicalId(`${node.friendlyUniqueId}_${name}`);
  const members = ports.map((port, position) => portOf(of, port, `${name}-${position}`, portGroup));
  return { portGroup, ports: members };
}

/** A port named by its address, not its index: removing one leaves the others unchanged. */
function portOf(
  { construct, node, provider }: OfNode,
  { address, pxe_enabled, physical_network }: PortConfiguration,
  position: string,
  portGroup?: PortGroupV1,
): PortV1 {
  const name = isToken(address) ? position : address.toLowerCase().replaceAll(":", "-");
  const port = new PortV1(construct, `port-${name}`, {
    ...{ ...provider, nodeUuid: node.id, address },
    ...{ pxeEnabled: pxe_enabled, physicalNetwork: physical_network },
    ...(portGroup && { portGroupUuid: portGroup.id }),
  });
  port.overrideLogicalId(`${node.friendlyUniqueId}_${name}`);
  return port;
}

/** A port for the argument `ports` of the node, whose default of pxe_enabled differs from Ironic's. */
function inlinePort({ address, pxe_enabled = true, physical_network }: PortConfiguration): Record<string, string> {
  return {
    ...{ address, pxe_enabled: toText(pxe_enabled) },
    ...(physical_network !== undefined && { physical_network }),
  };
}

function secretMap(
  secrets: Readonly<Record<string, PullSecret>>,
): Pick<NodeV1Config, "driverInfoWo" | "driverInfoWoVersion"> {
  const entries = Object.entries(secrets);
  if (entries.length === 0) return {};
  const driverInfoWo = Object.fromEntries(entries.map(([field, secret]) => [field, writeOnlyValue(secret)]));
  return { driverInfoWo, driverInfoWoVersion: versionOf(secrets) };
}

function pullSecretArguments(
  secret: PullSecret | undefined,
): Pick<NodeV1Config, "imagePullSecretWo" | "imagePullSecretWoVersion"> {
  if (secret === undefined) return {};
  return {
    imagePullSecretWo: writeOnlyValue(secret),
    imagePullSecretWoVersion: versionOf({ image_pull_secret: secret }),
  };
}

function writeOnlyValue(secret: PullSecret): string {
  secret.markEphemeral();
  return secret.value;
}

/**
 * Version of a write-only argument that holds these secrets. It changes with the source or the version of a secret, and when one is
 * added, removed or renamed: Terraform then sends all of them again, since it can't compare their values. A hash of names, sources
 * and versions, cut to 48 bits, which JSON numbers hold exactly.
 */
function versionOf(secrets: Readonly<Record<string, PullSecret>>): number {
  const named = Object.entries(secrets).sort(([one], [other]) => (one < other ? -1 : 1));
  const version = new SynthValue((context) => {
    if (context.preparing) return 0;
    const sources = named.map(([field, { reference, version }]) => [field, context.resolve(reference), version]);
    return createHash("sha256").update(JSON.stringify(sources)).digest().readUIntBE(0, 6);
  });
  return Token.asNumber(version);
}
