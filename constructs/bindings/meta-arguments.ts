import type { TerraformMetaArguments } from "cdktf";

const NAMES = ["provider", "dependsOn", "count", "lifecycle", "provisioners", "connection", "forEach"] as const;

/** Terraform's own arguments out of a resource's configuration: those that are set. */
export function metaArguments(config: TerraformMetaArguments): TerraformMetaArguments {
  return Object.fromEntries(NAMES.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
