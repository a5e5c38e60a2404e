import { Aspects, TerraformProvider, TerraformStack } from "cdktf";
import type { Construct, IConstruct } from "constructs";
import { IronicProvider, installProviderInto } from "../bindings/provider";

const stacksWithProvider = new WeakSet<TerraformStack>();

/**
 * Ensures that a node's stack has a provider configuration without an alias. It is created when the stack is synthesized, because
 * the program may create one after the node.
 */
export function ensureProvider(node: Construct): void {
  const stack = TerraformStack.of(node);
  if (stacksWithProvider.has(stack)) return;
  stacksWithProvider.add(stack);
  // Aspects run after synthesis has started: too late for a provider created there to register its installation.
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
