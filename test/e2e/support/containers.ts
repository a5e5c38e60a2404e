import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RealRegistry, USER } from "./registry";
import { inRootOrFail, SharedFolder } from "./root";

/**
 * The real `podman` 5, `buildah`, `skopeo` and `oras` 1.3 of Debian sid with one folder: files, credentials and storage. They run as root in the Debian
 * root, without namespaces: images are built without running anything in them.
 */
export class ContainerTools {
  readonly folder = new SharedFolder("containers", "sid");
  readonly #registry: RealRegistry;
  readonly #env: Readonly<Record<string, string>>;

  constructor(registry: RealRegistry) {
    this.#registry = registry;
    const { inside, outside } = this.folder;
    copyFileSync(registry.tls.ca, join(outside, "ca.pem"));
    const storage = ['driver = "vfs"', `graphroot = "${inside}/graph"`, `runroot = "${inside}/run"`];
    this.write("storage.conf", ["[storage]", ...storage, ""].join("\n"));
    this.write("containers.conf", '[engine]\nevents_logger = "none"\ncgroup_manager = "cgroupfs"\n');
    this.write("containers/policy.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
    this.write("auth/config.json", "{}");
    this.#env = {
      ...{ HOME: inside, TMPDIR: inside, XDG_CONFIG_HOME: inside, XDG_RUNTIME_DIR: `${inside}/run` },
      ...{ CONTAINERS_CONF: `${inside}/containers.conf`, CONTAINERS_STORAGE_CONF: `${inside}/storage.conf` },
      ...{ REGISTRY_AUTH_FILE: `${inside}/auth/config.json`, DOCKER_CONFIG: `${inside}/auth` },
      ...{ BUILDAH_ISOLATION: "chroot", PODMAN_IGNORE_CGROUPSV1_WARNING: "1" },
      // Programs in Go trust the authorities of this file.
      SSL_CERT_FILE: `${inside}/ca.pem`,
    };
  }

  /** The folder for DOCKER_CONFIG, outside the root. */
  get dockerConfig(): string {
    return join(this.folder.outside, "auth");
  }

  /** `podman login`, which all of them read. */
  async login(): Promise<void> {
    const argv = ["login", "--username", USER.name, "--password-stdin", this.#registry.host];
    await inRootOrFail("podman", argv, { ...this.#options, stdin: USER.password });
  }

  /** Writes a file where the tools find it. */
  write(name: string, content: string | Buffer): void {
    const path = join(this.folder.outside, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /** Runs command lines one after the other, split at spaces; REGISTRY is the registry's host. Gives what the last one printed. */
  async run(...commands: readonly string[]): Promise<string> {
    let printed = "";
    for (const command of commands) {
      const [program = "", ...argv] = command.replaceAll("REGISTRY", this.#registry.host).split(" ");
      printed = await inRootOrFail(program, argv, this.#options);
    }
    return printed;
  }

  get #options() {
    return { suite: "sid" as const, cwd: this.folder.inside, env: this.#env };
  }
}
