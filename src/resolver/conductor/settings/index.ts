export { ConductorConfigurationError, type ConfigurationFile } from "./oslo-config";
export { type ConductorSettings, readSettings, type VerifyCa } from "./settings";
