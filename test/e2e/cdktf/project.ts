import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Finished, runToEnd } from "../../support/run";
import { installPlugin } from "../support/plugin";
import { NO_NETWORK } from "../support/terraform";

const root = join(__dirname, "..", "..", "..");

/** A command line of CDKTF and what its users install with it. */
export type CdktfCli = "cdktf" | "cdktn";

/** A user's project: a program, its cdktf.json, the command line, and this package as npm would install it. */
export class CdktfProject {
  readonly folder = mkdtempSync(join(tmpdir(), "cdktf-project-"));
  readonly #cli: CdktfCli;
  readonly #node: string;
  readonly #env: Readonly<Record<string, string>>;

  /** @param env of every command: where Ironic is, Terraform's variables, … */
  constructor(cli: CdktfCli, env: Readonly<Record<string, string>>) {
    this.#cli = cli;
    // cdktn wants Node 22.
    this.#node = cli === "cdktn" ? nodeOf("22") : process.execPath;
    this.#env = env;
    mkdirSync(this.home);
    this.#install();
  }

  /** The home of who runs the commands. */
  get home(): string {
    return join(this.folder, "home");
  }

  /** A file of the project. */
  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  read(...path: readonly string[]): string {
    return readFileSync(join(this.folder, ...path), "utf8");
  }

  /** The folder that a stack is synthesized into. */
  stack(name = "rack-1"): string {
    return join(this.folder, "cdktf.out", "stacks", name);
  }

  /** `cdktf …` or `cdktn …`. */
  cdktf(...argv: readonly string[]): Promise<Finished> {
    return this.run(join(this.folder, "node_modules", ".bin", this.#cli), ...argv);
  }

  /** The `ironic-oci` of the package. */
  ironicOci(...argv: readonly string[]): Promise<Finished> {
    return this.run(join(this.folder, "node_modules", "cdktf-ironic-oci", "dist", "cli", "ironic-oci.js"), ...argv);
  }

  /** A Node program, from the project's folder. */
  run(program: string, ...argv: readonly string[]): Promise<Finished> {
    return runToEnd([this.#node, program, ...argv], { cwd: this.folder, env: this.environment });
  }

  get environment(): NodeJS.ProcessEnv {
    const own = /^(TF_.*|CDKTF_.*|XDG_.*|NODE_OPTIONS|npm_.*)$/;
    const inherited = Object.entries(process.env).filter(([name]) => !own.test(name));
    return {
      ...Object.fromEntries(inherited),
      ...NO_NETWORK,
      PATH: `${dirname(this.#node)}:${process.env.PATH}`,
      HOME: this.home,
      CHECKPOINT_DISABLE: "1",
      ...this.#env,
    };
  }

  /** The null provider, where any Terraform of this user finds it: the registry that has the real one is not within reach. */
  async installNullProvider(): Promise<void> {
    await installPlugin(join(this.home, ".terraform.d", "plugins"), {
      entry: join(root, "test", "support", "null-provider-main.ts"),
      address: "registry.terraform.io/hashicorp/null",
      version: "3.2.4",
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #install(): void {
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    const installed = join(installation(this.#cli), "node_modules");
    for (const each of readdirSync(installed)) symlinkSync(join(installed, each), join(modules, each));
    const unpacked = join(modules, "cdktf-ironic-oci");
    mkdirSync(join(unpacked, "node_modules"), { recursive: true });
    succeed("tar", ["-xzf", tarball(), "-C", unpacked, "--strip-components=1"]);
    // What the package depends on, in the versions that it was built with. What it shares with the program is the program's.
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(dependencies).filter((each) => !each.startsWith("@cdktf/"))) {
      mkdirSync(dirname(join(unpacked, "node_modules", name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(unpacked, "node_modules", name));
    }
  }
}

function installation(cli: CdktfCli): string {
  return join(root, "test", `${cli}-cli`);
}

let packed: string | undefined;

/** What `npm publish` would publish of the built package; made once. */
function tarball(): string {
  if (packed === undefined) {
    const folder = mkdtempSync(join(tmpdir(), "packed-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    const name = succeed("npm", ["pack", "--ignore-scripts", "--loglevel=error", "--pack-destination", folder]);
    packed = join(folder, name.trim());
  }
  return packed;
}

function nodeOf(major: string): string {
  return succeed(process.execPath, [join(root, "scripts", "node-program.mjs"), major]).trim();
}

function succeed(command: string, argv: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, argv, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${argv[0]} ended with ${status}:\n${stderr}`);
  return stdout;
}
