// What holds before a release is made: the folder is emptied, and minutes pass until the checksums are signed.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { PLATFORMS } from "./node-binaries";
import { ReleaseError } from "./release-error";

/** Names that a release has in its folder, of this version or another one, finished or not. */
const OF_A_RELEASE = /^(?:(?:terraform-provider-ironic|ironic-oci)_.+|index\.json|\d+\.\d+\.\d+.*\.json|docs)$/;

/**
 * @param folder where the release is made; what it holds is deleted
 * @param key the key that signs; undefined or empty for none
 * @throws {ReleaseError} for an unknown platform, for a folder that holds anything but a release, without gpg or the secret key
 */
export function checkPreconditions(folder: string, platforms: readonly string[], key: string | undefined): void {
  const unknown = platforms.filter((each) => !PLATFORMS.includes(each));
  if (unknown.length > 0) {
    throw new ReleaseError(`unknown platform ${unknown.join(", ")}: a release is for ${PLATFORMS.join(", ")}`);
  }
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => !OF_A_RELEASE.test(name)) : [];
  if (others.length > 0) {
    const some = others.slice(0, 3).join(", ");
    throw new ReleaseError(`${folder} holds more than a release (${some}), and would be emptied: name another folder`);
  }
  if (!key) return;
  const { error, status } = spawnSync("gpg", ["--batch", "--list-secret-keys", key], { stdio: "ignore" });
  if (error !== undefined) throw new ReleaseError(`GPG_FINGERPRINT is set, and gpg can't be run: ${error.message}`);
  if (status !== 0) throw new ReleaseError(`gpg has no secret key ${key}, which GPG_FINGERPRINT names`);
}
