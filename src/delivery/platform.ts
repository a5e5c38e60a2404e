import { UnsupportedPlatformError } from "./errors";

/** Node's names of systems and architectures, and Go's and Terraform's. */
const SYSTEMS: Readonly<Record<string, string>> = { win32: "windows" };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Systems with `#!` lines on which Node runs. */
const SCRIPT = /^(linux|darwin|freebsd)_[a-z0-9]+$/;

/** Platforms of the script that both Terraform and Node have programs for. */
export const SCRIPT_PLATFORMS: readonly string[] = ["darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64"];

/** Terraform's name of this machine's platform: `linux_amd64`. */
export function thisPlatform(): string {
  return `${SYSTEMS[process.platform] ?? process.platform}_${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** @throws {UnsupportedPlatformError} for another text than `<os>_<arch>` */
export function checkPlatform(platform: string): string {
  if (!/^[a-z0-9]+_[a-z0-9]+$/.test(platform)) throw new UnsupportedPlatformError(platform);
  return platform;
}

/** @throws {UnsupportedPlatformError} for a platform on which the provider does not run as a script */
export function checkScriptPlatform(platform: string): void {
  if (!SCRIPT.test(platform)) throw new UnsupportedPlatformError(platform);
}
