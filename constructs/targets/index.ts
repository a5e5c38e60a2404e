export { NullTarget, type NullTargetOptions } from "./null";
export type { NodeTarget } from "./target";
