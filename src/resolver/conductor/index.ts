/**
 * Diagnosis of a conductor: whether Ironic can pull an artifact, with which credentials, and whether its deployment succeeds.
 * Entry points: `diagnose`, and `readSettings` for the conductor's configuration files.
 *
 * - `client.ts`, `connection.ts`, `challenge.ts`: Ironic's registry requests, with its limits and TLS settings;
 * - `credential-sources.ts`, `secret.ts`: its pull secrets and their order (`ways` in the public JSON);
 * - `identify.ts`, `agent.ts`: the conductor's reading of the manifest, and the agent's `podman pull`;
 * - `forecast/`: checks without requests; `settings/`: configuration in the format of oslo.config.
 *
 * It imports net, reference, registry and selection only.
 */
export { type Conductor, DEPLOY_INTERFACES, type DeployInterface, type Target, usesDriverSecret } from "./conductor";
export type { Way, WayReport } from "./credential-sources";
export { type Diagnosis, diagnose } from "./diagnose";
export type { Check, CheckName, Outcome } from "./forecast";
export type { SecretForm } from "./secret";
export { ConductorConfigurationError, type ConductorSettings, type ConfigurationFile, readSettings } from "./settings";
