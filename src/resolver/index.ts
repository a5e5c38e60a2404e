/**
 * `src/resolver`: resolves OCI references to pins, by the rules of an Ironic release.
 *
 * Entry points: {@link OciResolver}, whose `resolve` returns a {@link Pin}; {@link diagnose}, the prediction of a conductor's
 * access to an image (`ironic-oci doctor`). The selection itself is pure and is in `src/selection`; this module fetches the
 * manifests, caches them, and adds checks and warnings.
 * Allowed imports: `src/net`, `src/reference`, `src/registry`, `src/signing`, `src/selection`.
 */
export {
  ARTIFACT_CLASSES,
  type ArtifactClass,
  type ArtifactFacts,
  type AsPinned,
  aRole,
  artifactFacts,
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
export { InvalidOptionsError, resolverProblems } from "./option-checks";
export type { OciResolverOptions, ResolveOptions } from "./options";
export type { Pin, PinWarning } from "./pin";
export { OciResolver } from "./resolver";
