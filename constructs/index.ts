export * as ironic from "./bindings";
export { InvalidPropsError, LiteralSecretError, NotPinnedError } from "./errors";
export { BareMetalNode, type BareMetalNodeProps, type NodePort, type RootDeviceHints } from "./node/bare-metal-node";
export type { FieldValue, NodeConfiguration, PortConfiguration } from "./node/configuration";
export { type NodeSelector, OciImage, type OciImageProps } from "./oci-image";
export { CONTEXT } from "./pin-registry";
export { PinnedArtifact } from "./pinned-artifact";
export { type DockerConfigSecretOptions, PullSecret, type PullSecretForm, type PullSecretOptions } from "./secret";
export { type SynthesizeOptions, synthesize } from "./synthesize";
export {
  type IronicResources,
  IronicTarget,
  type IronicTargetOptions,
  type NodeTarget,
  NullTarget,
  type NullTargetOptions,
} from "./targets";
export { pinsForTesting, type TestPin, type TestPins } from "./testing";
