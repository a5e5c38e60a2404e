import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MIRROR_VERSION, type MirrorVersion, packageHash, zipHash, zipPackage } from "../../src/delivery";
import { version } from "../../src/version";

/** Packages of {@link writeRelease}: small files in place of executables. */
export const packageFor = (platform: string) => [
  {
    name: `terraform-provider-ironic_v${version}${platform.startsWith("windows") ? ".exe" : ""}`,
    content: Buffer.from(`#!/bin/sh\necho ${platform}\n`),
    executable: true,
  },
  { name: "LICENSE.txt", content: Buffer.from("of the project\n"), executable: false },
];

/** Writes what `npm run release` does, as far as it is installed from. Returns the checksums by platform, `h1:` and `zh:`. */
export function writeRelease(folder: string, platforms: readonly string[]): Readonly<Record<string, [string, string]>> {
  mkdirSync(folder, { recursive: true });
  const archives: Record<string, MirrorVersion["archives"][string]> = {};
  const hashes: Record<string, [string, string]> = {};
  for (const platform of platforms) {
    const files = packageFor(platform);
    const zip = zipPackage(files);
    const url = `terraform-provider-ironic_${version}_${platform}.zip`;
    writeFileSync(join(folder, url), zip);
    hashes[platform] = [packageHash(files), zipHash(zip)];
    archives[platform] = { url, hashes: hashes[platform] };
  }
  writeFileSync(join(folder, MIRROR_VERSION), JSON.stringify({ archives }));
  return hashes;
}
