import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ToyService } from "../../support/toy-provider";
import { installPlugin } from "./plugin";
import { Terraform } from "./terraform";

const ADDRESS = "registry.terraform.io/example/toy";
const HEAD = `
terraform {
  required_providers {
    toy = { source = "example/toy" }
  }
}
`;

/** The toy provider, installed for the real Terraform, beside the null provider; each project with a service of its own. */
export class Toys {
  /** The toy provider's executable. */
  readonly executable: string;
  readonly #folder: string;
  #projects = 0;

  private constructor(folder: string, executable: string) {
    this.#folder = folder;
    this.executable = executable;
  }

  static async install(): Promise<Toys> {
    const folder = mkdtempSync(join(tmpdir(), "toy-provider-"));
    const support = join(__dirname, "../../support");
    const executable = await installPlugin(join(folder, "plugins"), {
      entry: join(support, "toy-provider-main.ts"),
      address: ADDRESS,
      version: "1.2.3",
    });
    await installPlugin(join(folder, "plugins"), {
      entry: join(support, "null-provider-main.ts"),
      address: "registry.terraform.io/hashicorp/null",
      version: "3.2.4",
    });
    return new Toys(folder, executable);
  }

  /** A folder with this configuration, initialised. */
  async project(configuration: string, env: Readonly<Record<string, string>> = {}): Promise<ToyProject> {
    const project = this.uninitialised(configuration, env);
    const { code, stderr } = await project.terraform.init();
    if (code !== 0) throw new Error(`terraform init ended with ${code}:\n${stderr}`);
    return project;
  }

  uninitialised(configuration: string, env: Readonly<Record<string, string>> = {}): ToyProject {
    return new ToyProject(join(this.#folder, `project-${++this.#projects}`), join(this.#folder, "plugins"), {
      configuration,
      env,
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One working folder of Terraform, and the service that its provider talks to. */
export class ToyProject {
  readonly terraform: Terraform;
  readonly service: ToyService;
  readonly env: Readonly<Record<string, string>>;

  constructor(
    dir: string,
    pluginDir: string,
    { configuration, env }: { configuration: string; env: Readonly<Record<string, string>> },
  ) {
    this.env = { TOY_STORE: join(dir, "store.json"), TOY_MARKER: join(dir, "marker"), ...env };
    this.terraform = new Terraform(dir, { pluginDir, env: this.env });
    this.service = new ToyService(join(dir, "store.json"));
    this.write(configuration);
  }

  write(configuration: string): void {
    this.terraform.write(HEAD + configuration);
  }

  /** Any file of the folder, "" if there is none. */
  file(name: string): string {
    const path = join(this.terraform.dir, name);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Everything Terraform keeps of the project. */
  get state(): string {
    return this.file("terraform.tfstate") + this.file("terraform.tfstate.backup");
  }
}
