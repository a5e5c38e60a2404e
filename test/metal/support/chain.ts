import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, Terraform } from "../../e2e/support/terraform";
import { lockJson } from "../../support/lock-file";
import { type Finished, runToEnd } from "../../support/run";
import type { ProgramSettings } from "../program";
import type { Variant } from "../variants";
import { MAC } from "./machine";
import { BMC_USER } from "./redfish";
import { ACCOUNT, AUTH_STRING, dockerConfig, HOSTS } from "./registry";
import { BMC_PASSWORD, type World } from "./world";

const dist = join(__dirname, "..", "..", "..", "dist");

/** The repository of the image. */
export const IMAGES = "images/metal";
/** What is pushed for the machine to boot the agent. */
export const AGENT = {
  kernel: { reference: "agent/kernel:stable", file: "ipa.kernel" },
  ramdisk: { reference: "agent/ramdisk:stable", file: "ipa.initramfs" },
  bootloader: { reference: "agent/bootloader:stable", file: "esp.img" },
} as const;

/** What the service step writes into the file SERVICED.TXT. */
export const SERVICED = "serviced by the agent";
/** What the deploy step writes into the file DEPLOYED.TXT. */
export const DEPLOYED = "deployed with a step";

/** Every secret of a run, alone and with its user. */
export const SECRETS: readonly string[] = [
  BMC_PASSWORD,
  `${BMC_USER}:${BMC_PASSWORD}`,
  ACCOUNT.password,
  `${ACCOUNT.user}:${ACCOUNT.password}`,
  AUTH_STRING,
];

/**
 * What a user has: a folder with a CDKTF program's output and lock file, the command line, and Terraform. Each of them is a
 * process of its own, with the built package.
 */
export class Chain {
  /** The node's name. */
  readonly node: string;
  /** The image's reference, with the tag. */
  readonly image: string;
  readonly #folder: string;
  readonly #program: ProgramSettings;
  readonly #env: NodeJS.ProcessEnv;
  readonly #terraformEnv: Readonly<Record<string, string>>;
  #running: Running | undefined;

  constructor(folder: string, world: World, variant: Variant) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.node = variant.name;
    this.image = `oci://${HOSTS[variant.registry]}/${IMAGES}:${variant.name}`;
    const agent = (part: keyof typeof AGENT) => `oci://${HOSTS.open}/${AGENT[part].reference}`;
    this.#program = {
      ironicRelease: variant.release.version,
      node: variant.name,
      image: this.image,
      kernel: agent("kernel"),
      ramdisk: agent("ramdisk"),
      bootloader: agent("bootloader"),
      imageDownloadSource: variant.source,
      bmc: { address: world.redfish.url, systemId: world.redfish.systemId, user: BMC_USER },
      mac: MAC,
      secret: variant.secret,
      serviced: variant.course === "steps" ? SERVICED : undefined,
      deployed: undefined,
    };
    writeFileSync(join(folder, "config.json"), dockerConfig());
    this.#env = { ...process.env, NODE_EXTRA_CA_CERTS: world.tls.ca, DOCKER_CONFIG: folder };
    this.#terraformEnv = {
      IRONIC_ENDPOINT: world.ironic.url,
      TF_VAR_bmc_password: BMC_PASSWORD,
      // Ironic up to 33 knows a pull secret as the auth string alone, later ones as user:password.
      TF_VAR_pull_secret: variant.release.version === "29.0" ? AUTH_STRING : `${ACCOUNT.user}:${ACCOUNT.password}`,
    };
  }

  /** Runs the program, which calls `synthesize`, with changed settings if there are any. */
  synthesize(changed: Partial<ProgramSettings> = {}): Promise<Finished> {
    const env = { ...this.#env, METAL_PROGRAM: JSON.stringify({ ...this.#program, ...changed }) };
    return runToEnd([process.execPath, join(dist, "test/metal/program.js")], { cwd: this.#folder, env });
  }

  /** `ironic-oci` with these arguments. */
  cli(...argv: string[]): Promise<Finished> {
    const command = [process.execPath, join(dist, "cli/ironic-oci.js"), ...argv];
    return runToEnd(command, { cwd: this.#folder, env: this.#env });
  }

  /** Publishes disks, by format, under the image's tag with `ironic-oci push`; gives the digests of their manifests. */
  async push(disks: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>> {
    const files = Object.entries(disks).flatMap(([format, file]) => ["--disk", `x86_64:${format}=${file}`]);
    const { code, stdout, stderr } = await this.cli("push", this.image, ...files, "--json");
    if (code !== 0) throw new Error(`ironic-oci push ended with ${code}: ${stderr}`);
    const [tag] = JSON.parse(stdout) as [{ artifacts: { disktype: string; digest: string }[] }];
    return Object.fromEntries(tag.artifacts.map(({ disktype, digest }) => [disktype, digest]));
  }

  /** Terraform in the stack's folder, as `cdktf deploy` enters it. */
  get terraform(): Terraform {
    return new Terraform(join(this.#folder, "cdktf.out", "stacks", "metal"), { env: this.#terraformEnv });
  }

  /** Terraform in another folder with the same environment, for a configuration in HCL. */
  terraformIn(name: string, env: Readonly<Record<string, string>>): Terraform {
    return new Terraform(join(this.#folder, name), { env: { ...this.#terraformEnv, ...env } });
  }

  /** Any path below the user's folder. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  /** `terraform apply`, which {@link abort} can end. */
  apply(...more: string[]): Running {
    const running = this.terraform.start(["apply", "-input=false", "-no-color", "-auto-approve", ...more]);
    this.#running = running;
    return running;
  }

  /** What the plan wants to do, such as `update ironic_deployment.x (disk_written_by, instance_info)`; an empty plan is an empty list. */
  async planned(): Promise<string[]> {
    const changes = Object.entries(await this.terraform.changes());
    return changes
      .filter(([, { actions }]) => actions.some((action) => action !== "no-op" && action !== "read"))
      .map(([address, { actions, before, after, after_unknown }]) => {
        const fields = Object.keys({ ...before, ...after }).filter(
          (field) =>
            after_unknown[field] !== true && JSON.stringify(before?.[field]) !== JSON.stringify(after?.[field]),
        );
        return `${actions.join(" then ")} ${address}${actions.includes("update") ? ` (${fields.join(", ")})` : ""}`;
      })
      .sort();
  }

  /** The digest that the lock file has for the image. */
  lockedDigest(): string {
    const { references } = lockJson(join(this.#folder, "ironic-oci.lock.json"));
    const digests = references[this.image]?.selections.map(({ digest }) => digest) ?? [];
    if (digests.length !== 1 || digests[0] === undefined)
      throw new Error(`not one selection of ${this.image} in the lock file`);
    return String(digests[0]);
  }

  /** Ends what still runs of Terraform, without grace. */
  abort(): void {
    this.#running?.kill();
  }
}
