import type { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { DeploymentConfiguration, NodeConfiguration } from "../node/configuration";

/** Creates the Terraform resources of a bare-metal node. */
export interface NodeTarget {
  /**
   * Whether the resources of this target deploy the node's image. Nodes without ports, on which Ironic would not recognise the
   * agent, then get a warning. Default false.
   */
  readonly deploys?: boolean;
  /**
   * Creates the resources below `node` and returns the main one: the last to be ready, because other resources depend on it.
   *
   * Secrets in the configuration are tokens. A target must put them into write-only arguments, or leave them out: Terraform keeps
   * the values of all other arguments in plan and state.
   */
  create(node: Construct, configuration: NodeConfiguration): TerraformResource;
  /**
   * As {@link create}, for a {@link BareMetalDeployment}. A target without it refuses those.
   */
  createDeployment?(deployment: Construct, configuration: DeploymentConfiguration): TerraformResource;
}
