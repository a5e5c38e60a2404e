// Where the provider's packages come from: the script of this package, one file for all platforms, or the zips of a release with
// a self-contained executable each.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../version";
import { ProviderBundleMissingError, ProviderReleaseError } from "./errors";
import { type PackageFile, packageHash, unzipPackage, zipHash, zipPackage } from "./package";
import { checkScriptPlatform, SCRIPT_PLATFORMS } from "./platform";

/** Packages of this version of the provider. */
export interface PackageSource {
  /** The platforms that a mirror for everyone has. */
  readonly platforms: readonly string[];
  /** The checksums for the dependency lock file: they hold on all platforms, from a folder, a mirror and a registry. */
  readonly hashes: readonly string[];
  /**
   * The package for a platform, read when it is needed: an executable has 100 MB.
   * @throws {UnsupportedPlatformError | ProviderReleaseError}
   */
  find(platform: string): ProviderPackage;
}

export interface ProviderPackage {
  /** `h1:…` */
  readonly hash: string;
  /** @throws {ProviderReleaseError} for a damaged zip */
  files(): readonly PackageFile[];
  /** @throws {ProviderReleaseError} for a damaged zip */
  zip(): { readonly name: string; readonly content: Uint8Array; readonly hashes: readonly string[] };
}

/** The name of the provider's program in a package. */
export const PROGRAM = `terraform-provider-ironic_v${version}`;

/**
 * The provider as a Node program.
 * @throws {ProviderBundleMissingError}
 */
export function scriptSource(): PackageSource {
  const files = [{ name: PROGRAM, content: readFileSync(bundlePath()), executable: true }];
  const hash = packageHash(files);
  // The same zip on every platform.
  let zip: ReturnType<ProviderPackage["zip"]> | undefined;
  const found: ProviderPackage = {
    hash,
    files: () => files,
    zip() {
      if (zip === undefined) {
        const content = zipPackage(files);
        zip = { name: `terraform-provider-ironic_${version}_script.zip`, content, hashes: [hash, zipHash(content)] };
      }
      return zip;
    },
  };
  return {
    platforms: SCRIPT_PLATFORMS,
    hashes: [hash],
    find(platform) {
      checkScriptPlatform(platform);
      return found;
    },
  };
}

/** Compiled, this file is dist/src/delivery/source.js; in tests it is src/delivery/source.ts. */
function bundlePath(): string {
  const bundle = join("provider", "terraform-provider-ironic");
  const compiled = join(__dirname, "..", "..", bundle);
  const candidates = [compiled, join(__dirname, "..", "..", "dist", bundle)];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new ProviderBundleMissingError(compiled);
  return found;
}

/** The description of a version in Terraform's provider network mirror protocol, which a release has beside its zips. */
export interface MirrorVersion {
  /** By platform. URLs are relative to the description's. */
  readonly archives: Readonly<Record<string, { readonly url: string; readonly hashes: readonly string[] }>>;
}

/** The file name of {@link MirrorVersion}. */
export const MIRROR_VERSION = `${version}.json`;

/**
 * The provider as self-contained executables: the zips in a folder with a release of this version.
 * @throws {ProviderReleaseError}
 */
export function releaseSource(folder: string): PackageSource {
  const { archives } = readMirrorVersion(folder);
  return {
    platforms: Object.keys(archives),
    hashes: Object.values(archives).flatMap(({ hashes }) => hashes),
    find(platform) {
      const archive = Object.hasOwn(archives, platform) ? archives[platform] : undefined;
      const path = join(folder, MIRROR_VERSION);
      if (archive === undefined) {
        throw new ProviderReleaseError(path, `has no executable for ${platform}: ${Object.keys(archives).join(", ")}`);
      }
      const { url, hashes } = archive;
      const hash = hashes.find((each) => each.startsWith("h1:"));
      if (hash === undefined) throw new ProviderReleaseError(path, `has no h1: checksum of ${url}`);
      return {
        hash,
        files: () => readZip(folder, url, hashes).files,
        zip: () => ({ name: url, content: readZip(folder, url, hashes).content, hashes }),
      };
    },
  };
}

function readMirrorVersion(folder: string): MirrorVersion {
  const path = join(folder, MIRROR_VERSION);
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ProviderReleaseError(path, (error as Error).message, error);
  }
  const archives = (parsed as Partial<MirrorVersion> | null)?.archives;
  const isComplete = ({ url, hashes }: Partial<MirrorVersion["archives"][string]>) =>
    typeof url === "string" && /^[\w.-]+\.zip$/.test(url) && Array.isArray(hashes);
  if (archives === undefined || !Object.values(archives).every(isComplete)) {
    throw new ProviderReleaseError(path, "it is not the description of a release");
  }
  return { archives };
}

function readZip(folder: string, name: string, hashes: readonly string[]) {
  const path = join(folder, name);
  try {
    const content = readFileSync(path);
    if (!hashes.includes(zipHash(content))) throw new Error(`its checksum is not that of ${MIRROR_VERSION}`);
    return { content, files: unzipPackage(content) };
  } catch (error) {
    throw new ProviderReleaseError(path, (error as Error).message, error);
  }
}
