import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PROVIDER_ADDRESS } from "../provider-address";
import { homeFolder } from "../reference";
import { version } from "../version";
import { ProviderBundleMissingError, ProviderInstallError } from "./errors";
import { packageHash } from "./package-hash";
import { checkPlatform, thisPlatform } from "./platform";

/** An installed provider package. */
export interface InstalledProvider {
  /** `registry.terraform.io/cdktf-ironic-oci/ironic`. */
  readonly address: string;
  readonly version: string;
  /** The package's checksum in Terraform's dependency lock file, `h1:…`: the same on every platform. */
  readonly hash: string;
  /** The paths, one for each platform. */
  readonly files: readonly string[];
}

/** Options of {@link installProvider}. */
export interface InstallOptions {
  /** `<os>_<arch>`, Terraform's platform names. Default: this machine's. The file is the same for all of them. */
  readonly platforms?: readonly string[] | undefined;
}

/** The user's folder of installed providers, which Terraform searches before any registry (Terraform, "Implied Local Mirror"). */
export function userPlugins(): string {
  return join(homeFolder(), ".terraform.d", "plugins");
}

/**
 * Installs the provider into a folder in the layout of Terraform's unpacked filesystem mirrors:
 * `<folder>/<host>/<namespace>/<type>/<version>/<platform>/terraform-provider-<type>_v<version>`. A file with the same bytes is
 * left alone; any other is replaced atomically, because Terraform may read it at the same time.
 *
 * @throws {UnsupportedPlatformError} before anything is written
 * @throws {ProviderBundleMissingError | ProviderInstallError}
 */
export function installProvider(folder: string, options: InstallOptions = {}): InstalledProvider {
  const platforms = (options.platforms ?? [thisPlatform()]).map(checkPlatform);
  const bytes = readFileSync(bundlePath());
  const type = PROVIDER_ADDRESS.slice(PROVIDER_ADDRESS.lastIndexOf("/") + 1);
  const name = `terraform-provider-${type}_v${version}`;
  const files = platforms.map((platform) => join(folder, PROVIDER_ADDRESS, version, platform, name));
  for (const file of files) put(file, bytes);
  return { address: PROVIDER_ADDRESS, version, hash: packageHash(name, bytes), files };
}

/** Compiled, this file is dist/src/delivery/install.js; in tests it is src/delivery/install.ts. */
function bundlePath(): string {
  const bundle = join("provider", "terraform-provider-ironic");
  const compiled = join(__dirname, "..", "..", bundle);
  const candidates = [compiled, join(__dirname, "..", "..", "dist", bundle)];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined) throw new ProviderBundleMissingError(compiled);
  return found;
}

function put(file: string, bytes: Buffer): void {
  // Outside the package's folder: Terraform's checksum covers all files in it, including one that a killed process left.
  const temporary = join(dirname(dirname(file)), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    if (isInstalled(file, bytes)) return;
    makeFolder(dirname(file));
    writeFileSync(temporary, bytes, { mode: 0o755 });
    renameSync(temporary, file);
  } catch (error) {
    removeIfPossible(temporary);
    throw new ProviderInstallError(file, error as NodeJS.ErrnoException);
  }
}

/**
 * Creates a folder and those above it. Node's own recursion does not end where the kernel answers ENOENT for an existing parent, as in
 * `/proc` (nodejs/node, `MKDirpSync`).
 */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Its folder may be no folder at all. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The error of the installation has the reason.
  }
}

function isInstalled(file: string, bytes: Buffer): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0 && readFileSync(file).equals(bytes);
}
