import { join } from "node:path";
import { type Environment, homeFolder } from "../../net";
import { AuthFile, DOCKER_AUTH_CONFIG } from "./auth-file";
import { CredentialHelpers } from "./helper";
import type { Keychain } from "./keychain";

/** Options of {@link defaultKeychain}. */
export interface DefaultKeychainOptions {
  /** A Docker configuration file as the only source; it has to exist. */
  readonly authFile?: string | undefined;
  /** The source of `HOME`, `PATH` and the variables below. Default: `process.env`. */
  readonly environment?: Environment;
  /** Milliseconds for one call of a credential helper. Default 60,000. */
  readonly helperTimeout?: number;
}

/**
 * The user's credentials, from the sources of Docker's and podman's tools.
 *
 * `authFile` is the only source where it is set. Otherwise the first of these with a credential for the repository is used: the
 * content of `$DOCKER_AUTH_CONFIG`; the file `$REGISTRY_AUTH_FILE`, and no other file; else `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`; `$XDG_RUNTIME_DIR/containers/auth.json`, or on Linux without that variable
 * `/run/containers/UID/auth.json` (where podman's tools then write); `~/.config/containers/auth.json`. Files are read once, when
 * first needed.
 *
 * `resolve` rejects with CredentialsFileError or CredentialHelperError; `ready` with CredentialsFileError when a configured file,
 * or `$DOCKER_AUTH_CONFIG`, can't be read.
 * Source: docker/cli, `configfile.GetCredentialsStore`; GitLab, "Access an image from a private container registry".
 */
export function defaultKeychain(options: DefaultKeychainOptions = {}): Keychain {
  const { environment = process.env, helperTimeout } = options;
  const helpers = new CredentialHelpers({
    environment,
    ...(helperTimeout !== undefined && { timeout: helperTimeout }),
  });
  const named = options.authFile ?? (environment.REGISTRY_AUTH_FILE || undefined);
  const variable = options.authFile === undefined ? environment[DOCKER_AUTH_CONFIG] || undefined : undefined;
  const paths = named === undefined ? defaultAuthFilePaths(environment) : [named];
  const files = new Map<string, Promise<AuthFile>>();
  const open = (path: string) => {
    const file = files.get(path) ?? AuthFile.read(path, named !== undefined);
    files.set(path, file);
    return file;
  };
  let parsed: AuthFile | undefined;
  const inVariable = () => {
    if (variable !== undefined) parsed ??= AuthFile.parse(variable, DOCKER_AUTH_CONFIG);
    return parsed;
  };
  return {
    async resolve(registry, repository) {
      const credential = await inVariable()?.find(registry, repository, helpers);
      if (credential) return credential;
      for (const path of paths) {
        const found = await (await open(path)).find(registry, repository, helpers);
        if (found) return found;
      }
      return undefined;
    },
    async ready() {
      inVariable();
      if (named !== undefined) await open(named);
    },
  };
}

/**
 * The credentials of one Docker configuration file; without a path, of the sources of {@link defaultKeychain}.
 * @param path a file, which has to exist
 */
export function dockerConfig(path?: string): Keychain {
  return defaultKeychain({ authFile: path });
}

/**
 * The default credentials files in their order.
 * Source: docker login; containers-auth.json(5), and containers/image for the path without `XDG_RUNTIME_DIR`, as with sudo or in a
 * container.
 */
export function defaultAuthFilePaths(environment: Environment, platform: string = process.platform): string[] {
  const home = homeFolder(environment);
  const { DOCKER_CONFIG: docker, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: config } = environment;
  const perUser = platform === "linux" ? `/run/containers/${process.getuid?.()}/auth.json` : undefined;
  const primary = runtime ? join(runtime, "containers", "auth.json") : perUser;
  return [
    join(docker || join(home, ".docker"), "config.json"),
    ...(primary ? [primary] : []),
    join(config || join(home, ".config"), "containers", "auth.json"),
  ];
}
