export { type Conductor, DEPLOY_INTERFACES, type DeployInterface, type Target, usesDriverSecret } from "./conductor";
export type { Way, WayReport } from "./credential-sources";
export { type Diagnosis, diagnose } from "./diagnose";
export type { Check, CheckName, Outcome } from "./forecast";
export type { SecretForm } from "./secret";
export { ConductorConfigurationError, type ConductorSettings, type ConfigurationFile, readSettings } from "./settings";
