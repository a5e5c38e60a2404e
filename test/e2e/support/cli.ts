import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Finished, runToEnd } from "../../support/run";
import type { RealRegistry } from "./registry";
import { debianRoot } from "./root";

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
      PATH: `${programs(folder)}${delimiter}${inherited.PATH}`,
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

/** A folder with the program zstd of Debian's root, which the machine may lack; Node 20 has none built in. */
function programs(folder: string): string {
  const root = debianRoot("sid");
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  const loader = `exec ${libraries}/ld-linux-x86-64.so.2 --library-path ${libraries} ${root}/usr/bin/zstd "$@"`;
  writeFileSync(join(bin, "zstd"), `#!/bin/sh\n${loader}\n`, { mode: 0o755 });
  return bin;
}
