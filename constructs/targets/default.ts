import type { Construct } from "constructs";
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
 * The target of a node that has none of its own: its context's, else null.
 * @throws {InvalidPropsError} when the context names no target
 */
export function defaultTarget(node: Construct): NodeTarget {
  // A null of cdktf.json reads as the null target, and means nothing else.
  const name = String((node.node.tryGetContext(CONTEXT.target) as unknown) ?? "null");
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (target) return target();
  const known = Object.keys(TARGETS).map((each) => JSON.stringify(each));
  throw new InvalidPropsError(node.node.path, [`context ${CONTEXT.target}: is ${known.join(" or ")}`]);
}
