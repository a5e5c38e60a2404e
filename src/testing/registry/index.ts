export { type ArtifactOptions, type IndexEntry, type Pushed, pushArtifact, pushIndex } from "./artifacts";
export type { AuthMode } from "./auth";
export * as faults from "./faults";
export { InProcessRegistry, type InProcessRegistryOptions, type Interceptor, type SeenRequest } from "./server";
export { type RegistryQuirks, RegistryStore } from "./store";
