/**
 * Installation of the Terraform provider: the script of this package, or the self-contained executables of a release (`source.ts`).
 * Terraform finds it in a *filesystem mirror*, a folder with a fixed layout in the user's home (`userPlugins`) or beside a stack
 * (`installProvider`), or in a *network mirror* (`writeNetworkMirror`). `terraform init` then needs an entry in the *dependency lock
 * file* `.terraform.lock.hcl` (`lockProvider`), with the provider's version and checksums, and cdktf needs placeholders there for
 * other providers.
 *
 * Synchronous, because synthesis is. Imports src/reference, for its errors, and no other module.
 */
export type { RequiredProvider } from "./cdktf-placeholders";
export {
  DependencyLockDamagedError,
  DependencyLockFileError,
  ProviderBundleMissingError,
  ProviderInstallError,
  ProviderReleaseError,
  UnsupportedPlatformError,
} from "./errors";
export { type InstalledProvider, type InstallOptions, installProvider, userPlugins } from "./install";
export { checkDependencyLock, lockProvider } from "./lock-provider";
export { writeNetworkMirror } from "./network-mirror";
export { OPENTOFU_TAG, openTofuIndex, openTofuTargets } from "./opentofu-artifact";
export { type PackageFile, packageHash, unzipPackage, zipHash, zipPackage } from "./package";
export { MIRROR_VERSION, type MirrorVersion } from "./source";
