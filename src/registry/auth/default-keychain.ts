import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../net";
import { AuthFile } from "./auth-file";
import { CredentialHelpers } from "./helper";
import type { Keychain } from "./keychain";

export interface DefaultKeychainOptions {
  /** The one file to use, which must be there. */
  readonly authFile?: string | undefined;
  /** Where `HOME`, `PATH` and the variables below are read. Default: this process's own. */
  readonly environment?: Environment;
  /** Milliseconds that a credential helper may take. Default 60,000. */
  readonly helperTimeout?: number;
}

/**
 * The credentials that people have on their machines already, as Docker's and podman's tools find them.
 *
 * `authFile`, else `$REGISTRY_AUTH_FILE`, is the only file where it is given. Otherwise the first of these that has a
 * credential for the repository gives it: `$DOCKER_CONFIG/config.json` or else `~/.docker/config.json`;
 * `$XDG_RUNTIME_DIR/containers/auth.json`, or on Linux without that variable `/run/containers/UID/auth.json` (where
 * podman's tools then write); `~/.config/containers/auth.json`. Files are read once, when first needed.
 *
 * `resolve` rejects with CredentialsFileError or CredentialHelperError.
 */
export function defaultKeychain(options: DefaultKeychainOptions = {}): Keychain {
  const { environment = process.env, helperTimeout } = options;
  const helpers = new CredentialHelpers({
    environment,
    ...(helperTimeout !== undefined && { timeout: helperTimeout }),
  });
  const named = options.authFile ?? (environment.REGISTRY_AUTH_FILE || undefined);
  const paths = named === undefined ? usualPlaces(environment) : [named];
  const files = new Map<string, Promise<AuthFile>>();
  const open = (path: string) => {
    const file = files.get(path) ?? AuthFile.read(path, named !== undefined);
    files.set(path, file);
    return file;
  };
  return {
    async resolve(registry, repository) {
      for (const path of paths) {
        const credential = await (await open(path)).find(registry, repository, helpers);
        if (credential) return credential;
      }
      return undefined;
    },
  };
}

/**
 * One Docker configuration file, or, without a path, what {@link defaultKeychain} finds.
 * @param path must be there
 */
export function dockerConfig(path?: string): Keychain {
  return defaultKeychain({ authFile: path });
}

/**
 * Source: docker login; containers-auth.json(5), and containers/image for what holds without `XDG_RUNTIME_DIR`, as with sudo
 * or in a container.
 */
export function usualPlaces(environment: Environment, platform: string = process.platform): string[] {
  const home = environment.HOME || homedir();
  const { DOCKER_CONFIG: docker, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: config } = environment;
  const perUser = platform === "linux" ? `/run/containers/${process.getuid?.()}/auth.json` : undefined;
  const primary = runtime ? join(runtime, "containers", "auth.json") : perUser;
  return [
    join(docker || join(home, ".docker"), "config.json"),
    ...(primary ? [primary] : []),
    join(config || join(home, ".config"), "containers", "auth.json"),
  ];
}
