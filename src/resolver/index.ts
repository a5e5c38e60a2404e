export {
  ARTIFACT_CLASSES,
  type ArtifactClass,
  type ArtifactFacts,
  type AsPinned,
  BOOTC_SUPPORT,
  type Compression,
  describeRelease,
  type IronicRelease,
  NEWEST_RELEASE,
  type NodeFacts,
  parseRelease,
  profileFor,
  RELEASES,
  ROLES,
  type Role,
  type SelectionProfile,
  UnknownReleaseError,
} from "../selection";
export type { ExtraChecks } from "./checks";
export {
  type Check,
  type CheckName,
  type Conductor,
  ConductorConfigurationError,
  type ConductorSettings,
  type ConfigurationFile,
  DEPLOY_INTERFACES,
  type DeployInterface,
  type Diagnosis,
  diagnose,
  readSettings,
  type Target,
  usesDriverSecret,
  type Way,
  type WayReport,
} from "./conductor";
export type { Pin, PinWarning } from "./pin";
export { OciResolver, type OciResolverOptions, type ResolveOptions } from "./resolver";
