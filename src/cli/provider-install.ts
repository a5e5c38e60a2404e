import { resolve } from "node:path";
import { installProvider, userPlugins } from "../delivery";
import { EXIT, type Io } from "./io";
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
  const installed = installProvider(folder, { platforms: options.platform });
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
