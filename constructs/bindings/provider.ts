import { join } from "node:path";
import { addCustomSynthesis, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { installProvider } from "../../src/delivery";
import { IronicProvider as Generated, type IronicProviderConfig } from "./generated/provider";

/**
 * How a stack reaches Ironic. At synth time it puts the Terraform provider itself into the stack's `terraform.d/plugins`, so that
 * `terraform init` needs no network for it.
 */
export class IronicProvider extends Generated {
  constructor(scope: Construct, id: string, config: IronicProviderConfig = {}) {
    super(scope, id, config);
    addCustomSynthesis(this, {
      onSynthesize: ({ outdir, manifest }) => {
        const { workingDirectory } = manifest.forStack(TerraformStack.of(this));
        installProvider(join(outdir, workingDirectory, "terraform.d", "plugins"));
      },
    });
  }
}
