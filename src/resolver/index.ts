export { type NodeFacts, profileFor, type Role, type SelectionProfile } from "../selection";
export type { ExtraChecks } from "./checks";
export { type Conductor, type Diagnosis, diagnose, type Way, type WayReport } from "./conductor";
export type { Pin, PinWarning } from "./pin";
export { OciResolver, type OciResolverOptions, type ResolveOptions } from "./resolver";
