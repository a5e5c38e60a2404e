/**
 * `cdktf-ironic-oci`: the constructs for CDKTF, and everything of `cdktf-ironic-oci/resolver`.
 */
export * from "../constructs";
export {
  DependencyLockDamagedError,
  DependencyLockFileError,
  ProviderBundleMissingError,
  ProviderInstallError,
  ProviderReleaseError,
  UnsupportedPlatformError,
} from "./delivery";
export * from "./resolver-entry";
