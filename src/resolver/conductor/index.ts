/**
 * Prediction of a conductor's behaviour (`ironic-oci doctor`): authentication, selection, download and deployment of one reference.
 *
 * The requests are those of Ironic's `oci_registry.py`, with its order of credentials and its limits (29.0 to 39.0), made from this
 * machine. Entry points: `readSettings` for ironic.conf, `diagnose` for one reference. May import what `src/resolver` may.
 */

export { type Conductor, DEPLOY_INTERFACES, type DeployInterface, type Target, usesDriverSecret } from "./conductor";
export { type Diagnosis, diagnose } from "./diagnose";
export type { Check, CheckName, Outcome } from "./forecast";
export type { SecretForm } from "./secret";
export { ConductorConfigurationError, type ConductorSettings, type ConfigurationFile, readSettings } from "./settings";
export type { Way, WayReport } from "./ways";
