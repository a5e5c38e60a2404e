import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installProvider } from "../../../src/delivery";
import type { IronicUnderTest } from "../../ironic/contract";
import type { Finished } from "../../support/run";
import { Terraform } from "../support/terraform";

export const ADDRESS = "registry.terraform.io/cdktf-ironic-oci/ironic";

const HEAD = `
terraform {
  required_providers {
    ironic = { source = "cdktf-ironic-oci/ironic" }
  }
}
`;

/** The provider, installed for the real Terraform, and working folders that use it. */
export class Projects {
  readonly #folder = mkdtempSync(join(tmpdir(), "ironic-provider-"));
  #number = 0;

  static async install(): Promise<Projects> {
    const projects = new Projects();
    installProvider(projects.plugins);
    return projects;
  }

  get plugins(): string {
    return join(this.#folder, "plugins");
  }

  /** A folder whose provider talks to `ironic`, initialised. */
  async project(
    ironic: Pick<IronicUnderTest, "url" | "credentials">,
    configuration: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Project> {
    this.#number += 1;
    const dir = join(this.#folder, `project-${this.#number}`);
    const project = new Project(dir, this.plugins, { ...environmentFor(ironic), ...env });
    project.write(configuration);
    const { code, stderr } = await project.terraform.init();
    if (code !== 0) throw new Error(`terraform init ended with ${code}:\n${stderr}`);
    return project;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export class Project {
  readonly terraform: Terraform;

  constructor(dir: string, pluginDir: string, env: Readonly<Record<string, string>>) {
    this.terraform = new Terraform(dir, {
      pluginDir,
      env: { TF_LOG_PROVIDER: "TRACE", TF_LOG_PATH: "terraform.log", ...env },
    });
  }

  write(configuration: string): void {
    this.terraform.write(HEAD + configuration);
  }

  /** Applies, and fails with what Terraform said if that fails. */
  async apply(...more: string[]): Promise<Finished> {
    return succeeded(await this.terraform.apply(...more));
  }

  async destroy(): Promise<Finished> {
    return succeeded(await this.terraform.destroy());
  }

  /** Every change that a plan has now, in words: `update ironic_node_v1.worker`. */
  async planned(...more: string[]): Promise<string[]> {
    const changes = Object.entries(await this.terraform.changes(...more));
    return changes
      .filter(([, { actions }]) => !actions.includes("no-op") && !actions.includes("read"))
      .map(([address, { actions }]) => `${actions.join(" then ")} ${address}`);
  }

  /** Everything that Terraform wrote into the folder: state, backups, plans as JSON, logs. */
  async everythingWritten(): Promise<string> {
    const texts = readdirSync(this.terraform.dir)
      .map((name) => join(this.terraform.dir, name))
      .filter((path) => statSync(path).isFile() && !path.endsWith(".tf") && !path.endsWith(".tfplan"))
      .map((path) => readFileSync(path, "utf8"));
    return texts.join("\n") + JSON.stringify(await this.terraform.show());
  }
}

export function succeeded(finished: Finished): Finished {
  if (finished.code !== 0)
    throw new Error(`terraform ended with ${finished.code}:\n${finished.stdout}${finished.stderr}`);
  return finished;
}

function environmentFor({ url, credentials }: Pick<IronicUnderTest, "url" | "credentials">): Record<string, string> {
  return {
    IRONIC_ENDPOINT: url,
    ...(credentials && {
      IRONIC_AUTH_STRATEGY: "http_basic",
      IRONIC_HTTP_BASIC_USERNAME: credentials.username,
      IRONIC_HTTP_BASIC_PASSWORD: credentials.password,
    }),
  };
}
