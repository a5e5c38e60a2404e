import { resolve } from "node:path";
import { installProvider, UnsupportedPlatformError, userPlugins } from "../delivery";
import { EXIT, type Io, UsageError } from "./io";
import type { OutputOptions } from "./options";
import { paint } from "./print";

export interface ProviderInstallOptions extends OutputOptions {
  /** A filesystem mirror, instead of the user's own plugins. */
  readonly mirror?: string;
  readonly platform?: readonly string[];
}

/** `ironic-oci provider install`: puts the Terraform provider where `terraform init` finds it without a network. */
export async function providerInstall(_: readonly string[], options: ProviderInstallOptions, io: Io): Promise<number> {
  const folder = options.mirror === undefined ? userPlugins() : resolve(options.mirror);
  const installed = install(folder, options.platform);
  const { address, version, files } = installed;
  if (options.json) {
    io.out(`${JSON.stringify(installed, null, 2)}\n`);
    return EXIT.fine;
  }
  for (const file of files) io.out(`${file}\n`);
  io.err(`\n${paint(io, "dim", "In the configuration:")}\n${requirement(address, version)}`);
  if (options.mirror !== undefined) {
    io.err(
      `\n${paint(io, "dim", "In Terraform's own configuration file (~/.terraformrc):")}\n${mirrorSetting(folder, address)}`,
    );
  }
  return EXIT.fine;
}

/** @throws {UsageError} for a platform that the provider does not run on */
function install(folder: string, platforms: readonly string[] | undefined) {
  try {
    return installProvider(folder, { platforms });
  } catch (error) {
    if (!(error instanceof UnsupportedPlatformError)) throw error;
    throw new UsageError(`--platform: ${error.message} (${error.hint})`);
  }
}

function requirement(address: string, version: string): string {
  const [, ...source] = address.split("/");
  return `terraform {
  required_providers {
    ironic = {
      source  = "${source.join("/")}"
      version = "${version}"
    }
  }
}
`;
}

function mirrorSetting(path: string, address: string): string {
  return `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(path)}
    include = ["${address}"]
  }
  direct {
    exclude = ["${address}"]
  }
}
`;
}
