export * as ironic from "./bindings";
export { InvalidPropsError, LiteralSecretError, NotPinnedError } from "./errors";
export { BareMetalDeployment, type BareMetalDeploymentProps, type NodeAllocation } from "./node/bare-metal-deployment";
export { BareMetalNode } from "./node/bare-metal-node";
export type {
  AllocationConfiguration,
  DeploymentConfiguration,
  FieldValue,
  InstanceConfiguration,
  NodeArtifacts,
  NodeConfiguration,
  PortConfiguration,
  PortGroupConfiguration,
} from "./node/configuration";
export type { DeploymentProps, DeployStep } from "./node/deployment-props";
export type { BareMetalNodeProps, NodePort, NodePortGroup, RootDeviceHints } from "./node/node-props";
export type { OperationTimeouts } from "./node/timeouts";
export { type NodeSelector, OciImage, type OciImageProps } from "./oci-image";
export { CONTEXT } from "./pin-registry";
export { PinnedArtifact } from "./pinned-artifact";
export { type DockerConfigSecretOptions, PullSecret, type PullSecretForm, type PullSecretOptions } from "./secret";
export { type SynthesizeOptions, synthesize } from "./synthesize";
export {
  type IronicDeploymentResources,
  type IronicResources,
  IronicTarget,
  type IronicTargetOptions,
  type NodeTarget,
  NullTarget,
  type NullTargetOptions,
} from "./targets";
export { pinsForTesting, type TestPin, type TestPins } from "./testing";
