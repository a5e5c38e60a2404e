/**
 * Resolution of a reference to a pin for one kind of node: the manifest by digest, its facts and warnings.
 *
 * `OciResolver` reads tags and manifests from the registry, runs a selection, and checks it beyond Ironic's rules (`ExtraChecks`). Each
 * tag is read once per resolver, so that all nodes of a run agree. `diagnose` predicts whether a conductor can pull and deploy a
 * reference. May import `src/net`, `src/reference`, `src/registry` and `src/selection`.
 */

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
