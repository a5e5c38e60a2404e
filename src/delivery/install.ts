import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { OPENTOFU_ADDRESS, PROVIDER_ADDRESS } from "../provider-address";
import { homeFolder } from "../reference";
import { version } from "../version";
import { ProviderInstallError } from "./errors";
import { putFile } from "./files";
import { packageHash } from "./package";
import { checkPlatform, thisPlatform } from "./platform";
import { type PackageSource, type ProviderPackage, releaseSource, scriptSource } from "./source";

/** An installed provider package. */
export interface InstalledProvider {
  /** `registry.terraform.io/cdktf-ironic-oci/ironic`. */
  readonly address: string;
  readonly version: string;
  /** The package's checksums in Terraform's dependency lock file, `h1:…` and `zh:…`: each holds on every platform that has it. */
  readonly hashes: readonly string[];
  /** Paths of the programs, for each platform: where Terraform looks for them, and where OpenTofu does. */
  readonly files: readonly string[];
}

/** Options of {@link installProvider} and {@link writeNetworkMirror}. */
export interface InstallOptions {
  /** `<os>_<arch>`, Terraform's platform names. Default: this machine's; in a network mirror, all that there are. */
  readonly platforms?: readonly string[] | undefined;
  /** A folder with a release, whose self-contained executables are installed. Default: the script of this package, which needs Node. */
  readonly selfContained?: string | undefined;
}

/** The user's folder of installed providers, which Terraform searches before any registry (Terraform, "Implied Local Mirror"). */
export function userPlugins(platform: NodeJS.Platform = process.platform, env = process.env): string {
  if (platform === "win32" && env.APPDATA) return join(env.APPDATA, "terraform.d", "plugins");
  return join(homeFolder(env), ".terraform.d", "plugins");
}

/** The addresses that the source `cdktf-ironic-oci/ironic` stands for: Terraform's first. */
export const ADDRESSES = [PROVIDER_ADDRESS, OPENTOFU_ADDRESS] as const;

/**
 * Installs the provider into a folder in the layout of Terraform's unpacked filesystem mirrors:
 * `<folder>/<host>/<namespace>/<type>/<version>/<platform>/terraform-provider-<type>_v<version>`, for the registries of Terraform and
 * of OpenTofu. A package with the same files is left alone; other files are replaced atomically, because Terraform may read them at
 * the same time.
 *
 * @throws {UnsupportedPlatformError} before anything is written, as all that is thrown for a platform that a release has not
 * @throws {ProviderBundleMissingError | ProviderReleaseError | ProviderInstallError}
 */
export function installProvider(folder: string, options: InstallOptions = {}): InstalledProvider {
  const source = sourceFor(options);
  const packages = packagesFor(source, options.platforms ?? [thisPlatform()]);
  const files = packages.flatMap(([platform, found]) => {
    const folders = ADDRESSES.map((address) => join(folder, address, version, platform));
    return installPackage(folders, found);
  });
  return { address: PROVIDER_ADDRESS, version, hashes: source.hashes, files };
}

export function sourceFor({ selfContained }: InstallOptions): PackageSource {
  return selfContained === undefined ? scriptSource() : releaseSource(selfContained);
}

/** @throws {UnsupportedPlatformError | ProviderReleaseError} for a platform without a package */
export function packagesFor(source: PackageSource, platforms: readonly string[]): [string, ProviderPackage][] {
  return [...new Set(platforms)].map((platform) => [checkPlatform(platform), source.find(platform)]);
}

/** Writes a package into each of the folders. Returns the paths of the program. */
function installPackage(folders: readonly string[], { hash, files: read }: ProviderPackage): string[] {
  const missing = folders.filter((folder) => !isInstalled(folder, hash));
  const files = missing.length > 0 ? read() : [];
  for (const { name, content, executable } of files) {
    // The first folder has the bytes, the others link to them: an executable has 100 MB.
    const written: string[] = [];
    for (const path of missing.map((folder) => join(folder, name))) {
      putFile(path, content, { executable, same: written[0] });
      written.push(path);
    }
  }
  // Terraform's checksum covers all files of the folder.
  for (const folder of missing) removeOthers(folder, new Set(files.map(({ name }) => name)));
  return folders.map((folder) => join(folder, programIn(folder)));
}

/** Whether a folder has exactly the package of that checksum, and its program may be run. */
function isInstalled(folder: string, hash: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    const files = readdirSync(folder).map((name) => ({ name, content: readFileSync(join(folder, name)) }));
    return packageHash(files) === hash && (statSync(join(folder, programIn(folder))).mode & 0o111) !== 0;
  } catch {
    // Something else, which the installation replaces or names.
    return false;
  }
}

function programIn(folder: string): string {
  return readdirSync(folder).find((name) => name.startsWith("terraform-provider-")) ?? "";
}

function removeOthers(folder: string, names: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (names.has(name)) continue;
    const path = join(folder, name);
    try {
      rmSync(path, { recursive: true });
    } catch (error) {
      throw new ProviderInstallError(path, error as NodeJS.ErrnoException);
    }
  }
}
