import type { Construct, IConstruct } from "constructs";
import { InvalidPropsError } from "../errors";
import { CONTEXT } from "../pin-registry";
import { IronicTarget } from "./ironic";
import { NullTarget } from "./null";
import type { NodeTarget } from "./target";

const TARGETS: Readonly<Record<string, () => NodeTarget>> = {
  null: () => new NullTarget(),
  ironic: () => new IronicTarget(),
};

/**
 * Target of a node without a `target` prop: by its context, else null.
 * @param hasImage whether a target that deploys would deploy something
 * @throws {InvalidPropsError} when the context has another value
 */
export function defaultTarget(node: Construct, hasImage: boolean): NodeTarget {
  const target = targetInContext(node);
  if (target === undefined && hasImage) markUndeployed(node);
  return target ?? new NullTarget();
}

/** @throws {InvalidPropsError} when the context has another value than the name of a target */
export function targetInContext(node: Construct): NodeTarget | undefined {
  const chosen: unknown = node.node.tryGetContext(CONTEXT.target);
  if (chosen === undefined) return undefined;
  // JSON null in cdktf.json means the null target.
  const name = String(chosen);
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (target) return target();
  const known = Object.keys(TARGETS).map((each) => JSON.stringify(each));
  throw new InvalidPropsError(node.node.path, [`context ${CONTEXT.target}: must be ${known.join(" or ")}`]);
}

/** By root of the tree: paths of the nodes that got the null target because none was chosen. */
const undeployed = new WeakMap<IConstruct, string[]>();

function markUndeployed(node: Construct): void {
  const { root } = node.node;
  const paths = undeployed.get(root) ?? [];
  paths.push(node.node.path);
  undeployed.set(root, paths);
}

/** Paths of the nodes without a chosen target since the last call. */
export function takeUndeployed(root: IConstruct): readonly string[] {
  const paths = undeployed.get(root) ?? [];
  undeployed.delete(root);
  return paths;
}
