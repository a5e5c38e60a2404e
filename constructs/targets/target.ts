import type { TerraformResource } from "cdktf";
import type { Construct } from "constructs";
import type { NodeConfiguration } from "../node/configuration";

/** What a bare-metal node becomes in Terraform. */
export interface NodeTarget {
  /**
   * Makes the node's resources below `node` and returns the main one: others depend on it, so it is the one that is ready last.
   *
   * The configuration's secrets are tokens: a target must not put them where Terraform would keep them.
   */
  create(node: Construct, configuration: NodeConfiguration): TerraformResource;
}
