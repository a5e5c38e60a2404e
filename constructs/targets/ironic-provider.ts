import { Aspects, TerraformProvider, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { IronicProvider, installProviderInto } from "../bindings/provider";

const stacksWithProvider = new WeakSet<TerraformStack>();

/**
 * Sees to it that a node's stack has a configuration of the provider without an alias. Whether one has to be made is decided when
 * the stack is synthesized: the program may make its own after the node.
 */
export function ensureProvider(node: Construct): void {
  const stack = TerraformStack.of(node);
  if (stacksWithProvider.has(stack)) return;
  stacksWithProvider.add(stack);
  // Synthesis has begun by the time the aspect is visited, too late for a provider made there to say so itself.
  installProviderInto(stack);
  Aspects.of(stack).add({
    visit(construct) {
      if (construct !== stack || stack.node.findAll().some(isDefaultProvider)) return;
      new IronicProvider(stack, "ironic-provider");
    },
  });
}

function isDefaultProvider(construct: IConstruct): boolean {
  if (!TerraformProvider.isTerraformProvider(construct)) return false;
  return construct.terraformResourceType === IronicProvider.tfResourceType && construct.alias === undefined;
}
