import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** A provider's executable, and under which name Terraform is to find it. */
export interface PluginOptions {
  /** The file that calls `serve`. */
  readonly entry: string;
  /** Such as `registry.terraform.io/hashicorp/null`. */
  readonly address: string;
  readonly version: string;
}

/**
 * Bundles a provider into one executable file, where Terraform looks for it: below `terraform.d/plugins` of a working
 * folder, or below what `pluginDir` of {@link Terraform} names. Gives the file's path.
 */
export async function installPlugin(pluginDir: string, { entry, address, version }: PluginOptions): Promise<string> {
  const folder = join(pluginDir, address, version, platform());
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `terraform-provider-${address.split("/").at(-1)}_v${version}`);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    banner: { js: "#!/usr/bin/env node" },
    outfile,
    write: false,
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  writeFileSync(outfile, file.contents, { mode: 0o755 });
  return outfile;
}

/** As Terraform names this machine: `linux_amd64`. */
export function platform(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}_${process.arch === "x64" ? "amd64" : process.arch}`;
}
