import { resolve } from "node:path";
import { installProvider, UnsupportedPlatformError, userPlugins, writeNetworkMirror } from "../delivery";
import { EXIT, type Io, UsageError } from "./io";
import type { OutputOptions } from "./options";
import { paint } from "./print";

export interface ProviderInstallOptions extends OutputOptions {
  /** A filesystem mirror, instead of the user's own plugins. */
  readonly mirror?: string;
  /** A network mirror, instead. */
  readonly networkMirror?: string;
  /** A folder with a release. */
  readonly selfContained?: string;
  readonly platform?: readonly string[];
}

/** `ironic-oci provider install`: puts the Terraform provider where `terraform init` finds it. */
export async function providerInstall(_: readonly string[], options: ProviderInstallOptions, io: Io): Promise<number> {
  const installed = install(options);
  const { address, version, files } = installed;
  if (options.json) {
    io.out(`${JSON.stringify(installed, null, 2)}\n`);
    return EXIT.fine;
  }
  for (const file of files) io.out(`${file}\n`);
  io.err(`\n${paint(io, "dim", "In the configuration:")}\n${requirement(address, version)}`);
  const setting = installationSetting(options, address);
  if (setting !== undefined) {
    io.err(`\n${paint(io, "dim", "In Terraform's own configuration file (~/.terraformrc):")}\n${setting}`);
  }
  return EXIT.fine;
}

/** @throws {UsageError} for a platform that the provider does not run on */
function install({ mirror, networkMirror, platform: platforms, selfContained }: ProviderInstallOptions) {
  const options = { platforms, selfContained: selfContained && resolve(selfContained) };
  try {
    if (networkMirror !== undefined) return writeNetworkMirror(resolve(networkMirror), options);
    return installProvider(mirror === undefined ? userPlugins() : resolve(mirror), options);
  } catch (error) {
    throw platformError(error);
  }
}

/** A platform that the provider does not run on as the usage error that it is; any other error as it is. */
export function platformError(error: unknown): unknown {
  if (!(error instanceof UnsupportedPlatformError)) return error;
  return new UsageError(`--platform: ${error.message} (${error.hint})`);
}

function requirement(address: string, version: string): string {
  return `terraform {
  required_providers {
    ironic = {
      source  = "${sourceOf(address)}"
      version = "${version}"
    }
  }
}
`;
}

/** The address without its host, for which Terraform and OpenTofu each have their own registry. */
function sourceOf(address: string): string {
  return address.slice(address.indexOf("/") + 1);
}

/** Terraform's setting for a mirror; undefined for the user's own plugins, which need none. */
function installationSetting({ mirror, networkMirror }: ProviderInstallOptions, address: string): string | undefined {
  if (networkMirror !== undefined) {
    return provider(
      "network_mirror",
      `url     = "https://mirror.example/providers/" # where your web server has the folder`,
    );
  }
  return mirror === undefined
    ? undefined
    : provider("filesystem_mirror", `path    = ${JSON.stringify(resolve(mirror))}`);

  function provider(kind: string, where: string): string {
    return `provider_installation {
  ${kind} {
    ${where}
    include = ["${sourceOf(address)}"]
  }
  direct {
    exclude = ["${sourceOf(address)}"]
  }
}
`;
  }
}
