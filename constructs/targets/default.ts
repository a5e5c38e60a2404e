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
 * Target of a node without a `target` prop: by its context, else null.
 * @throws {InvalidPropsError} when the context has another value
 */
export function defaultTarget(node: Construct): NodeTarget {
  // JSON null in cdktf.json means the null target.
  const name = String((node.node.tryGetContext(CONTEXT.target) as unknown) ?? "null");
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (target) return target();
  const known = Object.keys(TARGETS).map((each) => JSON.stringify(each));
  throw new InvalidPropsError(node.node.path, [`context ${CONTEXT.target}: must be ${known.join(" or ")}`]);
}
