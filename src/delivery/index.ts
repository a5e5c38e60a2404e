/**
 * Installation of the Terraform provider. The provider is a file of this package, not of a registry, so Terraform finds it
 * only in a *filesystem mirror*: a folder with a fixed layout, in the user's home (`userPlugins`) or beside a stack
 * (`installProvider`). `terraform init` then needs an entry in the *dependency lock file* `.terraform.lock.hcl` (`lockProvider`),
 * with the provider's version and checksum, and cdktf needs placeholders there for other providers.
 *
 * Synchronous, because synthesis is. Imports src/reference, for its errors, and no other module.
 */
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
