import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { TokenServer } from "../../e2e/support/token-server";
import type { RunCa } from "./ca";
import { EVERYWHERE, SERVICES } from "./network";
import type { Root } from "./root";

/** How a registry wants to be asked. */
export type RegistryMode = "open" | "htpasswd" | "token";

/** `host:port` of each mode. */
export const HOSTS: Readonly<Record<RegistryMode, string>> = {
  open: `${SERVICES}:5000`,
  htpasswd: `${SERVICES}:5001`,
  token: `${SERVICES}:5002`,
};

/** Who may use the registries that are not open. */
export const ACCOUNT = { user: "rack", password: "metal-registry-password" } as const;
/** The `auth` string of a Docker configuration. */
export const AUTH_STRING = Buffer.from(`${ACCOUNT.user}:${ACCOUNT.password}`).toString("base64");

export interface PushOptions {
  /** The annotation `disktype`. */
  readonly disktype?: string;
  readonly mediaType?: string;
  /** Pushes an image configuration instead of an artifact's marks: by digest, Ironic 34 and later call that bootc. */
  readonly withoutMarks?: boolean;
}

/** A manifest as Ironic follows it. */
interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
}

/**
 * Debian's docker-registry over TLS, three times over one storage: open, with basic authentication, and with bearer tokens. What
 * the real `oras` pushes to the open one is in all of them.
 */
export class Registries {
  readonly #root: Root;
  readonly #tokens: TokenServer;
  readonly #agent: Agent;

  private constructor(root: Root, tokens: TokenServer, ca: string) {
    this.#root = root;
    this.#tokens = tokens;
    this.#agent = new Agent({ connect: { ca } });
  }

  static async start(root: Root, tls: RunCa): Promise<Registries> {
    for (const name of ["storage", "push"]) mkdirSync(join(root.srv, name));
    const password = { stdin: ACCOUNT.password };
    writeFileSync(join(root.srv, "htpasswd"), await root.output("htpasswd", ["-niB", ACCOUNT.user], password));
    const accounts = [
      `${ACCOUNT.user}:${ACCOUNT.password}`,
      // Ironic up to 33 shows a pull secret as the password of an empty user (oci_registry.get_bearer_token).
      `:${AUTH_STRING}`,
    ];
    const tokens = await TokenServer.start(tls, { accounts, address: SERVICES });
    const auth = {
      open: {},
      htpasswd: { auth: { htpasswd: { realm: "metal", path: "/srv/htpasswd" } } },
      token: { auth: tokens.configuration("/srv/ca.pem") },
    };
    const daemons = Object.entries(HOSTS).map(([mode, host]) => {
      const config = {
        version: 0.1,
        log: { accesslog: { disabled: false }, level: "warn" },
        storage: { filesystem: { rootdirectory: "/srv/storage" }, delete: { enabled: true } },
        http: {
          addr: `${EVERYWHERE}:${host.split(":")[1]}`,
          tls: { certificate: "/srv/server.pem", key: "/srv/server.key" },
        },
        ...auth[mode as RegistryMode],
      };
      // JSON is YAML.
      writeFileSync(join(root.srv, `registry-${mode}.yml`), JSON.stringify(config));
      return root.daemon(`registry-${mode}`, "docker-registry", ["serve", `/srv/registry-${mode}.yml`]);
    });
    const registries = new Registries(root, tokens, readFileSync(tls.ca, "utf8"));
    const answers = (host: string) => async () => {
      const { statusCode, body } = await request(`https://${host}/v2/`, { dispatcher: registries.#agent });
      await body.dump();
      return statusCode === 200 || statusCode === 401;
    };
    await Promise.all(Object.values(HOSTS).map((host, index) => daemons[index]?.until(answers(host), 60)));
    return registries;
  }

  /** Pushes a file with `oras`; gives the manifest's digest. */
  async push(reference: string, file: string, options: PushOptions = {}): Promise<string> {
    const { disktype, mediaType = "application/octet-stream", withoutMarks = false } = options;
    const folder = join(this.#root.srv, "push");
    const name = file.split("/").at(-1) ?? file;
    copyFileSync(file, join(folder, name));
    const config = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [] } };
    writeFileSync(join(folder, "config.json"), JSON.stringify(config));
    const printed = await this.#root.output(
      "oras",
      [
        ...["push", "--no-tty", "--ca-file", "/srv/ca.pem"],
        ...(disktype === undefined ? [] : ["--annotation", `disktype=${disktype}`]),
        ...(withoutMarks
          ? ["--config", "config.json:application/vnd.oci.image.config.v1+json"]
          : ["--artifact-type", "application/vnd.example.disk"]),
        ...[`${HOSTS.open}/${reference}`, `${name}:${mediaType}`],
      ],
      { cwd: "/srv/push" },
    );
    rmSync(join(folder, name));
    const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(printed)?.[1];
    if (digest === undefined) throw new Error(`oras push printed no digest:\n${printed}`);
    return digest;
  }

  /**
   * The one layer of a manifest, as the bytes that the registry gives for these digests.
   * @throws {Error} when the bytes have another digest than the one they were asked for by
   */
  async layer(repository: string, digest: string): Promise<{ readonly digest: string; readonly bytes: Buffer }> {
    const manifest = JSON.parse((await this.#fetch(`${repository}/manifests`, digest)).toString()) as Manifest;
    const [layer] = manifest.layers;
    if (layer === undefined) throw new Error(`${digest} has no layer`);
    return { digest: layer.digest, bytes: await this.#fetch(`${repository}/blobs`, layer.digest) };
  }

  async stop(): Promise<void> {
    await Promise.all([this.#tokens.stop(), this.#agent.close()]);
  }

  async #fetch(path: string, digest: string): Promise<Buffer> {
    const { statusCode, body } = await request(`https://${HOSTS.open}/v2/${path}/${digest}`, {
      dispatcher: this.#agent,
      headers: { accept: "application/vnd.oci.image.manifest.v1+json, */*" },
    });
    const bytes = Buffer.from(await body.arrayBuffer());
    const received = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    if (statusCode !== 200 || received !== digest)
      throw new Error(`${path}/${digest}: ${statusCode}, bytes of ${received}`);
    return bytes;
  }
}

/** A Docker configuration with the account's entry for each registry that is not open. */
export function dockerConfig(): string {
  const auths = Object.fromEntries([HOSTS.htpasswd, HOSTS.token].map((host) => [host, { auth: AUTH_STRING }]));
  return JSON.stringify({ auths });
}
