import { UnsupportedPlatformError } from "./errors";

/** Node's names of architectures, and Go's and Terraform's. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Systems with `#!` lines on which Node runs. */
const SUPPORTED = /^(linux|darwin|freebsd)_[a-z0-9]+$/;

/** Terraform's name of this machine's platform: `linux_amd64`. */
export function thisPlatform(): string {
  return `${process.platform}_${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** @throws {UnsupportedPlatformError} */
export function checkPlatform(platform: string): string {
  if (!SUPPORTED.test(platform)) throw new UnsupportedPlatformError(platform);
  return platform;
}
