import { NullProvider } from "@cdktf/provider-null/lib/provider";
import { Resource } from "@cdktf/provider-null/lib/resource";
import {
  type FileProvisioner,
  Fn,
  type LocalExecProvisioner,
  type RemoteExecProvisioner,
  type TerraformResource,
  TerraformStack,
  Tokenization,
} from "cdktf";
import type { Construct } from "constructs";
import type {
  DeploymentConfiguration,
  FieldValue,
  InstanceConfiguration,
  NodeConfiguration,
  PortConfiguration,
} from "../node/configuration";
import type { PullSecret } from "../secret";
import { SynthValue } from "../synth-value";
import { asText, isToken } from "../tokens";
import type { NodeTarget } from "./target";
import { jsonText, toText } from "./text";

/** Options of {@link NullTarget}. */
export interface NullTargetOptions {
  /** Provisioners of the `null_resource`: they run when the pinned configuration changes and the resource is replaced. */
  readonly provisioners?: (FileProvisioner | LocalExecProvisioner | RemoteExecProvisioner)[];
}

/**
 * A `null_resource` whose triggers hold the node's pinned configuration. It deploys nothing by itself: it is replaced when a
 * digest changes, for provisioners and `replace_triggered_by`. Instead of a secret it holds the secret's name in Terraform.
 */
export class NullTarget implements NodeTarget {
  readonly #options: NullTargetOptions;

  /** One target may serve any number of nodes. */
  constructor(options: NullTargetOptions = {}) {
    this.#options = options;
  }

  create(node: Construct, configuration: NodeConfiguration): TerraformResource {
    return this.#create(node, nodeTriggers(configuration), configuration);
  }

  createDeployment(deployment: Construct, configuration: DeploymentConfiguration): TerraformResource {
    return this.#create(deployment, deploymentTriggers(configuration), configuration);
  }

  #create(construct: Construct, triggers: Record<string, string>, configuration: InstanceConfiguration) {
    ensureProvider(construct);
    // The default child: its address is that of the construct, null_resource.node-0.
    return new Resource(construct, "Default", {
      triggers: synthesizedTriggers(triggers, configuration) as unknown as Record<string, string>,
      ...(this.#options.provisioners && { provisioners: this.#options.provisioners }),
    });
  }
}

/**
 * The triggers as one value. CDKTF resolves every string of every resource twice; with the pins inserted here and nothing left
 * for the preparing run, ten thousand nodes take half the time.
 */
function synthesizedTriggers(
  triggers: Record<string, string>,
  { artifacts }: InstanceConfiguration,
): SynthValue<Record<string, string>> {
  const pinned = new Map(Object.values(artifacts).flatMap((artifact) => (artifact ? [[artifact.url, artifact]] : [])));
  const others = Object.values(triggers).some((value) => !pinned.has(value) && isToken(value));
  const entries = Object.entries(triggers);
  return new SynthValue(({ preparing }) => {
    if (preparing) return others ? triggers : {};
    return Object.fromEntries(entries.map(([key, value]) => [key, pinned.get(value)?.pin().url ?? value]));
  });
}

const stacksWithProvider = new WeakSet<TerraformStack>();

/** CDKTF needs a provider construct in every stack that uses one; an existing one is kept. */
function ensureProvider(node: Construct): void {
  const stack = TerraformStack.of(node);
  if (stacksWithProvider.has(stack)) return;
  stacksWithProvider.add(stack);
  if (!stack.node.findAll().some((construct) => construct instanceof NullProvider)) new NullProvider(stack, "null");
}

function joinTraits(traits: readonly string[]): string {
  return isToken(traits) ? Fn.join(",", Fn.sort([...traits])) : [...traits].sort().join(",");
}

type Adder = ReturnType<typeof triggerAdder>;

/** Adds `driver_info.deploy_kernel` → value, for every field that is set. */
function triggerAdder(triggers: Record<string, string>) {
  const add = (key: string, value: FieldValue | undefined): void => {
    if (value === undefined) return;
    if (isToken(value)) triggers[key] = Tokenization.isResolvable(value) ? toText(value) : asText(value);
    else if (typeof value === "object") {
      for (const [inner, each] of Object.entries(value)) add(`${key}.${inner}`, each);
    } else triggers[key] = String(value);
  };
  const addSecrets = (key: string, secrets: Readonly<Record<string, PullSecret>>): void => {
    for (const [field, secret] of Object.entries(secrets)) add(`${key}.${field}`, secret.reference);
  };
  return { add, addSecrets };
}

/** The triggers of a node, in a fixed order. */
function nodeTriggers(configuration: NodeConfiguration): Record<string, string> {
  const { name, driver, driver_info, driver_info_secrets, properties, interfaces } = configuration;
  const { resource_class, traits, extra, ports, port_groups: groups } = configuration;
  const triggers: Record<string, string> = {};
  const adder = triggerAdder(triggers);
  const { add, addSecrets } = adder;
  add("name", name);
  add("driver", driver);
  add("driver_info", driver_info);
  addSecrets("driver_info", driver_info_secrets);
  add("properties", properties);
  add("properties.root_device", configuration.root_device);
  for (const [key, value] of Object.entries(interfaces)) add(key, value);
  add("resource_class", resource_class);
  add("traits", traits.length > 0 ? joinTraits(traits) : undefined);
  add("extra", extra);
  add("ports", ports.map(fieldsOfPort));
  add(
    "port_groups",
    groups.map(({ ports: members, ...group }) => ({ ...group, ports: members.map(fieldsOfPort) })),
  );
  add("description", configuration.description);
  add("adopt", configuration.adopt);
  addInstance(adder, configuration);
  return triggers;
}

/** The triggers of a deployment, in a fixed order. */
function deploymentTriggers(configuration: DeploymentConfiguration): Record<string, string> {
  const { node, allocation } = configuration;
  const triggers: Record<string, string> = {};
  const adder = triggerAdder(triggers);
  adder.add("node", node);
  if (allocation) {
    const { traits, ...others } = allocation;
    adder.add("allocation", { ...others, ...(traits && { traits: joinTraits(traits) }) });
  }
  addInstance(adder, configuration);
  return triggers;
}

function addInstance({ add, addSecrets }: Adder, configuration: InstanceConfiguration): void {
  const { instance_info, instance_info_secrets, deploy_steps: steps } = configuration;
  add("protected", configuration.protected);
  const { user_data: userData, network_data: networkData, ...drive } = configuration.config_drive;
  add("config_drive.user_data", userData === undefined ? undefined : toText(userData));
  add("config_drive", drive);
  add("config_drive.network_data", networkData && networkDataTriggers(networkData));
  add("deploy_steps", steps === undefined ? undefined : toText(steps));
  add("instance_info", instance_info);
  addSecrets("instance_info", instance_info_secrets);
}

function networkDataTriggers(data: Readonly<Record<string, FieldValue>>): Readonly<Record<string, FieldValue>> {
  if (isToken(data)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Tokenization.isResolvable(value) ? jsonText(value) : value]),
  );
}

function fieldsOfPort({ address, ...rest }: PortConfiguration): Record<string, FieldValue> {
  return { address, ...rest };
}
