export { type IronicDeploymentResources, type IronicResources, IronicTarget, type IronicTargetOptions } from "./ironic";
export { NullTarget, type NullTargetOptions } from "./null";
export type { NodeTarget } from "./target";
