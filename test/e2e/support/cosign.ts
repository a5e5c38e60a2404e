import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { identityToken } from "../../support/sigstore";
import { inRoot, inRootOrFail, SharedFolder } from "./root";

/** The services that a signature is made with; none: by the key alone. */
export interface SigningServices {
  /** The URL of Fulcio: a certificate for an identity. */
  readonly fulcio?: string;
  /** The URL of Rekor: an entry in the log. */
  readonly rekor?: string;
}

/** The real `cosign` 3 of Debian sid, with a key pair of its own, for registries with plain HTTP. */
export class Cosign {
  static readonly password = "e2e-cosign-password";
  readonly folder = new SharedFolder("cosign", "sid");

  /** Makes the key pair `cosign.key` and `cosign.pub`. */
  static async start(): Promise<Cosign> {
    const cosign = new Cosign();
    await cosign.run("generate-key-pair");
    return cosign;
  }

  get publicKey(): string {
    return join(this.folder.outside, "cosign.pub");
  }

  async run(...argv: string[]): Promise<string> {
    return inRootOrFail("cosign", argv, this.#options());
  }

  /** Whether `cosign verify` accepts an image, and what it says. */
  async verifies(reference: string, ...argv: string[]): Promise<{ readonly accepted: boolean; readonly says: string }> {
    const all = ["verify", "--allow-http-registry", ...argv, reference];
    const { code, stdout, stderr } = await inRoot("cosign", all, this.#options());
    return { accepted: code === 0, says: stdout + stderr };
  }

  /** `cosign sign` in the form of cosign 3: a bundle among the referrers. */
  async sign(reference: string, services: SigningServices, ...argv: string[]): Promise<void> {
    await this.#sign(reference, "--signing-config", this.signingConfig(services), ...argv);
  }

  /** `cosign sign` in the form of cosign before 3: a tag `sha256-….sig`. */
  async signOlder(reference: string, { fulcio, rekor }: SigningServices, ...argv: string[]): Promise<void> {
    const urls = [...(fulcio ? ["--fulcio-url", fulcio] : []), ...(rekor ? ["--rekor-url", rekor] : [])];
    const form = ["--use-signing-config=false", "--new-bundle-format=false", `--tlog-upload=${rekor !== undefined}`];
    await this.#sign(reference, ...form, ...urls, ...argv);
  }

  /** The options that sign with the key pair. */
  get byKey(): string[] {
    return ["--key", "cosign.key"];
  }

  /** The options that sign with a certificate for an identity. */
  byIdentity(email: string, issuer: string): string[] {
    return ["--identity-token", identityToken(email, issuer), "--oidc-disable-ambient-providers"];
  }

  /** Writes a file where cosign finds it by its name. */
  write(name: string, content: unknown): string {
    writeFileSync(join(this.folder.outside, name), JSON.stringify(content));
    return name;
  }

  read(name: string): string {
    return readFileSync(join(this.folder.outside, name), "utf8");
  }

  stop(): void {
    this.folder.remove();
  }

  #sign(reference: string, ...argv: string[]): Promise<string> {
    return this.run("sign", "--allow-http-registry", "-y", ...argv, reference);
  }

  signingConfig({ fulcio, rekor }: SigningServices): string {
    const service = (url: string) => [
      { url, majorApiVersion: 1, validFor: { start: "2020-01-01T00:00:00Z" }, operator: "a test" },
    ];
    return this.write(`signing-${fulcio !== undefined}-${rekor !== undefined}.json`, {
      mediaType: "application/vnd.dev.sigstore.signingconfig.v0.2+json",
      ...(fulcio && { caUrls: service(fulcio) }),
      ...(rekor && { rekorTlogUrls: service(rekor), rekorTlogConfig: { selector: "ANY" } }),
    });
  }

  #options() {
    const { inside } = this.folder;
    return { suite: "sid", cwd: inside, env: { HOME: inside, COSIGN_PASSWORD: Cosign.password } } as const;
  }
}
