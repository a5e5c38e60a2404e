import type { TerraformMetaArguments } from "cdktf";

const NAMES = ["provider", "dependsOn", "count", "lifecycle", "provisioners", "connection", "forEach"] as const;

/** Terraform's meta-arguments in a resource's configuration that are set. */
export function metaArguments(config: TerraformMetaArguments): TerraformMetaArguments {
  return Object.fromEntries(NAMES.flatMap((name) => (config[name] === undefined ? [] : [[name, config[name]]])));
}
