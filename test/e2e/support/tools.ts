import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type RealRegistry, USER } from "./registry";
import { inRoot, inRootOrFail } from "./root";

/** The real `oras`, logged in to a registry the way a person does it. */
export class Oras {
  readonly #registry: RealRegistry;

  constructor(registry: RealRegistry) {
    this.#registry = registry;
  }

  /** `oras login`: leaves a Docker configuration in the folder that {@link dockerConfig} names. */
  async login(account = `${USER.name}:${USER.password}`): Promise<void> {
    const [name = "", password] = account.split(":");
    await this.#run(["login", "--username", name, "--password-stdin", this.#registry.host], password);
  }

  /** The folder for DOCKER_CONFIG, outside the root. */
  get dockerConfig(): string {
    return this.#registry.folder.outside;
  }

  /** Writes a file and pushes it, with further arguments before the reference; gives the digest that oras prints. */
  async push(
    reference: string,
    file: { readonly name: string; readonly content: string | Buffer },
    ...argv: string[]
  ): Promise<string> {
    this.write(file);
    return this.pushFile(reference, file.name, ...argv);
  }

  /** Pushes a file that is there, with further arguments (options, or further files). */
  async pushFile(reference: string, name: string, ...argv: string[]): Promise<string> {
    const printed = await this.#run(["push", `${this.#registry.host}/${reference}`, name, ...argv]);
    const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(printed)?.[1];
    if (digest === undefined) throw new Error(`oras push printed no digest:\n${printed}`);
    return digest;
  }

  /** Writes a file where oras finds it. */
  write(file: { readonly name: string; readonly content: string | Buffer }): void {
    writeFileSync(join(this.#registry.folder.outside, file.name), file.content);
  }

  /** `oras manifest push`, for an index. */
  async pushIndex(reference: string, manifests: readonly unknown[]): Promise<void> {
    const mediaType = "application/vnd.oci.image.index.v1+json";
    this.write({ name: "index.json", content: JSON.stringify({ schemaVersion: 2, mediaType, manifests }) });
    await this.#run([
      "manifest",
      "push",
      "--media-type",
      mediaType,
      `${this.#registry.host}/${reference}`,
      "index.json",
    ]);
  }

  async tag(reference: string, tag: string): Promise<void> {
    await this.#run(["tag", `${this.#registry.host}/${reference}`, tag]);
  }

  /** The descriptor of a manifest, for an index. */
  async descriptor(reference: string): Promise<Record<string, unknown>> {
    const printed = await this.#run(["manifest", "fetch", "--descriptor", `${this.#registry.host}/${reference}`]);
    return JSON.parse(printed) as Record<string, unknown>;
  }

  /** `oras pull` into a folder beside the other files; gives its path outside the root. */
  async pull(reference: string, folder: string): Promise<string> {
    await this.#run(["pull", "--output", folder, `${this.#registry.host}/${reference}`]);
    return join(this.#registry.folder.outside, folder);
  }

  /** `oras resolve`: the digest that a tag points to. */
  async resolve(reference: string): Promise<string> {
    return (await this.#run(["resolve", `${this.#registry.host}/${reference}`])).trim();
  }

  async tags(repository: string): Promise<string[]> {
    return (await this.#run(["repo", "tags", `${this.#registry.host}/${repository}`])).trim().split("\n");
  }

  #run([command = "", ...argv]: readonly string[], stdin?: string): Promise<string> {
    const { folder, isPlainHttp } = this.#registry;
    const { inside } = folder;
    const transport = isPlainHttp ? ["--plain-http"] : ["--ca-file", `${inside}/ca.pem`];
    const options = [...transport, "--registry-config", `${inside}/config.json`];
    const [first, ...rest] = argv;
    const subcommand = command === "manifest" || command === "repo" ? [command, first ?? ""] : [command];
    const remaining = command === "manifest" || command === "repo" ? rest : argv;
    return inRootOrFail("oras", [...subcommand, ...options, ...remaining], {
      cwd: inside,
      env: { HOME: inside },
      ...(stdin !== undefined && { stdin }),
    });
  }
}

/** `skopeo copy --all` of a reference into an OCI image layout; gives its path outside the root. */
export async function skopeoCopy(registry: RealRegistry, reference: string, layout: string): Promise<string> {
  const { inside, outside } = registry.folder;
  await inRootOrFail("sh", ["-c", "mkdir -p certs && cp ca.pem certs/ca.crt"], { cwd: inside });
  await inRootOrFail("skopeo", [
    ...["copy", "--all", "--preserve-digests", "--insecure-policy"],
    ...["--src-cert-dir", `${inside}/certs`, "--src-creds", `${USER.name}:${USER.password}`],
    ...[`docker://${registry.host}/${reference}`, `oci:${inside}/${layout}:copied`],
  ]);
  return join(outside, layout);
}

/** The digest of what a tag or digest points to, by the real `skopeo inspect`. */
export async function skopeoDigest(registry: RealRegistry, reference: string): Promise<string> {
  const { inside } = registry.folder;
  // skopeo's --cert-dir takes every *.crt in a folder as a CA.
  await inRootOrFail("sh", ["-c", "mkdir -p certs && cp ca.pem certs/ca.crt"], { cwd: inside });
  const { code, stdout, stderr } = await inRoot("skopeo", [
    "inspect",
    "--raw",
    ...["--cert-dir", `${inside}/certs`, "--creds", `${USER.name}:${USER.password}`],
    `docker://${registry.host}/${reference}`,
  ]);
  if (code !== 0) throw new Error(`skopeo inspect ended with ${code}: ${stderr}`);
  return `sha256:${createHash("sha256").update(stdout).digest("hex")}`;
}
