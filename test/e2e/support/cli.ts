import { join } from "node:path";
import { type Finished, runToEnd } from "../../support/run";
import type { RealRegistry } from "./registry";

const dist = join(__dirname, "..", "..", "..", "dist");

/** A user at a shell: a working folder, credentials that `oras login` left, and trust in the test's CA. */
export class User {
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    readonly folder: string,
    registry: RealRegistry,
    dockerConfig: string,
  ) {
    const { CI: _ci, IRONIC_OCI_LOCK: _lock, TF_CLI_CONFIG_FILE: _terraform, ...inherited } = process.env;
    this.#env = {
      ...inherited,
      NODE_EXTRA_CA_CERTS: registry.tls.ca,
      DOCKER_CONFIG: dockerConfig,
      REGISTRY: registry.host,
    };
  }

  /** The built `ironic-oci`. */
  cli(...argv: string[]): Promise<Finished> {
    return runToEnd([process.execPath, join(dist, "cli/ironic-oci.js"), ...argv], { cwd: this.folder, env: this.#env });
  }

  /** One of the built examples. */
  example(name: string, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    return runToEnd([process.execPath, join(dist, "examples", `${name}.js`)], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
    });
  }
}
