import { UnsupportedPlatformError } from "./errors";

/** What Node calls them, and what Go, and with it Terraform, does. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" };

/** Systems that start a script by its `#!` line, and that Node runs on. */
const SUPPORTED = /^(linux|darwin|freebsd)_[a-z0-9]+$/;

/** This machine, as Terraform names it: `linux_amd64`. */
export function thisPlatform(): string {
  return `${process.platform}_${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/** @throws {UnsupportedPlatformError} */
export function checkPlatform(platform: string): string {
  if (!SUPPORTED.test(platform)) throw new UnsupportedPlatformError(platform);
  return platform;
}
