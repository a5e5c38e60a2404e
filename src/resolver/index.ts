export {
  type ArtifactClass,
  type AsPinned,
  describeRelease,
  type IronicRelease,
  NEWEST_RELEASE,
  type NodeFacts,
  parseRelease,
  profileFor,
  RELEASES,
  type Role,
  type SelectionProfile,
  UnknownReleaseError,
} from "../selection";
export type { ExtraChecks } from "./checks";
export { type Conductor, type Diagnosis, diagnose, type Way, type WayReport } from "./conductor";
export type { Pin, PinWarning } from "./pin";
export { OciResolver, type OciResolverOptions, type ResolveOptions } from "./resolver";
