import type { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { NodeConfiguration } from "../node/configuration";

/** What a bare-metal node becomes in Terraform. */
export interface NodeTarget {
  /**
   * Whether the node's image is deployed by what this target makes. A node that an agent would not be recognised on is then warned of.
   * Default false.
   */
  readonly deploys?: boolean;
  /**
   * Makes the node's resources below `node` and returns the main one: others depend on it, so it is the one that is ready last.
   *
   * The configuration's secrets are tokens: a target must not put them where Terraform would keep them.
   */
  create(node: Construct, configuration: NodeConfiguration): TerraformResource;
}
