/**
 * `cdktf-ironic-oci`: the constructs for CDKTF, and everything of `cdktf-ironic-oci/resolver`.
 */
export * from "../constructs";
export {
  DependencyLockDamagedError,
  DependencyLockFileError,
  ProviderBundleMissingError,
  ProviderInstallError,
  UnsupportedPlatformError,
} from "./delivery";
export * from "./resolver-entry";
