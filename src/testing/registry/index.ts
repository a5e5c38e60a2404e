/**
 * An in-process OCI registry for tests and the demo: pull, push and tag lists on a loopback port, with Basic or bearer
 * authentication. Entry points: `InProcessRegistry.start`; `pushArtifact` and `pushIndex`, which push as `oras` does; and `faults`,
 * for responses that a real registry can't be made to send. The contract suite (test/registry/contract.ts) runs against it and
 * against Debian's docker-registry.
 *
 * Imports src/reference, and the media types of src/registry.
 */
export { type ArtifactOptions, type IndexEntry, type Pushed, pushArtifact, pushIndex } from "./artifacts";
export type { AuthMode } from "./auth";
export * as faults from "./faults";
export { InProcessRegistry, type InProcessRegistryOptions, type Interceptor, type SeenRequest } from "./server";
export { type RegistryQuirks, RegistryStore } from "./store";
export type { UploadQuirks } from "./uploads";
