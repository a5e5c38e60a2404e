import type { TerraformResource } from "cdktf";
import { Construct } from "constructs";
import * as z from "zod";
import { InvalidPropsError } from "../errors";
import { releaseInContext } from "../pin-registry";
import type { PinnedArtifact } from "../pinned-artifact";
import { errorsOf, objectOf, orToken, type PropProblem, parseProps, text, throwProblems } from "../prop-schema";
import { defaultTarget, targetInContext } from "../targets/default";
import { asList } from "../tokens";
import type { DeploymentConfiguration, NodeArtifacts } from "./configuration";
import type { DeploymentProps } from "./deployment-props";
import {
  DEPLOYMENT,
  deploymentConflicts,
  isDeployed,
  operationTimeouts,
  type ParsedDeploymentProps,
} from "./deployment-schema";
import { artifactsOf, deployInterfaceOf, instanceConfiguration } from "./instance";
import { NODE_NAME, traits } from "./props";
import type { OperationTimeouts } from "./timeouts";
import { warnOfMemory } from "./warnings";

/** What an allocation asks of the node that it chooses (Ironic, "Allocation API"). */
export interface NodeAllocation {
  /** Name of the allocation, unique in Ironic. */
  readonly name?: string;
  /** Resource class of the node, matched exactly. */
  readonly resourceClass: string;
  /** Traits that the node needs. */
  readonly traits?: readonly string[];
  /** Names or UUIDs of the nodes to choose from. Default: all of the resource class. */
  readonly candidateNodes?: readonly string[];
}

/** Props of {@link BareMetalDeployment}: those of what is deployed, and `node` or `allocation`. */
export interface BareMetalDeploymentProps extends DeploymentProps {
  /** UUID or name of a node that exists already. */
  readonly node?: string;
  /** Lets Ironic choose an available node. `cpuArch` has to be that of all nodes which it may choose, because it decides which image is pinned. */
  readonly allocation?: NodeAllocation;
  /** Timeouts of the allocation and of the deployment. */
  readonly timeouts?: Readonly<Partial<Record<"allocation" | "deployment", OperationTimeouts>>>;
}

const PROPS = {
  ...DEPLOYMENT,
  node: text.optional(),
  allocation: objectOf({
    name: NODE_NAME.optional(),
    resourceClass: text,
    traits: traits.optional(),
    candidateNodes: orToken<string[]>(z.array(text).min(1, "needs at least one node"), asList).optional(),
  }).optional(),
  timeouts: objectOf({ allocation: operationTimeouts.optional(), deployment: operationTimeouts.optional() }).optional(),
};
type Parsed = z.infer<z.ZodObject<typeof PROPS>>;

/**
 * A pinned image on a node that this program does not declare: one that exists already, or one that an allocation chooses. A node that
 * the program declares is a {@link BareMetalNode}.
 */
export class BareMetalDeployment extends Construct {
  /** The disk image that was pinned; undefined without an image. */
  readonly image: PinnedArtifact | undefined;
  /** All artifacts that were pinned. */
  readonly artifacts: NodeArtifacts;
  /** Main resource: for `dependsOn` and `lifecycle.replaceTriggeredBy`. */
  readonly resource: TerraformResource;

  /**
   * Checks all props, and creates the resources of the target. References are resolved by `synthesize`, not here.
   * @throws {InvalidPropsError} which names this construct's path and every wrong field
   */
  constructor(scope: Construct, id: string, props: BareMetalDeploymentProps) {
    super(scope, id);
    const parsed = this.#check(props);
    this.artifacts = artifactsOf(this, parsed);
    this.image = this.artifacts.image;
    const target = parsed.target ?? defaultTarget(this, true);
    if (target.createDeployment === undefined) {
      throw new InvalidPropsError(this.node.path, ["target: has no createDeployment, so that it makes nodes only"]);
    }
    if (this.image) warnOfMemory(this, parsed, this.image);
    this.resource = target.createDeployment(this, this.#configuration(parsed));
  }

  /** @throws {InvalidPropsError} */
  #check(props: BareMetalDeploymentProps): Parsed {
    const { valid, problems } = parseProps(PROPS, props);
    const { ironicRelease, target } = props ?? {};
    const wrong = new Set(problems.map(({ path }) => path[0]));
    throwProblems(this.node.path, [
      ...problems,
      ...ownConflicts(valid, wrong),
      ...deploymentConflicts(valid, wrong),
      ...(ironicRelease === undefined ? errorsOf(() => releaseInContext(this)) : []),
      ...(target === undefined ? errorsOf(() => targetInContext(this)) : []),
    ]);
    return valid as Parsed;
  }

  #configuration(props: Parsed): DeploymentConfiguration {
    const { node, allocation, timeouts = {} } = props;
    const instance = instanceConfiguration(this, props, this.artifacts);
    const deployInterface = deployInterfaceOf(props as ParsedDeploymentProps);
    return {
      ...instance,
      // For this deployment only: the node's own deploy interface stays (ironic.common.driver_factory.get_interface).
      instance_info: {
        ...instance.instance_info,
        ...(deployInterface !== undefined && { deploy_interface: deployInterface }),
      },
      node,
      allocation: allocation && {
        ...(allocation.name !== undefined && { name: allocation.name }),
        resource_class: allocation.resourceClass,
        ...(allocation.traits !== undefined && { traits: allocation.traits }),
        ...(allocation.candidateNodes !== undefined && { candidate_nodes: allocation.candidateNodes }),
      },
      timeouts,
    };
  }
}

function ownConflicts(props: Partial<Parsed>, wrong: ReadonlySet<unknown>): PropProblem[] {
  const problems: PropProblem[] = [];
  const isWrong = (...names: readonly (keyof Parsed)[]) => names.some((name) => wrong.has(name));
  if (!isWrong("node", "allocation")) {
    if (props.node === undefined && props.allocation === undefined)
      problems.push({ path: ["allocation"], message: "is needed, or node" });
    if (props.node !== undefined && props.allocation !== undefined)
      problems.push({ path: ["allocation"], message: "can't be beside node" });
  }
  if (!isWrong("image", "bootIso", "instanceKernel") && !isDeployed(props))
    problems.push({ path: ["image"], message: "is needed, or bootIso, or instanceKernel and instanceRamdisk" });
  if (!isWrong("timeouts", "allocation") && props.timeouts?.allocation !== undefined && props.allocation === undefined)
    problems.push({ path: ["timeouts", "allocation"], message: "has no effect without an allocation" });
  return problems;
}
