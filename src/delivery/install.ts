import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { PROVIDER_ADDRESS } from "../provider-address";
import { version } from "../version";
import { ProviderBundleMissingError, ProviderInstallError } from "./errors";
import { packageHash } from "./package-hash";
import { checkPlatform, thisPlatform } from "./platform";

/** What was installed. */
export interface InstalledProvider {
  /** `registry.terraform.io/cdktf-ironic-oci/ironic`. */
  readonly address: string;
  readonly version: string;
  /** The package's checksum in Terraform's dependency lock file, `h1:…`: the same on every platform. */
  readonly hash: string;
  /** One for each platform. */
  readonly files: readonly string[];
}

export interface InstallOptions {
  /** `<os>_<arch>`, as Terraform names platforms. Default: this machine's. The file is the same for all of them. */
  readonly platforms?: readonly string[] | undefined;
}

/** Where Terraform looks for providers that a user has put there, before any network (Terraform, "Implied Local Mirror"). */
export function userPlugins(): string {
  return join(homedir(), ".terraform.d", "plugins");
}

/**
 * Puts the provider into a folder of plugins in the layout that Terraform calls an unpacked filesystem mirror:
 * `<folder>/<host>/<namespace>/<type>/<version>/<platform>/terraform-provider-<type>_v<version>`. A file that is there with
 * the same bytes is left alone; another one is replaced as a whole, so that no Terraform meets half of it.
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
  // Outside the package's folder: Terraform's checksum covers every file in it, so also what a killed process left there.
  const halfway = join(dirname(dirname(file)), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  try {
    if (isThere(file, bytes)) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(halfway, bytes, { mode: 0o755 });
    renameSync(halfway, file);
  } catch (error) {
    rmSync(halfway, { force: true });
    throw new ProviderInstallError(file, error as NodeJS.ErrnoException);
  }
}

function isThere(file: string, bytes: Buffer): boolean {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0 && readFileSync(file).equals(bytes);
}
