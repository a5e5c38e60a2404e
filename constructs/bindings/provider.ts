import { join } from "node:path";
import { TerraformStack } from "cdktf";
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
    deliverTo(TerraformStack.of(this));
  }
}

const delivered = new WeakSet<TerraformStack>();

/**
 * Has a stack's synthesis, however it is started, put the provider beside the stack's JSON. Once for a stack, however many
 * configurations of the provider it has.
 */
export function deliverTo(stack: TerraformStack): void {
  if (delivered.has(stack)) return;
  delivered.add(stack);
  const { synthesizer } = stack;
  stack.synthesizer = {
    synthesize(session) {
      synthesizer.synthesize(session);
      const { workingDirectory } = session.manifest.forStack(stack);
      installProvider(join(session.outdir, workingDirectory, "terraform.d", "plugins"));
    },
  };
}
