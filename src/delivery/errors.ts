import { IronicOciError } from "../reference";
import { version } from "../version";

/** The provider's bundle is missing in this package. */
export class ProviderBundleMissingError extends IronicOciError {
  readonly code = "PROVIDER_BUNDLE_MISSING";

  constructor(path: string) {
    super(`the Terraform provider is missing in this package: ${path} does not exist`, {
      hint: "in a clone, run npm run build; elsewhere, install cdktf-ironic-oci again, or give a release with --self-contained",
    });
  }
}

/** A platform on which the provider does not run as a script, or an invalid platform name. */
export class UnsupportedPlatformError extends IronicOciError {
  readonly code = "UNSUPPORTED_PLATFORM";

  constructor(platform: string) {
    super(`the Terraform provider does not run on ${JSON.stringify(platform)}`, {
      hint: "it is a Node program with a #! line: use <os>_<arch> of linux, darwin or freebsd, such as linux_amd64; for Windows, the self-contained executable of a release",
    });
  }
}

/** A release of the provider that can't be used: it is missing, of another version, damaged, or not for the platform. */
export class ProviderReleaseError extends IronicOciError {
  readonly code = "PROVIDER_RELEASE";

  constructor(
    /** Path of the file of the release. */
    readonly path: string,
    problem: string,
    cause?: unknown,
  ) {
    super(`the release of the Terraform provider can't be used: ${path}: ${problem}`, {
      cause,
      hint: `download the files of release ${version} into one folder, and name that folder`,
    });
  }
}

/** The provider's file can't be written. */
export class ProviderInstallError extends IronicOciError {
  readonly code = "PROVIDER_INSTALL";

  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`the Terraform provider can't be written to ${path}: ${cause.code ?? cause.message}`, {
      cause,
      hint: "check the folder's owner and the free space; nothing else was changed",
    });
  }
}

/**
 * A dependency lock file (`.terraform.lock.hcl`) with a syntax error for Terraform too: truncated, edited, or with a merge
 * conflict.
 */
export class DependencyLockDamagedError extends IronicOciError {
  readonly code = "DEPENDENCY_LOCK_DAMAGED";

  constructor(
    /** Path of the dependency lock file. */
    readonly path: string,
    /** Counted from 1. */
    readonly line: number,
    problem: string,
  ) {
    super(`the dependency lock file ${path} is damaged: line ${line}: ${problem}`, {
      hint: "correct that line, or delete the file: the next synthesis and terraform init write a new one; it was not changed",
    });
  }
}

/** A dependency lock file (`.terraform.lock.hcl`) that can't be read or written. */
export class DependencyLockFileError extends IronicOciError {
  readonly code = "DEPENDENCY_LOCK_FILE";

  constructor(
    /** Path of the dependency lock file. */
    readonly path: string,
    what: "read" | "written",
    cause: NodeJS.ErrnoException,
  ) {
    super(`the dependency lock file ${path} can't be ${what}: ${cause.code ?? cause.message}`, {
      cause,
      hint: "check its owner and mode, its folder's, and the free space; it was not changed",
    });
  }
}
