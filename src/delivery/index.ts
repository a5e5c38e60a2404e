// Bringing the Terraform provider to where Terraform finds it. This is the room's only door.
export type { RequiredProvider } from "./cdktf-placeholders";
export {
  DependencyLockDamagedError,
  DependencyLockFileError,
  ProviderBundleMissingError,
  ProviderInstallError,
  UnsupportedPlatformError,
} from "./errors";
export { type InstalledProvider, type InstallOptions, installProvider, userPlugins } from "./install";
export { checkDependencyLock, lockProvider } from "./lock-provider";
