// Bringing the Terraform provider to where Terraform finds it. This is the room's only door.
export { ProviderBundleMissingError, ProviderInstallError, UnsupportedPlatformError } from "./errors";
export { type InstalledProvider, type InstallOptions, installProvider, userPlugins } from "./install";
