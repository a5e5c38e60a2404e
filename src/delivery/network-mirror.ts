// A folder that any web server makes a network mirror.
// Source: Terraform, "Provider Network Mirror Protocol", which OpenTofu shares.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PROVIDER_ADDRESS } from "../provider-address";
import { version } from "../version";
import { putFile } from "./files";
import { ADDRESSES, type InstalledProvider, type InstallOptions, packagesFor, sourceFor } from "./install";
import { MIRROR_VERSION, type MirrorVersion } from "./source";

/** The list of versions. */
const INDEX = "index.json";

/**
 * Writes this version of the provider into a network mirror, for the registries of Terraform and of OpenTofu:
 * `<folder>/<host>/<namespace>/<type>/` with `index.json`, `<version>.json` and the zips. Other versions there are kept; the
 * platforms of this one are replaced.
 *
 * @throws {UnsupportedPlatformError} before anything is written, as all that is thrown for a platform that a release has not
 * @throws {ProviderBundleMissingError | ProviderReleaseError | ProviderInstallError}
 */
export function writeNetworkMirror(folder: string, options: InstallOptions = {}): InstalledProvider {
  const source = sourceFor(options);
  const packages = packagesFor(source, options.platforms ?? source.platforms);
  const folders = ADDRESSES.map((address) => join(folder, address));
  const archives: Record<string, MirrorVersion["archives"][string]> = {};
  const zips = new Set<string>();
  for (const [platform, found] of packages) {
    const { name, content, hashes } = found.zip();
    archives[platform] = { url: name, hashes };
    const written: string[] = [];
    for (const path of folders.map((each) => join(each, name))) {
      putFile(path, content, { same: written[0] });
      written.push(path);
      zips.add(path);
    }
  }
  // The zips are there before what names them.
  const files = folders.flatMap((each) => {
    putFile(join(each, MIRROR_VERSION), json({ archives } satisfies MirrorVersion));
    putFile(join(each, INDEX), json({ versions: { ...versionsIn(join(each, INDEX)), [version]: {} } }));
    return [join(each, INDEX), join(each, MIRROR_VERSION)];
  });
  const hashes = [...new Set(Object.values(archives).flatMap((archive) => archive.hashes))];
  return { address: PROVIDER_ADDRESS, version, hashes, files: [...files, ...zips] };
}

/** Versions that the mirror has already; none where there is no list, or another file. */
function versionsIn(index: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(readFileSync(index, "utf8")) as { readonly versions?: Record<string, unknown> }).versions ?? {};
  } catch {
    return {};
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
